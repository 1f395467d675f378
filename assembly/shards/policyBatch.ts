import { differingInputs, Distribution } from '../distribution/distribution';
import { maskWords } from '../distribution/masks';
import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { gatherRows } from '../linear/vector';
import { Network } from '../network/chain';
import { Scratch } from '../network/scratch';
import { sensitivityFloatsOf } from '../network/sensitivity';
import { observationsFrom } from './observations';
import { shardCountFor, ShardedRows, shardRowsFor } from './shardRows';

/**
 * A batch of rows that one policy, theta_old, made, and what the update keeps about it. Rows are cut into shards by
 * their number alone, and shards are added in order, so that sums do not depend on who computes which shard.
 */
@unmanaged
export class PolicyBatch extends ShardedRows {
  distribution: Distribution;
  shardRows: i32;
  shardCount: i32;
  /** [rows x inputStride], or a null pointer where they are kept as frames. */
  observations: usize;
  /** Frames, or a null pointer. */
  frames: usize;
  /** [rows x actionSize] */
  actions: usize;
  /** [rows x maskWords], or a null pointer where every choice may be taken. */
  masks: usize;
  /** [rows] */
  advantages: usize;
  /** [rows], under theta_old. */
  logProbabilities: usize;
  /** [parameterCount] theta_old */
  oldParameters: usize;
  /** The weights of theta_old, transposed. */
  transposed: usize;
  /** A block for each tile: the activations under theta_old; or a null pointer where no products are made on these rows. */
  blocks: usize;
  /** Sensitivities of each tile, or a null pointer: then products go through the weights. */
  sensitivities: usize;
  /** Planes, and floats, of a tile's sensitivities. */
  sensitivityPlanes: i32;
  sensitivityFloats: i32;
  /** Component-major tiles, inputSize x ROW_TILE each: inputs and state of the distribution under theta_old. */
  oldInputs: usize;
  oldState: usize;
  /** [parameterCount] a direction as float32. */
  direction: usize;
  /** [shardCount] ShardSums */
  shardSums: usize;
  /** [rows], where logProbabilitiesUnder writes. */
  target: usize;
  /** Whether F is the mean of score score^T of the actions taken, rather than its expectation over actions. */
  usesEmpiricalFisher: bool;
}

/** float64 sums over the rows of a shard. */
@unmanaged
export class ShardSums {
  surrogate: f64;
  kl: f64;
  largestKl: f64;
  entropy: f64;
  /** Of the policy that was evaluated last. */
  newEntropy: f64;
  /** max over rows of |ratio - 1| */
  largestRatioError: f64;
}

export function policyBatchBytes(): i32 {
  return <i32>offsetof<PolicyBatch>();
}

export function shardSumsBytes(rows: i32): i32 {
  return shardCountFor(rows) * <i32>offsetof<ShardSums>();
}

/** Floats of one tile's sensitivities, where they are kept; 0 for networks of less than two hidden layers. */
export function networkSensitivityFloats(network: usize, distribution: usize): i32 {
  return sensitivityFloatsOf(changetype<Network>(network), differingInputs(distribution));
}

/** Begins a description; the three functions below complete it. */
export function describePolicyBatch(
  batch: usize,
  network: usize,
  distribution: usize,
  oldParameters: usize,
  parameterCount: i32,
  team: usize,
): void {
  const b = changetype<PolicyBatch>(batch);
  b.network = changetype<Network>(network);
  b.distribution = changetype<Distribution>(distribution);
  b.oldParameters = oldParameters;
  b.parameterCount = parameterCount;
  b.team = team;
  b.usesEmpiricalFisher = false;
}

/**
 * observations [rows x inputStride], actions [rows x actionSize], masks [rows x maskWords] or a null pointer, advantages and
 * log-probabilities [rows].
 */
export function setBatchRows(
  batch: usize,
  rows: i32,
  observations: usize,
  actions: usize,
  masks: usize,
  advantages: usize,
  logProbabilities: usize,
): void {
  const b = changetype<PolicyBatch>(batch);
  b.rows = rows;
  b.shardRows = shardRowsFor(rows);
  b.shardCount = shardCountFor(rows);
  b.observations = observations;
  b.actions = actions;
  b.masks = masks;
  b.advantages = advantages;
  b.logProbabilities = logProbabilities;
  b.frames = 0;
}

