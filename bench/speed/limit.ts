import { readFile } from 'node:fs/promises';
import { instantiateSync } from '@assemblyscript/loader';
import { supportsVariant, VARIANTS, type Variant } from '../../src/wasm/variant.js';
import type { Case } from './measure.js';

/** What a core can do at 128-bit width: multiply-adds in registers only, see assembly/limit.ts. */

type ChainedMultiplyAdds = (steps: number, multiplier: number, addend: number) => number;

const CHAINED_LANES = 48;
/** Of one run, some milliseconds; lanes grow by 1 a step and stay whole numbers that float32 holds. */
const STEPS = 2 ** 19;
const CHECKED_STEPS = 8;
const CHECKED_MULTIPLIER = 0.75;

/** A program to time beside kernels. */
export interface Limit extends Case {
  readonly variant: Variant;
  /** Operations of one run; a multiply-add is two. */
  readonly flops: number;
}

/** The limits that this engine runs, each with the instructions of one build; their results are verified. */
export async function loadLimits(): Promise<Limit[]> {
  return Promise.all(VARIANTS.filter(supportsVariant).map(loadLimit));
}

async function loadLimit(variant: Variant): Promise<Limit> {
  // compiled by run.mjs beside the bundle that this file becomes a part of
  const bytes = await readFile(new URL(`./limit-${variant}.wasm`, import.meta.url));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = instantiateSync(new WebAssembly.Module(bytes), { env: { memory } });
  const chained = exports.chainedMultiplyAdds as ChainedMultiplyAdds;
  requireSum(variant, chained, CHECKED_STEPS, CHECKED_MULTIPLIER);
  return {
    name: `limit of ${variant}`,
    variant,
    flops: 2 * CHAINED_LANES * STEPS,
    run: () => requireSum(variant, chained, STEPS, 1),
  };
}

/** Throws unless `steps` times x <- x multiplier + 1 gives the sum it must: to the bit, for nothing here is rounded. */
function requireSum(variant: Variant, chained: ChainedMultiplyAdds, steps: number, multiplier: number): void {
  const sum = chained(steps, multiplier, 1);
  // x_n = multiplier^n x_0 + (1 + multiplier + ... + multiplier^(n - 1))
  const power = multiplier ** steps;
  const series = multiplier === 1 ? steps : (1 - power) / (1 - multiplier);
  const expected = (power * CHAINED_LANES * (CHAINED_LANES - 1)) / 2 + CHAINED_LANES * series;
  if (sum !== expected) {
    throw new Error(
      `the limit of ${variant} is wrong: ${steps} steps give ${sum}, not ${expected}; not timed`,
    );
  }
}
