import { at } from '../linear/lanes';
import { fillZero, gatherRows } from '../linear/vector';
import {
  backward,
  forward,
  Network,
  networkInputStride,
  networkOutput,
  networkOutputStride,
  ROW_TILE,
  transposeWeights,
} from '../network/mlp';
import { Scratch } from '../network/scratch';
import { below, philox4x32 } from '../random/philox';
import { PURPOSE_MINIBATCHES } from '../random/variates';
import { PREDICT_VALUES, VALUE_GRADIENT, VALUE_LOSS, VALUE_STEP } from '../team/jobs';
import { forEachShard, Team } from '../team/team';
import { shardCountFor, shardRowsFor } from '../team/shards';
import { adamStep } from './adam';

/** Regression of a value network on targets: mean squared error, minibatch Adam. */
@unmanaged
export class ValueFit {
  network: Network;
  team: Team;
  parameterCount: i32;
  rows: i32;
  /** [parameterCount] each; the moments are Adam's. */
  parameters: usize;
  /** [MOST_MINIBATCH_SHARDS x parameterCount] */
  shardGradients: usize;
  firstMoment: usize;
  secondMoment: usize;
  transposed: usize;
  /** [rows x inputStride] */
  observations: usize;
  /** [rows] */
  targets: usize;
  /** [rows] u32, the order of an epoch. */
  order: usize;
  /** [MOST_SHARDS] float64 sums of squared errors. */
  shardLosses: usize;
  /** The minibatch under way: rows order[first .. first + minibatchRows - 1], in shards of shardRows. */
  first: i32;
  minibatchRows: i32;
  shardRows: i32;
}

/** Rows of a minibatch's smallest shard: two threads share a minibatch of 64. */
const MINIBATCH_SHARD_ROWS: i32 = 32;
const MOST_MINIBATCH_SHARDS: i32 = 8;
/** Parameters that one thread steps at a time: fewer are done sooner than another thread is told of them. */
const STEP_RANGE: i32 = 16384;

/** How many shards a minibatch has, by its rows alone. */
export function minibatchShardCount(rows: i32): i32 {
  return min(MOST_MINIBATCH_SHARDS, (rows + MINIBATCH_SHARD_ROWS - 1) / MINIBATCH_SHARD_ROWS);
}

export function valueFitBytes(): i32 {
  return <i32>offsetof<ValueFit>();
}

export function describeValueFit(
  fit: usize,
  network: usize,
  team: usize,
  parameterCount: i32,
  rows: i32,
  parameters: usize,
  shardGradients: usize,
  firstMoment: usize,
  secondMoment: usize,
  transposed: usize,
  observations: usize,
  targets: usize,
  order: usize,
  shardLosses: usize,
): void {
  const f = changetype<ValueFit>(fit);
  f.network = changetype<Network>(network);
  f.team = changetype<Team>(team);
  f.parameterCount = parameterCount;
  f.rows = rows;
  f.parameters = parameters;
  f.shardGradients = shardGradients;
  f.firstMoment = firstMoment;
  f.secondMoment = secondMoment;
  f.transposed = transposed;
  f.observations = observations;
  f.targets = targets;
  f.order = order;
  f.shardLosses = shardLosses;
}

/** values [rows] = V(observations [rows x inputStride]), for a few rows beside the batch. */
export function predictValues(
  network: usize,
  parameters: usize,
  observations: usize,
  rows: i32,
  values: usize,
  scratch: usize,
): void {
  const net = changetype<Network>(network);
  for (let first = 0; first < rows; first += ROW_TILE) {
    const tileRows = min(ROW_TILE, rows - first);
    predictTile(net, parameters, at(observations, first * networkInputStride(net)), tileRows, scratch, at(values, first));
  }
}

/** values [rows] = V of the fit's rows. */
export function predictBatchValues(fit: usize, values: usize): void {
  const f = changetype<ValueFit>(fit);
  forEachShard(f.team, PREDICT_VALUES, fit, values, 0.0, shardCountFor(f.rows));
}

export function predictShard(f: ValueFit, values: usize, shard: i32, scratch: usize): void {
  const end = min(f.rows, (shard + 1) * shardRowsFor(f.rows));
  for (let row = shard * shardRowsFor(f.rows); row < end; row += ROW_TILE) {
    const observations = observationsAt(f, row);
    predictTile(f.network, f.parameters, observations, min(ROW_TILE, end - row), scratch, at(values, row));
  }
}

function predictTile(
  net: Network,
  parameters: usize,
  observations: usize,
  rows: i32,
  scratch: usize,
  values: usize,
): void {
  const block = changetype<Scratch>(scratch).block;
  forward(net, parameters, observations, rows, block);
  const output = networkOutput(net, block);
  const outputStride = networkOutputStride(net);
  for (let i = 0; i < rows; i++) store<f32>(at(values, i), load<f32>(at(output, i * outputStride)));
}

/** Mean over rows of (V(s) - target)^2. */
export function valueLoss(fit: usize): f64 {
  const f = changetype<ValueFit>(fit);
  const shards = shardCountFor(f.rows);
  forEachShard(f.team, VALUE_LOSS, fit, 0, 0.0, shards);
  let sum = 0.0;
  for (let shard = 0; shard < shards; shard++) sum += load<f64>(f.shardLosses + (<usize>shard << 3));
  return sum / <f64>f.rows;
}

