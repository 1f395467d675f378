/** Rows that go through a network and a distribution together; src/wasm/kernels.ts has the same number. */
export const ROW_TILE: i32 = 64;

/** Rows rounded up to whole tiles. */
export function tiledRows(rows: i32): i32 {
  return ((rows + ROW_TILE - 1) / ROW_TILE) * ROW_TILE;
}
