import { ROW_TILE } from '../network/mlp';

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
