import { at, padToLanes } from './lanes';
import { tile1x32, tile1x4, tile1x8, tile4x4, tile4x8 } from './matmulTile';
import { tileOuter4x4, tileOuter4x8 } from './outerProductTile';

/**
 * The three products of a network on its panel layout.
 *
 * A matrix [inner x columns] of parameters is stored as panels of 8 columns (a last one of 4 where columns leave 4),
 * each panel row after row, in the order in which the register tile reads it; rows and columns are padded with zeros
 * to whole lanes. `panelOffset` is where a column starts. Activations are row-major, rows padded to whole lanes.
 */

/** Columns of a full panel. */
export const PANEL: i32 = 8;

/**
 * Rows this far apart or more meet in few sets of a first-level cache: a tile's column of 64 rows 1 KB apart
 * needs 64 lines of four sets, which hold 32 to 48, and a column of the other matrix as many. WIDE_BLOCK_ROWS of both stay.
 */
const WIDE_ROW_BYTES: usize = 512;
const WIDE_BLOCK_ROWS: i32 = 16;

/** Floats of a panel matrix [inner x columns]. */
// @ts-ignore: decorator
@inline
export function panelMatrixFloats(inner: i32, columns: i32): i32 {
  return padToLanes(inner) * padToLanes(columns);
}

/**
 * c [rows x columns] = start + a [rows x inner] b, with b a panel matrix.
 * cStride, aStride in floats; columns is padded; bias [columns] is read for START_AT_BIAS only.
 */
export function multiplyRows(
  c: usize,
  cStride: i32,
  a: usize,
  aStride: i32,
  b: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  start: i32,
  bias: usize,
): void {
  assert(columns % 4 == 0 && cStride >= columns && aStride >= inner);
  const cBytes = <usize>cStride << 2;
  const aBytes = <usize>aStride << 2;
  // panels keep padded rows, the product reads only the real ones
  const panelBytes = <usize>padToLanes(inner) << 5;
  const wholeRows = rows & ~3;
  let panel = b;
  for (let column = 0; column < columns; column += PANEL, panel += panelBytes) {
    const cColumn = at(c, column);
    const biasColumn = at(bias, column);
    if (columns - column >= PANEL) {
      for (let row = 0; row < wholeRows; row += 4) {
        tile4x8(cColumn + <usize>row * cBytes, cBytes, a + <usize>row * aBytes, aBytes, panel, inner, start, biasColumn);
      }
    } else {
      for (let row = 0; row < wholeRows; row += 4) {
        tile4x4(cColumn + <usize>row * cBytes, cBytes, a + <usize>row * aBytes, aBytes, panel, inner, start, biasColumn);
      }
    }
  }
  for (let row = wholeRows; row < rows; row++) {
    multiplyOneRow(c + <usize>row * cBytes, a + <usize>row * aBytes, b, panelBytes, inner, columns, start, bias);
  }
}

/** c [columns] = start + a [inner] b, one row; panelBytes: from a panel of b to the next. */
export function multiplyOneRow(
  c: usize,
  a: usize,
  b: usize,
  panelBytes: usize,
  inner: i32,
  columns: i32,
  start: i32,
  bias: usize,
): void {
  let column = 0;
  for (; column + 4 * PANEL <= columns; column += 4 * PANEL, b += 4 * panelBytes) {
    tile1x32(at(c, column), a, b, panelBytes, inner, start, at(bias, column));
  }
  for (; column + PANEL <= columns; column += PANEL, b += panelBytes) {
    tile1x8(at(c, column), a, b, inner, start, at(bias, column));
  }
  if (column < columns) tile1x4(at(c, column), a, b, inner, start, at(bias, column));
}

/**
 * c += a^T b over rows, with c a panel matrix [inner x columns], a [rows x inner], b [rows x columns].
 * aStride, bStride in floats; inner and columns are padded, and so are the rows of a and b, with zeros.
 */
export function accumulateOuterProducts(
  c: usize,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  assert(inner % 4 == 0 && columns % 4 == 0 && aStride >= inner && bStride >= columns);
  const aBytes = <usize>aStride << 2;
  const bBytes = <usize>bStride << 2;
  const blockRows = max(aBytes, bBytes) >= WIDE_ROW_BYTES ? WIDE_BLOCK_ROWS : rows;
  for (let first = 0; first < rows; first += blockRows) {
    const aBlock = a + <usize>first * aBytes;
    const bBlock = b + <usize>first * bBytes;
    accumulateBlock(c, aBlock, aBytes, bBlock, bBytes, min(blockRows, rows - first), inner, columns);
  }
}

function accumulateBlock(
  c: usize,
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  for (let column = 0; column < columns; column += PANEL) {
    const bColumn = at(b, column);
    if (columns - column >= PANEL) {
      for (let k = 0; k < inner; k += 4, c += 128) tileOuter4x8(c, at(a, k), aBytes, 0, bColumn, bBytes, 0, rows, 1);
    } else {
      for (let k = 0; k < inner; k += 4, c += 64) tileOuter4x4(c, at(a, k), aBytes, bColumn, bBytes, rows);
    }
  }
}

/** Offset in floats of number (row, column) in a panel matrix [inner x columns]; columns as padded. */
// @ts-ignore: decorator
@inline
export function panelOffset(row: i32, column: i32, inner: i32, columns: i32): i32 {
  const first = column & ~(PANEL - 1);
  const width = columns - first >= PANEL ? PANEL : columns - first;
  return first * inner + row * width + (column - first);
}

/** out = in^T: in is a panel matrix [inner x columns], out a panel matrix [columns x inner]; both padded sizes. */
export function transposePanels(out: usize, matrix: usize, inner: i32, columns: i32): void {
  for (let firstRow = 0; firstRow < inner; firstRow += 4) {
    for (let firstColumn = 0; firstColumn < columns; firstColumn += 4) {
      const source = at(matrix, panelOffset(firstRow, firstColumn, inner, columns));
      const sourceBytes: usize = columns - (firstColumn & ~(PANEL - 1)) >= PANEL ? 32 : 16;
      const target = at(out, panelOffset(firstColumn, firstRow, columns, inner));
      const targetBytes: usize = inner - (firstRow & ~(PANEL - 1)) >= PANEL ? 32 : 16;
      transpose4x4(target, targetBytes, source, sourceBytes);
    }
  }
}

/** Transposes 4 x 4 floats; rows `...Bytes` apart. */
export function transpose4x4(target: usize, targetBytes: usize, source: usize, sourceBytes: usize): void {
  const row0 = v128.load(source);
  const row1 = v128.load(source + sourceBytes);
  const row2 = v128.load(source + 2 * sourceBytes);
  const row3 = v128.load(source + 3 * sourceBytes);
  const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(target + targetBytes, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(target + 2 * targetBytes, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(target + 3 * targetBytes, v128.shuffle<f64>(high01, high23, 1, 3));
}
