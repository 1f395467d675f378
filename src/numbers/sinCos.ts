/**
 * sin and cos out of + - * and rounding alone, so that every JavaScript engine gives the same bits;
 * the language leaves the last bits of Math.sin and Math.cos to the engine.
 * x = n pi/2 + r with |r| <= pi/4 (Cody and Waite, "Software Manual for the Elementary Functions", 1980),
 * then the Taylor polynomial of sin or cos in r.
 * Absolute error: below 2e-16 for |x| <= 1e6; beyond, about |x| 4e-17, so meaningless from |x| = 1e16 on.
 * NaN for NaN and the infinities. The sign of a zero is not kept.
 */

// pi/2 as a sum; the first three parts have 33 bits, so n part is exact for |n| < 2^20
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487111665e-21;
const HALF_PI_4 = 8.4784276603689e-32;
const TWO_OVER_PI = 0.6366197723675814;
const TWO_PI = 6.283185307179586;
/** Up to here |n| < 2^20. */
const EXACT_REDUCTION_LIMIT = 1e6;

// Taylor coefficients; on |r| <= pi/4 the first term left out is below 1e-19 for sin and 2e-18 for cos
const SIN_3 = -1 / 6;
const SIN_5 = 1 / 120;
const SIN_7 = -1 / 5040;
const SIN_9 = 1 / 362880;
const SIN_11 = -1 / 39916800;
const SIN_13 = 1 / 6227020800;
const SIN_15 = -1 / 1307674368000;
const SIN_17 = 1 / 355687428096000;
const COS_4 = 1 / 24;
const COS_6 = -1 / 720;
const COS_8 = 1 / 40320;
const COS_10 = -1 / 3628800;
const COS_12 = 1 / 479001600;
const COS_14 = -1 / 87178291200;
const COS_16 = 1 / 20922789888000;

/** Sine of x radians; errors and range as in the head of this file. */
export function sin(x: number): number {
  return sineOfQuadrant(x, 0);
}

/** Cosine of x radians; errors and range as in the head of this file. */
export function cos(x: number): number {
  return sineOfQuadrant(x, 1);
}

/** sin(x + quarterTurns pi/2), without the rounding of that sum. */
function sineOfQuadrant(x: number, quarterTurns: number): number {
  const near = x >= -EXACT_REDUCTION_LIMIT && x <= EXACT_REDUCTION_LIMIT ? x : x % TWO_PI;
  const n = Math.floor(near * TWO_OVER_PI + 0.5);
  const r = near - n * HALF_PI_1 - n * HALF_PI_2 - n * HALF_PI_3 - n * HALF_PI_4;
  const quadrant = n + quarterTurns;
  const size = (quadrant & 1) === 0 ? sinReduced(r) : cosReduced(r);
  return (quadrant & 2) === 0 ? size : -size;
}

/** sin(r) for |r| <= pi/4. */
function sinReduced(r: number): number {
  const r2 = r * r;
  const upper = SIN_11 + r2 * (SIN_13 + r2 * (SIN_15 + r2 * SIN_17));
  // r is added last: everything before it is small, so its rounding hardly counts
  return r + r * r2 * (SIN_3 + r2 * (SIN_5 + r2 * (SIN_7 + r2 * (SIN_9 + r2 * upper))));
}

/** cos(r) for |r| <= pi/4. */
function cosReduced(r: number): number {
  const r2 = r * r;
  const upper = COS_10 + r2 * (COS_12 + r2 * (COS_14 + r2 * COS_16));
  return 1 - (0.5 * r2 - r2 * r2 * (COS_4 + r2 * (COS_6 + r2 * (COS_8 + r2 * upper))));
}
