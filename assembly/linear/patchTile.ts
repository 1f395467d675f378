import { multiplyAdd } from './lanes';
import { START_AT_BIAS, START_AT_RESULT } from './matmulTile';

/**
 * The register tile of matmulTile.ts on four patches of images: a patch is `lines` lines of `lineLength` floats, `lineBytes` apart.
 * c [4 x 8] = start + patches [4 x (lines lineLength)] b [(lines lineLength) x 8], with b a panel.
 */
export function patchTile4x8(
  c: usize,
  cBytes: usize,
  patch0: usize,
  patch1: usize,
  patch2: usize,
  patch3: usize,
  lines: i32,
  lineLength: i32,
  lineBytes: usize,
  b: usize,
  start: i32,
  bias: usize,
): void {
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
  // from the end of a line to the start of the next one
  const rest = lineBytes - (<usize>lineLength << 2);
  for (let line = 0; line < lines; line++) {
    let k = lineLength;
    while (k > 0) {
      const bL0 = v128.load(b, 0);
      const bR0 = v128.load(b, 16);
      const a00 = v128.load32_splat(patch0, 0);
      c0L = multiplyAdd(a00, bL0, c0L);
      c0R = multiplyAdd(a00, bR0, c0R);
      const a10 = v128.load32_splat(patch1, 0);
      c1L = multiplyAdd(a10, bL0, c1L);
      c1R = multiplyAdd(a10, bR0, c1R);
      const a20 = v128.load32_splat(patch2, 0);
      c2L = multiplyAdd(a20, bL0, c2L);
      c2R = multiplyAdd(a20, bR0, c2R);
      const a30 = v128.load32_splat(patch3, 0);
      c3L = multiplyAdd(a30, bL0, c3L);
      c3R = multiplyAdd(a30, bR0, c3R);
      patch0 += 4;
      patch1 += 4;
      patch2 += 4;
      patch3 += 4;
      b += 32;
      if (k == 1) break;
      const bL1 = v128.load(b, 0);
      const bR1 = v128.load(b, 16);
      const a01 = v128.load32_splat(patch0, 0);
      c0L = multiplyAdd(a01, bL1, c0L);
      c0R = multiplyAdd(a01, bR1, c0R);
      const a11 = v128.load32_splat(patch1, 0);
      c1L = multiplyAdd(a11, bL1, c1L);
      c1R = multiplyAdd(a11, bR1, c1R);
      const a21 = v128.load32_splat(patch2, 0);
      c2L = multiplyAdd(a21, bL1, c2L);
      c2R = multiplyAdd(a21, bR1, c2R);
      const a31 = v128.load32_splat(patch3, 0);
      c3L = multiplyAdd(a31, bL1, c3L);
      c3R = multiplyAdd(a31, bR1, c3R);
      patch0 += 4;
      patch1 += 4;
      patch2 += 4;
      patch3 += 4;
      b += 32;
      k -= 2;
    }
    patch0 += rest;
    patch1 += rest;
    patch2 += rest;
    patch3 += rest;
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
