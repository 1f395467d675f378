import { padToLanes } from '../../../src/network/parameterLayout.js';
import { ValueNetwork } from '../../../src/value/valueNetwork.js';
import type { Kernels } from '../../../src/wasm/kernels.js';
import { placeMinibatches } from '../../../src/wasm/minibatches.js';
import { ShardTeam } from '../../../src/wasm/shardTeam.js';
import { networkOf } from '../../support/networks.js';
import type { Activation } from '../../twins/activation.js';
import { type AdamState, adamStep, createAdamState, valueLossAndGradient } from '../../twins/adam.js';
import { type MlpSpec, parameterCount } from '../../twins/mlp.js';
import { random32, withStride } from './numbers.js';
import { type AnyBuild, engineOf } from './wasm.js';

export interface ValueProblem {
  readonly spec: MlpSpec;
  readonly rows: number;
  readonly parameters: Float64Array;
  readonly observations: Float64Array;
  readonly targets: Float64Array;
}

export function randomValueProblem(
  rows: number,
  shape: { inputSize: number; hiddenSizes: number[]; activation: Activation },
): ValueProblem {
  const spec = { ...shape, outputSize: 1 };
  return {
    spec,
    rows,
    parameters: random32(parameterCount(spec), 1, 0.5),
    observations: random32(rows * spec.inputSize, 2, 2),
    targets: random32(rows, 3, 3),
  };
}

/** A value network and its fit inside the kernels, with every buffer in reach. */
export interface PlacedValueFit {
  readonly kernels: Kernels;
  readonly team: ShardTeam;
  fitEpoch(minibatchRows: number, learningRate: number, epoch: number, stepsBefore: number): number;
  loss(): number;
  predict(): Float32Array;
  predictBatch(): Float32Array;
  /** Unpadded. */
  parameters(): Float64Array;
  /** Unpadded. */
  firstMoment(): Float64Array;
  /** Of the last epoch. */
  readonly order: Uint32Array;
  /** The padded parameters, live. */
  readonly padded: Float32Array;
}

const KEY = [17, 4];

/** `threads` above 1 make a team whose workers the caller brings; only in a shared build. */
export function placeValueFit(build: AnyBuild, problem: ValueProblem, threads = 1): PlacedValueFit {
  const engine = engineOf(build);
  const { kernels, arena } = engine;
  const { spec, rows } = problem;
  const valueNetwork = new ValueNetwork(engine, networkOf(spec));
  const { layout, pointers } = valueNetwork;
  const { network, parameters } = pointers;
  const stride = padToLanes(spec.inputSize);
  const count = layout.paddedCount;
  const team = new ShardTeam(engine, [valueNetwork.scratchNeed], threads);
  const observations = arena.reserveFloat32('observations', rows * stride);
  const targets = arena.reserveFloat32('targets', rows);
  const values = arena.reserveFloat32('values', rows);
  const fit = arena.reserveBytes('fit', kernels.valueFitBytes());
  const { firstMoment, order } = placeMinibatches(
    engine,
    'value',
    fit,
    { network, parameters, parameterCount: count, rows, minibatchRows: rows },
    team,
  );
  const shardLosses = arena.reserveFloat64('shard losses', kernels.shardCountFor(Math.max(1, rows)));
  kernels.describeValueFit(fit, observations, targets, shardLosses);
  arena.seal();
  const padded = valueNetwork.paddedParameters;
  layout.pad(problem.parameters, padded);
  arena.float32(observations, rows * stride).set(withStride(problem.observations, spec.inputSize, stride));
  arena.float32(targets, rows).set(problem.targets);
  return {
    kernels,
    team,
    fitEpoch: (minibatchRows, learningRate, epoch, stepsBefore) =>
      kernels.fitValueEpoch(fit, minibatchRows, learningRate, KEY[0], KEY[1], epoch, stepsBefore),
    loss: () => kernels.valueLoss(fit),
    predict: () => {
      kernels.predictValues(network, parameters, observations, rows, values, team.scratch);
      return arena.float32(values, rows).slice();
    },
    predictBatch: () => {
      kernels.predictBatchValues(fit, values);
      return arena.float32(values, rows).slice();
    },
    parameters: () => layout.unpad(padded, new Float64Array(layout.count)),
    firstMoment: () => layout.unpad(arena.float32(firstMoment, count), new Float64Array(layout.count)),
    order: new Uint32Array(arena.memory.buffer, order, rows),
    padded,
  };
}

/** One epoch of the float64 twin over rows in `order`, in place on parameters and state. */
export function twinEpoch(
  { spec, observations, targets }: ValueProblem,
  parameters: Float64Array,
  state: AdamState,
  plan: { order: ArrayLike<number>; minibatchRows: number; learningRate: number },
): void {
  const order = Array.from(plan.order);
  for (let first = 0; first < order.length; first += plan.minibatchRows) {
    const rows = order.slice(first, first + plan.minibatchRows);
    const inputs = rows.flatMap((row) => [
      ...observations.subarray(row * spec.inputSize, (row + 1) * spec.inputSize),
    ]);
    const rowTargets = Float64Array.from(rows, (row) => targets[row]);
    const { gradient } = valueLossAndGradient(spec, parameters, Float64Array.from(inputs), rowTargets);
    adamStep(state, parameters, gradient, plan.learningRate);
  }
}

export { createAdamState };
