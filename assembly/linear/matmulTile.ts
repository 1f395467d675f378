import { multiplyAdd } from './lanes';

/**
 * The register tiles: 4 x 8 numbers of a product stay in eight registers while the inner index runs.
 * Written out, because registers have no subscripts: cRowHalf is row 0-3 and left (L) or right (R) four columns.
 * Every number of a product is start + sum over k in ascending order, whatever tile it falls into, so results
 * do not depend on how rows are grouped.
 *
 * V8 moves the loads of a stretch of code without branches to its top. What one stretch loads must therefore
 * fit into the registers that the sums leave free (15 in all on x86-64, one of them for products): two unrolled
 * steps without a branch between them would spill, and cost a third of the speed.
 */

/** Where the numbers of a tile start. */
export const START_AT_ZERO: i32 = 0;
export const START_AT_BIAS: i32 = 1;
export const START_AT_RESULT: i32 = 2;

/** c [4 x 8] = start + a [4 x inner] b [inner x 8]; b is a panel: 8 columns, rows 32 bytes apart. */
export function tile4x8(
  c: usize,
  cBytes: usize,
  a: usize,
  aBytes: usize,
  b: usize,
  inner: i32,
  start: i32,
  bias: usize,
): void {
  let row0 = a;
  let row1 = a + aBytes;
  let row2 = a + 2 * aBytes;
  let row3 = a + 3 * aBytes;
  let c0L = f32x4.splat(0.0);
  let c0R = f32x4.splat(0.0);
  let c1L = f32x4.splat(0.0);
  let c1R = f32x4.splat(0.0);
  let c2L = f32x4.splat(0.0);
  let c2R = f32x4.splat(0.0);
  let c3L = f32x4.splat(0.0);
  let c3R = f32x4.splat(0.0);
  if (start == START_AT_RESULT) {
    c0L = v128.load(c, 0);
    c0R = v128.load(c, 16);
    c1L = v128.load(c + cBytes, 0);
    c1R = v128.load(c + cBytes, 16);
    c2L = v128.load(c + 2 * cBytes, 0);
    c2R = v128.load(c + 2 * cBytes, 16);
    c3L = v128.load(c + 3 * cBytes, 0);
    c3R = v128.load(c + 3 * cBytes, 16);
  } else if (start == START_AT_BIAS) {
    c0L = v128.load(bias, 0);
    c1L = c0L;
    c2L = c0L;
    c3L = c0L;
    c0R = v128.load(bias, 16);
    c1R = c0R;
    c2R = c0R;
    c3R = c0R;
  }
  let k = inner;
  while (k > 0) {
    const bL0 = v128.load(b, 0);
    const bR0 = v128.load(b, 16);
    const a00 = v128.load32_splat(row0, 0);
    c0L = multiplyAdd(a00, bL0, c0L);
    c0R = multiplyAdd(a00, bR0, c0R);
    const a10 = v128.load32_splat(row1, 0);
    c1L = multiplyAdd(a10, bL0, c1L);
    c1R = multiplyAdd(a10, bR0, c1R);
    const a20 = v128.load32_splat(row2, 0);
    c2L = multiplyAdd(a20, bL0, c2L);
    c2R = multiplyAdd(a20, bR0, c2R);
    const a30 = v128.load32_splat(row3, 0);
    c3L = multiplyAdd(a30, bL0, c3L);
    c3R = multiplyAdd(a30, bR0, c3R);
    if (k == 1) break;
    const bL1 = v128.load(b, 32);
    const bR1 = v128.load(b, 48);
    const a01 = v128.load32_splat(row0, 4);
    c0L = multiplyAdd(a01, bL1, c0L);
    c0R = multiplyAdd(a01, bR1, c0R);
    const a11 = v128.load32_splat(row1, 4);
    c1L = multiplyAdd(a11, bL1, c1L);
    c1R = multiplyAdd(a11, bR1, c1R);
    const a21 = v128.load32_splat(row2, 4);
    c2L = multiplyAdd(a21, bL1, c2L);
    c2R = multiplyAdd(a21, bR1, c2R);
    const a31 = v128.load32_splat(row3, 4);
    c3L = multiplyAdd(a31, bL1, c3L);
    c3R = multiplyAdd(a31, bR1, c3R);
    row0 += 8;
    row1 += 8;
    row2 += 8;
    row3 += 8;
    b += 64;
    k -= 2;
  }
  v128.store(c, c0L, 0);
  v128.store(c, c0R, 16);
  v128.store(c + cBytes, c1L, 0);
  v128.store(c + cBytes, c1R, 16);
  v128.store(c + 2 * cBytes, c2L, 0);
  v128.store(c + 2 * cBytes, c2R, 16);
  v128.store(c + 3 * cBytes, c3L, 0);
  v128.store(c + 3 * cBytes, c3R, 16);
}

