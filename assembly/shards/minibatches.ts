import { at } from '../linear/lanes';
import { Network } from '../network/chain';
import { adamStep } from './adam';
import { ShardedRows } from './shardRows';

/** Minibatch Adam on a network's parameters: what the value fit and the clipped surrogate share. */
@unmanaged
export class Minibatches extends ShardedRows {
  /** [parameterCount] each; the moments are Adam's. */
  parameters: usize;
  firstMoment: usize;
  secondMoment: usize;
  /** The weights under way, transposed. */
  transposed: usize;
  /** [rows] u32, the order of an epoch. */
  order: usize;
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

/** Begins a description; `order` is room for [rows] u32. Complete it with setAdamState and that of the loss. */
export function describeMinibatches(
  minibatches: usize,
  network: usize,
  parameters: usize,
  parameterCount: i32,
  rows: i32,
  order: usize,
  team: usize,
): void {
  const m = changetype<Minibatches>(minibatches);
  m.network = changetype<Network>(network);
  m.parameters = parameters;
  m.parameterCount = parameterCount;
  m.rows = rows;
  m.order = order;
  m.team = team;
}

/** Adam's moments, and room for transposed weights and for gradients [minibatchShardCount x parameterCount]. */
export function setAdamState(
  minibatches: usize,
  firstMoment: usize,
  secondMoment: usize,
  transposed: usize,
  shardGradients: usize,
): void {
  const m = changetype<Minibatches>(minibatches);
  m.firstMoment = firstMoment;
  m.secondMoment = secondMoment;
  m.transposed = transposed;
  m.shardGradients = shardGradients;
}

/** Makes rows order[first ..] the minibatch under way; returns the number of its shards. */
export function startMinibatch(m: Minibatches, first: i32, minibatchRows: i32): i32 {
  m.first = first;
  m.minibatchRows = min(minibatchRows, m.rows - first);
  const shards = minibatchShardCount(m.minibatchRows);
  m.shardRows = (m.minibatchRows + shards - 1) / shards;
  return shards;
}

/** One past the last row of a shard, counted within the minibatch. */
// @ts-ignore: decorator
@inline
export function minibatchShardEnd(m: Minibatches, shard: i32): i32 {
  return min(m.minibatchRows, (shard + 1) * m.shardRows);
}

/** How many ranges the parameters are stepped in. */
export function stepRangeCount(m: Minibatches): i32 {
  return (m.parameterCount + STEP_RANGE - 1) / STEP_RANGE;
}

/** Adam step number `step` on one range of the parameters, with the gradient of the minibatch under way. */
export function stepOfRange(m: Minibatches, step: i32, learningRate: f64, range: i32): void {
  const first = range * STEP_RANGE;
  adamStep(
    at(m.parameters, first), at(m.shardGradients, first), minibatchShardCount(m.minibatchRows), m.parameterCount,
    at(m.firstMoment, first), at(m.secondMoment, first), min(STEP_RANGE, m.parameterCount - first), learningRate, step,
  );
}
