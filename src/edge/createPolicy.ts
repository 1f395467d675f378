import { MismatchError, OptionError } from '../errors.js';
import { bytesFrom } from '../policy/givenBytes.js';
import type { Policy } from '../policy/policy.js';
import { placePolicy, readPolicyFile } from '../policy/policyFile.js';
import { Arena } from '../wasm/arena.js';
import { ACTING_KERNELS, type ActingKernels } from '../wasm/kernels.js';
import { createMemory } from '../wasm/memory.js';

const INITIAL_PAGES = 2;
/** 1 GiB: some runtimes refuse a memory that could grow beyond what they grant a program. */
const MOST_PAGES = 16384;

export interface CreatePolicyOptions {
  /** Names the policy in errors. Default "policy". */
  readonly name?: string;
  /** Seed of sampled actions. Default 0: every start draws the same. */
  readonly seed?: number;
}

/**
 * A policy that acts, from the compiled `wasm-trpo/edge.wasm` and the bytes of a policy.safetensors. Compiles and fetches
 * nothing. Its actions are those of `loadPolicy(path, { reproducible: true })` to the bit.
 * Throws MismatchError for another module or a policy that contradicts itself, FileError for a file that is damaged,
 * OptionError for a seed out of range or what is no bytes, PlatformError where the system grants no memory.
 */
export function createPolicy(
  module: WebAssembly.Module,
  policyBytes: Uint8Array | ArrayBuffer,
  { name = 'policy', seed = 0 }: CreatePolicyOptions = {},
): Policy {
  requireEdgeModule(module);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new OptionError(`seed = ${seed}: it must be a whole number from 0 to 2^53 - 1`);
  }
  // first, because a file that is refused then reserves nothing
  const content = readPolicyFile(requireBytes(policyBytes), name);
  const memory = createMemory(INITIAL_PAGES, MOST_PAGES);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const engine = { kernels: exports as unknown as ActingKernels, arena: new Arena(memory) };
  const policy = placePolicy(engine, content);
  policy.seed = seed;
  return policy;
}

function requireEdgeModule(module: WebAssembly.Module): void {
  if (!(module instanceof WebAssembly.Module)) {
    throw new MismatchError(
      `createPolicy was given ${describe(module)} instead of a WebAssembly.Module; import wasm-trpo/edge.wasm as a module, or give await WebAssembly.compile(its bytes)`,
    );
  }
  const names = WebAssembly.Module.exports(module).map((entry) => entry.name);
  const missing = ACTING_KERNELS.find((kernel) => !names.includes(kernel));
  if (missing !== undefined) {
    throw new MismatchError(
      `The WebAssembly module exports no "${missing}"; give wasm-trpo/edge.wasm of the version of this package`,
    );
  }
}

function requireBytes(policyBytes: Uint8Array | ArrayBuffer): Uint8Array {
  const bytes = bytesFrom(policyBytes);
  if (bytes !== undefined) return bytes;
  throw new OptionError(
    `createPolicy was given ${describe(policyBytes)} instead of the bytes of a policy.safetensors; give a Uint8Array or an ArrayBuffer`,
  );
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return typeof value === 'object' ? `an object (${value.constructor?.name})` : `a ${typeof value}`;
}
