import { at } from '../linear/lanes';
import { Network, transposeWeights } from '../network/mlp';
import { Scratch } from '../network/scratch';
import { below, philox4x32 } from '../random/philox';
import { ADAM_STEP } from '../team/jobs';
import { forEachShard, Team } from '../team/team';
import { adamStep } from './adam';

/** Minibatch Adam on a network's parameters: what the value fit and the clipped surrogate share. */
@unmanaged
export class Minibatches {
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

/**
 * One pass over all rows in a random order (the stream (key0, key1) of the purpose at `epoch`), an Adam step for each
 * minibatch; the last minibatch may be smaller. `gradientJob` computes the gradients of the minibatch's shards, whose sum
 * is stepped against. `stepsBefore` Adam steps were made before; returns how many there are now.
 */
export function runEpoch(
  m: Minibatches,
  gradientJob: i32,
  minibatchRows: i32,
  learningRate: f64,
  key0: u32,
  key1: u32,
  epoch: u32,
  purpose: u32,
  stepsBefore: i32,
): i32 {
  const ranges = (m.parameterCount + STEP_RANGE - 1) / STEP_RANGE;
  shuffleRows(m, key0, key1, epoch, purpose);
  let steps = stepsBefore;
  for (let first = 0; first < m.rows; first += minibatchRows) {
    m.first = first;
    m.minibatchRows = min(minibatchRows, m.rows - first);
    const shards = minibatchShardCount(m.minibatchRows);
    m.shardRows = (m.minibatchRows + shards - 1) / shards;
    transposeWeights(m.network, m.parameters, m.transposed);
    forEachShard(m.team, gradientJob, changetype<usize>(m), 0, 0.0, shards);
    forEachShard(m.team, ADAM_STEP, changetype<usize>(m), ++steps, learningRate, ranges);
  }
  return steps;
}

/** Adam step number `step` on one range of the parameters, with the gradient of the minibatch under way. */
export function stepOfRange(m: Minibatches, step: i32, learningRate: f64, range: i32): void {
  const first = range * STEP_RANGE;
  adamStep(
    at(m.parameters, first), at(m.shardGradients, first), minibatchShardCount(m.minibatchRows), m.parameterCount,
    at(m.firstMoment, first), at(m.secondMoment, first), min(STEP_RANGE, m.parameterCount - first), learningRate, step,
  );
}

// @ts-ignore: decorator
@inline
export function minibatchShardGradient(m: Minibatches, shard: i32): usize {
  return m.shardGradients + (<usize>shard * <usize>m.parameterCount << 2);
}

/** One past the last row of a shard, counted within the minibatch. */
// @ts-ignore: decorator
@inline
export function minibatchShardEnd(m: Minibatches, shard: i32): i32 {
  return min(m.minibatchRows, (shard + 1) * m.shardRows);
}

/** order = a random permutation of the rows (Fisher and Yates), from the epoch's own stream. */
function shuffleRows(m: Minibatches, key0: u32, key1: u32, epoch: u32, purpose: u32): void {
  for (let i = 0; i < m.rows; i++) store<u32>(at(m.order, i), i);
  const words = changetype<Scratch>(m.team.scratch).words;
  for (let i = m.rows - 1; i > 0; i--) {
    const word = (m.rows - 1 - i) & 3;
    if (word == 0) {
      philox4x32(words, key0, key1, <u32>(m.rows - 1 - i) >> 2, 0, epoch, purpose);
    }
    const other = below(load<u32>(words + (<usize>word << 2)), i + 1);
    const kept = load<u32>(at(m.order, i));
    store<u32>(at(m.order, i), load<u32>(at(m.order, other)));
    store<u32>(at(m.order, other), kept);
  }
}