export function valueLossOfShard(f: ValueFit, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const end = min(f.rows, (shard + 1) * shardRowsFor(f.rows));
  let sum = 0.0;
  for (let row = shard * shardRowsFor(f.rows); row < end; row += ROW_TILE) {
    const rows = min(ROW_TILE, end - row);
    predictTile(f.network, f.parameters, observationsAt(f, row), rows, scratch, s.rowsA);
    for (let i = 0; i < rows; i++) {
      const error = <f64>load<f32>(at(s.rowsA, i)) - <f64>load<f32>(at(f.targets, row + i));
      sum += error * error;
    }
  }
  store<f64>(f.shardLosses + (<usize>shard << 3), sum);
}

/**
 * One pass over all rows in a random order (the stream (key0, key1) at `epoch`), an Adam step for each minibatch;
 * the last minibatch may be smaller. `stepsBefore` Adam steps were made before; returns how many there are now.
 */
export function fitValueEpoch(
  fit: usize,
  minibatchRows: i32,
  learningRate: f64,
  key0: u32,
  key1: u32,
  epoch: u32,
  stepsBefore: i32,
): i32 {
  const f = changetype<ValueFit>(fit);
  const ranges = (f.parameterCount + STEP_RANGE - 1) / STEP_RANGE;
  shuffleRows(f, key0, key1, epoch);
  let steps = stepsBefore;
  for (let first = 0; first < f.rows; first += minibatchRows) {
    minibatchGradient(f, first, min(minibatchRows, f.rows - first));
    forEachShard(f.team, VALUE_STEP, fit, ++steps, learningRate, ranges);
  }
  return steps;
}

/** The sum of the shard gradients becomes that of the mean squared error over the rows order[first .. first + rows - 1]. */
function minibatchGradient(f: ValueFit, first: i32, rows: i32): void {
  const shards = minibatchShardCount(rows);
  f.first = first;
  f.minibatchRows = rows;
  f.shardRows = (rows + shards - 1) / shards;
  transposeWeights(f.network, f.parameters, f.transposed);
  forEachShard(f.team, VALUE_GRADIENT, changetype<usize>(f), 0, 0.0, shards);
}

/** Adam step number `step` on one range of the parameters, with the gradient of the minibatch under way. */
export function stepOfRange(f: ValueFit, step: i32, learningRate: f64, range: i32): void {
  const first = range * STEP_RANGE;
  adamStep(
    at(f.parameters, first), at(f.shardGradients, first), minibatchShardCount(f.minibatchRows), f.parameterCount,
    at(f.firstMoment, first), at(f.secondMoment, first), min(STEP_RANGE, f.parameterCount - first), learningRate, step,
  );
}

export function minibatchGradientOfShard(f: ValueFit, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const net = f.network;
  const inputStride = networkInputStride(net);
  const outputStride = networkOutputStride(net);
  const scale = <f32>(2.0 / <f64>f.minibatchRows);
  const gradient = gradientOf(f, shard);
  const end = min(f.minibatchRows, (shard + 1) * f.shardRows);
  fillZero(gradient, f.parameterCount);
  for (let start = shard * f.shardRows; start < end; start += ROW_TILE) {
    const rows = min(ROW_TILE, end - start);
    const indices = at(f.order, f.first + start);
    gatherRows(s.gathered, f.observations, inputStride, indices, rows);
    forward(net, f.parameters, s.gathered, rows, s.block);
    const output = networkOutput(net, s.block);
    fillZero(s.bufferA, rows * outputStride);
    for (let i = 0; i < rows; i++) {
      const target = load<f32>(at(f.targets, load<u32>(at(indices, i))));
      const error = load<f32>(at(output, i * outputStride)) - target;
      store<f32>(at(s.bufferA, i * outputStride), scale * error);
    }
    backward(net, f.transposed, gradient, s.gathered, rows, s.block, s.bufferA, s.bufferB);
  }
}

// @ts-ignore: decorator
@inline
function observationsAt(f: ValueFit, row: i32): usize {
  return f.observations + (<usize>row * <usize>networkInputStride(f.network) << 2);
}

// @ts-ignore: decorator
@inline
function gradientOf(f: ValueFit, shard: i32): usize {
  return f.shardGradients + (<usize>shard * <usize>f.parameterCount << 2);
}

/** order = a random permutation of the rows (Fisher and Yates), from the epoch's own stream. */
function shuffleRows(f: ValueFit, key0: u32, key1: u32, epoch: u32): void {
  for (let i = 0; i < f.rows; i++) store<u32>(at(f.order, i), i);
  const words = changetype<Scratch>(f.team.scratch).words;
  for (let i = f.rows - 1; i > 0; i--) {
    const word = (f.rows - 1 - i) & 3;
    if (word == 0) {
      philox4x32(words, key0, key1, <u32>(f.rows - 1 - i) >> 2, 0, epoch, PURPOSE_MINIBATCHES);
    }
    const other = below(load<u32>(words + (<usize>word << 2)), i + 1);
    const kept = load<u32>(at(f.order, i));
    store<u32>(at(f.order, i), load<u32>(at(f.order, other)));
    store<u32>(at(f.order, other), kept);
  }
}