/** c [4 x 4] = start + a [4 x inner] b [inner x 4]; b is the last, half panel: rows 16 bytes apart. */
export function tile4x4(
  c: usize,
  cBytes: usize,
  a: usize,
  aBytes: usize,
  b: usize,
  inner: i32,
  start: i32,
  bias: usize,
): void {
  let row0 = a;
  let row1 = a + aBytes;
  let row2 = a + 2 * aBytes;
  let row3 = a + 3 * aBytes;
  let c0L = f32x4.splat(0.0);
  let c1L = f32x4.splat(0.0);
  let c2L = f32x4.splat(0.0);
  let c3L = f32x4.splat(0.0);
  if (start == START_AT_RESULT) {
    c0L = v128.load(c, 0);
    c1L = v128.load(c + cBytes, 0);
    c2L = v128.load(c + 2 * cBytes, 0);
    c3L = v128.load(c + 3 * cBytes, 0);
  } else if (start == START_AT_BIAS) {
    c0L = v128.load(bias, 0);
    c1L = c0L;
    c2L = c0L;
    c3L = c0L;
  }
  let k = inner;
  while (k > 0) {
    const bL0 = v128.load(b, 0);
    const a00 = v128.load32_splat(row0, 0);
    c0L = multiplyAdd(a00, bL0, c0L);
    const a10 = v128.load32_splat(row1, 0);
    c1L = multiplyAdd(a10, bL0, c1L);
    const a20 = v128.load32_splat(row2, 0);
    c2L = multiplyAdd(a20, bL0, c2L);
    const a30 = v128.load32_splat(row3, 0);
    c3L = multiplyAdd(a30, bL0, c3L);
    if (k == 1) break;
    const bL1 = v128.load(b, 16);
    const a01 = v128.load32_splat(row0, 4);
    c0L = multiplyAdd(a01, bL1, c0L);
    const a11 = v128.load32_splat(row1, 4);
    c1L = multiplyAdd(a11, bL1, c1L);
    const a21 = v128.load32_splat(row2, 4);
    c2L = multiplyAdd(a21, bL1, c2L);
    const a31 = v128.load32_splat(row3, 4);
    c3L = multiplyAdd(a31, bL1, c3L);
    row0 += 8;
    row1 += 8;
    row2 += 8;
    row3 += 8;
    b += 32;
    k -= 2;
  }
  v128.store(c, c0L, 0);
  v128.store(c + cBytes, c1L, 0);
  v128.store(c + 2 * cBytes, c2L, 0);
  v128.store(c + 3 * cBytes, c3L, 0);
}

/** c [1 x 8] = start + a [1 x inner] b [inner x 8]. */
export function tile1x8(
  c: usize,
  a: usize,
  b: usize,
  inner: i32,
  start: i32,
  bias: usize,
): void {
  let row0 = a;
  let c0L = f32x4.splat(0.0);
  let c0R = f32x4.splat(0.0);
  if (start == START_AT_RESULT) {
    c0L = v128.load(c, 0);
    c0R = v128.load(c, 16);
  } else if (start == START_AT_BIAS) {
    c0L = v128.load(bias, 0);
    c0R = v128.load(bias, 16);
  }
  let k = inner;
  for (; k > 1; k -= 2) {
    const bL0 = v128.load(b, 0);
    const bR0 = v128.load(b, 16);
    const a00 = v128.load32_splat(row0, 0);
    c0L = multiplyAdd(a00, bL0, c0L);
    c0R = multiplyAdd(a00, bR0, c0R);
    const bL1 = v128.load(b, 32);
    const bR1 = v128.load(b, 48);
    const a01 = v128.load32_splat(row0, 4);
    c0L = multiplyAdd(a01, bL1, c0L);
    c0R = multiplyAdd(a01, bR1, c0R);
    row0 += 8;
    b += 64;
  }
  if (k) {
    const bL0 = v128.load(b, 0);
    const bR0 = v128.load(b, 16);
    const a00 = v128.load32_splat(row0, 0);
    c0L = multiplyAdd(a00, bL0, c0L);
    c0R = multiplyAdd(a00, bR0, c0R);
  }
  v128.store(c, c0L, 0);
  v128.store(c, c0R, 16);
}

