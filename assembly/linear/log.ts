import { LN2_HIGH, LN2_LOW } from './exp';
import { multiplyAdd } from './lanes';

const SMALLEST_NORMAL: f32 = 1.1754943508222875e-38;

/**
 * ln x per lane: x = 2^n m with m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh((m - 1) / (m + 1)).
 * Error at most 2 ulp, near 1 too; ln 1 is exactly 0; ln 0 = -infinity, negative gives NaN.
 */
export function log(x: v128): v128 {
  const denormal = f32x4.lt(x, f32x4.splat(SMALLEST_NORMAL));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608.0)), x, denormal);
  // subtracting the bits of sqrt(1/2) makes the exponent field change where m would leave its interval
  const shifted = i32x4.sub(normal, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(shifted, 23);
  const m = i32x4.sub(normal, i32x4.shl(exponent, 23));
  const correction = v128.and(denormal, f32x4.splat(23.0));
  const n = f32x4.sub(f32x4.convert_i32x4_s(exponent), correction);

  const s = f32x4.div(f32x4.sub(m, f32x4.splat(1.0)), f32x4.add(m, f32x4.splat(1.0)));
  const z = f32x4.mul(s, s);
  let series = f32x4.splat(2.0 / 11.0);
  series = multiplyAdd(series, z, f32x4.splat(2.0 / 9.0));
  series = multiplyAdd(series, z, f32x4.splat(2.0 / 7.0));
  series = multiplyAdd(series, z, f32x4.splat(2.0 / 5.0));
  series = multiplyAdd(series, z, f32x4.splat(2.0 / 3.0));
  const logMantissa = multiplyAdd(f32x4.mul(s, z), series, f32x4.add(s, s));
  let result = multiplyAdd(n, f32x4.splat(LN2_HIGH), multiplyAdd(n, f32x4.splat(LN2_LOW), logMantissa));

  result = v128.bitselect(f32x4.splat(-Infinity), result, f32x4.eq(x, f32x4.splat(0.0)));
  result = v128.bitselect(f32x4.splat(NaN), result, f32x4.lt(x, f32x4.splat(0.0)));
  // infinity and NaN pass through
  return v128.bitselect(result, x, f32x4.lt(x, f32x4.splat(Infinity)));
}
