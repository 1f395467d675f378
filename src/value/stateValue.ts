import type { StateValue } from '../policy/policy.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { predictValues, type ValuePointers } from './valueNetwork.js';

/** V as policies tell it. rewardFactor: what the rewards that V learned from were multiplied by. */
export function stateValueOf(
  { kernels, arena }: Engine,
  value: ValuePointers,
  scratch: Pointer,
  rewardFactor: () => number,
): StateValue {
  return ({ observations, logProbabilities: values }) => {
    predictValues(kernels, value, { rows: 1, observations, values }, scratch);
    return arena.float32(values, 1)[0] / rewardFactor();
  };
}