/** c [1 x 4] = start + a [1 x inner] b [inner x 4]. */
export function tile1x4(
  c: usize,
  a: usize,
  b: usize,
  inner: i32,
  start: i32,
  bias: usize,
): void {
  let row0 = a;
  let c0L = f32x4.splat(0.0);
  if (start == START_AT_RESULT) {
    c0L = v128.load(c, 0);
  } else if (start == START_AT_BIAS) {
    c0L = v128.load(bias, 0);
  }
  let k = inner;
  for (; k > 1; k -= 2) {
    const bL0 = v128.load(b, 0);
    const a00 = v128.load32_splat(row0, 0);
    c0L = multiplyAdd(a00, bL0, c0L);
    const bL1 = v128.load(b, 16);
    const a01 = v128.load32_splat(row0, 4);
    c0L = multiplyAdd(a01, bL1, c0L);
    row0 += 8;
    b += 32;
  }
  if (k) {
    const bL0 = v128.load(b, 0);
    const a00 = v128.load32_splat(row0, 0);
    c0L = multiplyAdd(a00, bL0, c0L);
  }
  v128.store(c, c0L, 0);
}

/** c [1 x 32] = start + a [1 x inner] times four panels, P Q S T, `panelBytes` apart: one row keeps eight registers busy. */
export function tile1x32(
  c: usize,
  a: usize,
  b: usize,
  panelBytes: usize,
  inner: i32,
  start: i32,
  bias: usize,
): void {
  let cPL = f32x4.splat(0.0);
  let cPR = f32x4.splat(0.0);
  let cQL = f32x4.splat(0.0);
  let cQR = f32x4.splat(0.0);
  let cSL = f32x4.splat(0.0);
  let cSR = f32x4.splat(0.0);
  let cTL = f32x4.splat(0.0);
  let cTR = f32x4.splat(0.0);
  const from = start == START_AT_BIAS ? bias : c;
  if (start != START_AT_ZERO) {
    cPL = v128.load(from, 0);
    cPR = v128.load(from, 16);
    cQL = v128.load(from, 32);
    cQR = v128.load(from, 48);
    cSL = v128.load(from, 64);
    cSR = v128.load(from, 80);
    cTL = v128.load(from, 96);
    cTR = v128.load(from, 112);
  }
  let panelP = b;
  let panelQ = b + panelBytes;
  let panelS = b + 2 * panelBytes;
  let panelT = b + 3 * panelBytes;
  for (let k = 0; k < inner; k++) {
    const x = v128.load32_splat(a);
    cPL = multiplyAdd(x, v128.load(panelP, 0), cPL);
    cPR = multiplyAdd(x, v128.load(panelP, 16), cPR);
    cQL = multiplyAdd(x, v128.load(panelQ, 0), cQL);
    cQR = multiplyAdd(x, v128.load(panelQ, 16), cQR);
    // never true: a branch that keeps the loads of S and T from being moved up, see above
    if (k < 0) break;
    cSL = multiplyAdd(x, v128.load(panelS, 0), cSL);
    cSR = multiplyAdd(x, v128.load(panelS, 16), cSR);
    cTL = multiplyAdd(x, v128.load(panelT, 0), cTL);
    cTR = multiplyAdd(x, v128.load(panelT, 16), cTR);
    a += 4;
    panelP += 32;
    panelQ += 32;
    panelS += 32;
    panelT += 32;
  }
  v128.store(c, cPL, 0);
  v128.store(c, cPR, 16);
  v128.store(c, cQL, 32);
  v128.store(c, cQR, 48);
  v128.store(c, cSL, 64);
  v128.store(c, cSR, 80);
  v128.store(c, cTL, 96);
  v128.store(c, cTR, 112);
}
