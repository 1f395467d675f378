import { multiplyAdd } from './lanes';

/**
 * Register tiles of the product a^T b, which sums over rows: the gradient of a weight matrix. Sums run over
 * rows in ascending order. The branch between two unrolled steps saves registers, see matmulTile.ts.
 */

/**
 * c [4 x 8] += sum of a^T b over `lines` lines of `count` rows: a [count x 4], b [count x 8]. The next row lies aBytes and bBytes further
 * on, the next line aLineBytes and bLineBytes; c lies in a panel, rows 32 bytes apart. Dense layers have one line, a convolution one for
 * each row of its map. Inlined, because a call for one line costs up to a fifth of the time of 16 rows.
 */
// @ts-ignore: decorator
@inline
export function tileOuter4x8(
  c: usize,
  a: usize,
  aBytes: usize,
  aLineBytes: usize,
  b: usize,
  bBytes: usize,
  bLineBytes: usize,
  count: i32,
  lines: i32,
): void {
  let c0L = v128.load(c, 0);
  let c0R = v128.load(c, 16);
  let c1L = v128.load(c, 32);
  let c1R = v128.load(c, 48);
  let c2L = v128.load(c, 64);
  let c2R = v128.load(c, 80);
  let c3L = v128.load(c, 96);
  let c3R = v128.load(c, 112);
  for (let line = 0; line < lines; line++, a += aLineBytes, b += bLineBytes) {
    let x = a;
    let y = b;
    let row = count;
    while (row > 0) {
      const bL0 = v128.load(y, 0);
      const bR0 = v128.load(y, 16);
      const a00 = v128.load32_splat(x, 0);
      c0L = multiplyAdd(a00, bL0, c0L);
      c0R = multiplyAdd(a00, bR0, c0R);
      const a10 = v128.load32_splat(x, 4);
      c1L = multiplyAdd(a10, bL0, c1L);
      c1R = multiplyAdd(a10, bR0, c1R);
      const a20 = v128.load32_splat(x, 8);
      c2L = multiplyAdd(a20, bL0, c2L);
      c2R = multiplyAdd(a20, bR0, c2R);
      const a30 = v128.load32_splat(x, 12);
      c3L = multiplyAdd(a30, bL0, c3L);
      c3R = multiplyAdd(a30, bR0, c3R);
      x += aBytes;
      y += bBytes;
      if (row == 1) break;
      const bL1 = v128.load(y, 0);
      const bR1 = v128.load(y, 16);
      const a01 = v128.load32_splat(x, 0);
      c0L = multiplyAdd(a01, bL1, c0L);
      c0R = multiplyAdd(a01, bR1, c0R);
      const a11 = v128.load32_splat(x, 4);
      c1L = multiplyAdd(a11, bL1, c1L);
      c1R = multiplyAdd(a11, bR1, c1R);
      const a21 = v128.load32_splat(x, 8);
      c2L = multiplyAdd(a21, bL1, c2L);
      c2R = multiplyAdd(a21, bR1, c2R);
      const a31 = v128.load32_splat(x, 12);
      c3L = multiplyAdd(a31, bL1, c3L);
      c3R = multiplyAdd(a31, bR1, c3R);
      x += aBytes;
      y += bBytes;
      row -= 2;
    }
  }
  v128.store(c, c0L, 0);
  v128.store(c, c0R, 16);
  v128.store(c, c1L, 32);
  v128.store(c, c1R, 48);
  v128.store(c, c2L, 64);
  v128.store(c, c2R, 80);
  v128.store(c, c3L, 96);
  v128.store(c, c3R, 112);
}

/** c [4 x 4] += a^T b over `rows` rows: a [rows x 4], b [rows x 4]; c lies in a half panel. */
export function tileOuter4x4(c: usize, a: usize, aBytes: usize, b: usize, bBytes: usize, rows: i32): void {
  let c0L = v128.load(c, 0);
  let c1L = v128.load(c, 16);
  let c2L = v128.load(c, 32);
  let c3L = v128.load(c, 48);
  for (let row = 0; row < rows; row++) {
    const bL = v128.load(b, 0);
    const a0 = v128.load32_splat(a, 0);
    c0L = multiplyAdd(a0, bL, c0L);
    const a1 = v128.load32_splat(a, 4);
    c1L = multiplyAdd(a1, bL, c1L);
    const a2 = v128.load32_splat(a, 8);
    c2L = multiplyAdd(a2, bL, c2L);
    const a3 = v128.load32_splat(a, 12);
    c3L = multiplyAdd(a3, bL, c3L);
    a += aBytes;
    b += bBytes;
  }
  v128.store(c, c0L, 0);
  v128.store(c, c1L, 16);
  v128.store(c, c2L, 32);
  v128.store(c, c3L, 48);
}