/** Makes Frames the observations of the batch, whose pointer to float32 ones is null. */
export function setBatchFrames(batch: usize, frames: usize): void {
  changetype<PolicyBatch>(batch).frames = frames;
}

/**
 * Room for what is kept of theta_old: `sensitivities` may be a null pointer, other tiles have room for tiledRows(rows). `blocks` too
 * may be one, for rows on which no products are made.
 */
export function setKeptState(
  batch: usize,
  transposed: usize,
  blocks: usize,
  sensitivities: usize,
  oldInputs: usize,
  oldState: usize,
): void {
  const b = changetype<PolicyBatch>(batch);
  const distribution = changetype<usize>(b.distribution);
  b.transposed = transposed;
  b.blocks = blocks;
  b.sensitivities = sensitivities;
  b.sensitivityPlanes = differingInputs(distribution);
  b.sensitivityFloats = networkSensitivityFloats(changetype<usize>(b.network), distribution);
  b.oldInputs = oldInputs;
  b.oldState = oldState;
}

/** Room for a direction [parameterCount] and for what shards give: gradients [shards x parameterCount] and sums. */
export function setShardSums(batch: usize, direction: usize, shardGradients: usize, shardSums: usize): void {
  const b = changetype<PolicyBatch>(batch);
  b.direction = direction;
  b.shardGradients = shardGradients;
  b.shardSums = shardSums;
}

/** Makes Fisher-vector products those of the scores of the batch's own actions. */
export function useEmpiricalFisher(batch: usize): void {
  changetype<PolicyBatch>(batch).usesEmpiricalFisher = true;
}

// @ts-ignore: decorator
@inline
export function shardEnd(batch: PolicyBatch, shard: i32): i32 {
  return min(batch.rows, (shard + 1) * batch.shardRows);
}

// @ts-ignore: decorator
@inline
export function shardSums(batch: PolicyBatch, shard: i32): ShardSums {
  return changetype<ShardSums>(batch.shardSums + <usize>shard * offsetof<ShardSums>());
}

/** Room for the activations of the tile that starts at `row`: where they are kept, or the scratch's. */
// @ts-ignore: decorator
@inline
export function tileBlock(batch: PolicyBatch, row: i32, s: Scratch): usize {
  return batch.blocks == 0 ? s.block : keptBlock(batch, row);
}

/** The kept activations of the tile that starts at `row`. */
// @ts-ignore: decorator
@inline
export function keptBlock(batch: PolicyBatch, row: i32): usize {
  return batch.blocks + (<usize>(row / ROW_TILE) * <usize>batch.network.blockFloats << 2);
}

/** The kept sensitivities of the tile that starts at `row`. */
// @ts-ignore: decorator
@inline
export function keptSensitivities(batch: PolicyBatch, row: i32): usize {
  return batch.sensitivities + (<usize>(row / ROW_TILE) * <usize>batch.sensitivityFloats << 2);
}

/** The kept distribution tile (`oldInputs` or `oldState`) of the tile that starts at `row`. */
// @ts-ignore: decorator
@inline
export function keptTile(batch: PolicyBatch, tiles: usize, row: i32): usize {
  return tiles + (<usize>row * <usize>batch.distribution.inputSize << 2);
}

/** The observations of the tile that starts at `row`, which may be written to the scratch's `gathered`. */
export function observationTile(batch: PolicyBatch, row: i32, rows: i32, s: Scratch): usize {
  return observationsFrom(batch.network, batch.observations, batch.frames, row, rows, s.gathered);
}

// @ts-ignore: decorator
@inline
export function actionsAt(batch: PolicyBatch, row: i32): usize {
  return batch.actions + (<usize>row * <usize>batch.distribution.actionSize << 2);
}

/** The masks of the rows from `row` on, or a null pointer. */
// @ts-ignore: decorator
@inline
export function masksAt(batch: PolicyBatch, row: i32): usize {
  return batch.masks ? at(batch.masks, row * maskWords(batch.distribution.inputSize)) : 0;
}

/** The masks of rows indices[i], copied to `room` [rows x maskWords], or a null pointer. */
export function gatheredMasks(batch: PolicyBatch, indices: usize, rows: i32, room: usize): usize {
  if (!batch.masks) return 0;
  gatherRows(room, batch.masks, maskWords(batch.distribution.inputSize), indices, rows);
  return room;
}
