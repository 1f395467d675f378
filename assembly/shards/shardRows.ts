import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { Network } from '../network/chain';

/** Rows that go through a network in shards: what all descriptors of such rows have. */
@unmanaged
export class ShardedRows {
  network: Network;
  /** The threads that work on the shards; only team/ reads it. */
  team: usize;
  /** Floats of the parameters, as padded. */
  parameterCount: i32;
  rows: i32;
  /** [shards x parameterCount] */
  shardGradients: usize;
}

/** Most shards of a batch: enough for eight threads, few enough that adding them costs nothing. */
const MOST_SHARDS: i32 = 16;

/** Rows of a shard, whole tiles: a batch is cut by its number of rows alone. */
export function shardRowsFor(rows: i32): i32 {
  const tiles = (rows + ROW_TILE - 1) / ROW_TILE;
  return ((tiles + MOST_SHARDS - 1) / MOST_SHARDS) * ROW_TILE;
}

/** How many shards a batch of `rows` rows has. */
export function shardCountFor(rows: i32): i32 {
  const shardRows = shardRowsFor(rows);
  return (rows + shardRows - 1) / shardRows;
}

// @ts-ignore: decorator
@inline
export function shardGradient(rows: ShardedRows, shard: i32): usize {
  return at(rows.shardGradients, shard * rows.parameterCount);
}
