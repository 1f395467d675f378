import { readFileSync } from 'node:fs';
import {
  type ActionSpace,
  Box,
  Discrete,
  MultiBinary,
  MultiDiscrete,
} from '../../src/environments/spaces.js';
import type { Policy } from '../../src/policy/policy.js';
import { decodePolicy } from '../../src/policy/policyFile.js';
import type { TrpoOptions } from '../../src/training/options.js';
import { Trainer } from '../../src/training/trainer.js';
import { createEngine } from '../../src/wasm/load.js';
import { moduleOf } from '../kernels/support/wasm.js';
import { scriptedEnvironment } from '../support/environments.js';
import { testRuntime } from '../support/runtime.js';

export const EDGE_WASM = new URL('../../build/wasm/edge.wasm', import.meta.url);

export function edgeModule(): WebAssembly.Module {
  return new WebAssembly.Module(new Uint8Array(readFileSync(EDGE_WASM)));
}

/** The bytes of a policy that was trained for an iteration, with a head large enough that actions differ. */
export async function trainedPolicy(
  actionSpace: ActionSpace,
  options: Partial<TrpoOptions> = {},
): Promise<Uint8Array> {
  const trainer = await Trainer.create(testRuntime(), {
    environment: () => scriptedEnvironment({ actionSpace }),
    environmentName: 'scripted',
    steps: 64,
    timesteps: 64,
    valueEpochs: 1,
    policyOutputGain: 2,
    ...options,
  });
  for await (const _ of trainer.iterations());
  const bytes = trainer.encodePolicy();
  await trainer.close();
  return bytes;
}

/** The policy on the strict kernels of the main package. */
export function mainPolicy(bytes: Uint8Array): Policy {
  return decodePolicy(createEngine(moduleOf('simd')), bytes, 'policy');
}

/** Observations from far below to far above what the normaliser clips, for environments of two components. */
export function observations(count: number): number[][] {
  return Array.from({ length: count }, (_, i) => [Math.sin(i) * 3, i % 7 === 0 ? 1e6 : Math.cos(2 * i)]);
}

export const SPACES: Readonly<Record<string, ActionSpace>> = {
  Discrete: new Discrete(5),
  'Discrete with a start': new Discrete(5, { start: -2 }),
  MultiDiscrete: new MultiDiscrete([2, 3, 4]),
  'MultiDiscrete with a start': new MultiDiscrete([2, 3, 4], { start: [1, -1, 0] }),
  MultiBinary: new MultiBinary(3),
  Box: new Box({ low: [-0.5, -1, Number.NEGATIVE_INFINITY], high: [0.25, 1, Number.POSITIVE_INFINITY] }),
};
