import type { Pointer } from '../../../src/wasm/kernels.js';
import { placeMinibatches } from '../../../src/wasm/minibatches.js';
import { type AdamState, adamStep } from '../../twins/adam.js';
import { type Clipping, clippedSurrogateGradient } from '../../twins/policyMath.js';
import { random32 } from './numbers.js';
import { placePolicy } from './objective.js';
import type { RandomPolicy } from './randomPolicy.js';
import type { Build } from './wasm.js';

const KEY = [17, 4];

/** log pi_old of another policy than theta's, so that ratios lie on both sides of both limits. */
export function staleLogProbabilities(logProbabilities: Float64Array): Float64Array {
  const shifts = random32(logProbabilities.length, 31, 0.5);
  return logProbabilities.map((value, row) => Math.fround(value + shifts[row]));
}

/** A clipped ascent inside the kernels that starts at the random policy's theta. */
export function placeClippedAscent(build: Build, random: RandomPolicy, oldLogProbabilities: Float64Array) {
  const { rows } = random.shape;
  const pointers: Partial<Record<'ascent' | 'parameters' | 'firstMoment' | 'order', Pointer>> = {};
  const placed = placePolicy(build, random, ({ engine, policy, team }, { batchPointer }) => {
    const { arena, kernels } = engine;
    const parameterCount = policy.layout.paddedCount;
    const parameters = arena.reserveFloat32('parameters', parameterCount);
    const ascent = arena.reserveBytes('ascent', kernels.clippedAscentBytes());
    const { network } = policy.pointers;
    const spec = { network, parameters, parameterCount, rows, minibatchRows: rows };
    Object.assign(pointers, { ascent, parameters }, placeMinibatches(engine, 'policy', ascent, spec, team));
    kernels.describeClippedAscent(ascent, batchPointer);
  });
  const { engine, policy } = placed;
  const { layout } = policy;
  const view = (pointer: Pointer) => engine.arena.float32(pointer, layout.paddedCount);
  const unpadded = (pointer: Pointer) => layout.unpad(view(pointer), new Float64Array(layout.count));
  view(pointers.parameters!).set(policy.paddedParameters);
  placed.logProbabilities.set(oldLogProbabilities);
  return {
    ...placed,
    ascend: (
      plan: { clip: number; minibatchRows: number; learningRate: number },
      epoch: number,
      steps: number,
    ) =>
      engine.kernels.ascendClippedEpoch(
        pointers.ascent!,
        plan.clip,
        plan.minibatchRows,
        plan.learningRate,
        KEY[0],
        KEY[1],
        epoch,
        steps,
      ),
    parameters: () => unpadded(pointers.parameters!),
    firstMoment: () => unpadded(pointers.firstMoment!),
    order: new Uint32Array(engine.arena.memory.buffer, pointers.order!, rows),
  };
}

/** One epoch of the float64 twin over rows in `order`, in place on theta and state. */
export function twinAscent(
  { policy, batch, shape }: RandomPolicy,
  theta: Float64Array,
  state: AdamState,
  plan: Clipping & { order: ArrayLike<number>; minibatchRows: number; learningRate: number },
): void {
  const order = Array.from(plan.order);
  for (let first = 0; first < order.length; first += plan.minibatchRows) {
    const rows = order.slice(first, first + plan.minibatchRows);
    const pick = (values: Float64Array) => {
      const size = values.length / shape.rows;
      return Float64Array.from(rows.flatMap((row) => [...values.subarray(row * size, (row + 1) * size)]));
    };
    const minibatch = {
      observations: pick(batch.observations),
      actions: pick(batch.actions),
      advantages: pick(batch.advantages),
    };
    const oldLogProbabilities = pick(plan.oldLogProbabilities);
    const clipping = { oldLogProbabilities, clip: plan.clip };
    const ascent = clippedSurrogateGradient(policy, theta, minibatch, clipping);
    adamStep(
      state,
      theta,
      ascent.map((g) => -g),
      plan.learningRate,
    );
  }
}
