import { multiplyAdd } from './lanes';

/** log2(e), and ln 2 in two parts: the high part ends in 8 zero bits, so n LN2_HIGH is exact for |n| < 256. */
export const LOG2_E: f32 = 1.4426950408889634;
export const LN2_HIGH: f32 = 0.693145751953125;
export const LN2_LOW: f32 = 1.428606820309417e-6;

/** 2^n for whole n in -126 .. 127, by writing the exponent field. */
// @ts-ignore: decorator
@inline
export function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^r - 1 for |r| <= ln(2) / 2: Taylor series to r^7, truncation below 6e-9. */
// @ts-ignore: decorator
@inline
export function expMinusOneReduced(r: v128): v128 {
  let series = f32x4.splat(1.0 / 5040.0);
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 720.0));
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 120.0));
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 24.0));
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 6.0));
  series = multiplyAdd(series, r, f32x4.splat(0.5));
  return multiplyAdd(f32x4.mul(r, r), series, r);
}

/** x - n ln 2, with n = round(x / ln 2) given. */
// @ts-ignore: decorator
@inline
export function reduceByLn2(x: v128, n: v128): v128 {
  return multiplyAdd(n, f32x4.splat(-LN2_LOW), multiplyAdd(n, f32x4.splat(-LN2_HIGH), x));
}

/**
 * e^x per lane. Error at most 1.1 ulp, denormal results included; exp(0) is exactly 1;
 * overflow gives infinity, underflow denormals and then 0; NaN stays NaN.
 */
export function exp(x: v128): v128 {
  // beyond these ends the result is infinite or 0 anyway; the clamp keeps n in range (and a NaN, which stands on the left)
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89.0)), f32x4.splat(-104.0));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(LOG2_E)));
  const mantissa = f32x4.add(expMinusOneReduced(reduceByLn2(clamped, n)), f32x4.splat(1.0));
  // two factors, because 2^n itself may leave the range of normal numbers
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** e^x of one number, the same bits as a lane of `exp`. */
export function expOf(x: f32): f32 {
  return f32x4.extract_lane(exp(f32x4.splat(x)), 0);
}
