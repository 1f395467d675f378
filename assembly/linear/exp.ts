import { multiplyAdd } from './lanes';

/** log2(e), and ln 2 in two parts: the high part ends in 8 zero bits, so n LN2_HIGH is exact for |n| < 256. */
export const LOG2_E: f32 = 1.4426950408889634;
export const LN2_HIGH: f32 = 0.693145751953125;
export const LN2_LOW: f32 = 1.428606820309417e-6;

/** 1.5 x 2^23: a float32 sum with it has no bits below 1, and its low bits are the whole number that was added. */
const ROUNDER: f32 = 12582912.0;
const ROUNDER_BITS: i32 = 0x4b400000;

/** x / ln 2 + ROUNDER: its low bits are n, the whole number nearest to x / ln 2. |x| < 2^20. */
// @ts-ignore: decorator
@inline
export function roundedQuotient(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUNDER));
}

/** n of a rounded quotient as float32. */
// @ts-ignore: decorator
@inline
export function quotientOf(rounded: v128): v128 {
  return f32x4.sub(rounded, f32x4.splat(ROUNDER));
}

/** n of a rounded quotient as i32. */
// @ts-ignore: decorator
@inline
function wholeQuotientOf(rounded: v128): v128 {
  return i32x4.sub(rounded, i32x4.splat(ROUNDER_BITS));
}

/** 2^n for whole n in -126 .. 127, by writing the exponent field. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** 2^n of a rounded quotient, n in -126 .. 127. */
// @ts-ignore: decorator
@inline
export function powerOfQuotient(rounded: v128): v128 {
  return i32x4.shl(i32x4.add(rounded, i32x4.splat(127 - ROUNDER_BITS)), 23);
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
  const rounded = roundedQuotient(clamped);
  const reduced = reduceByLn2(clamped, quotientOf(rounded));
  const mantissa = f32x4.add(expMinusOneReduced(reduced), f32x4.splat(1.0));
  // two factors, because 2^n itself may leave the range of normal numbers
  const whole = wholeQuotientOf(rounded);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** e^x of one number, the same bits as a lane of `exp`. */
export function expOf(x: f32): f32 {
  return f32x4.extract_lane(exp(f32x4.splat(x)), 0);
}
