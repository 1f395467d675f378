import { multiplyAdd } from './lanes';

const HALF_PI: f32 = 1.5707963267948966;

/** sin r for |r| <= pi/4: Taylor series to r^9, truncation below 2e-9. */
// @ts-ignore: decorator
@inline
function sinReduced(r: v128): v128 {
  const z = f32x4.mul(r, r);
  let series = f32x4.splat(1.0 / 362880.0);
  series = multiplyAdd(series, z, f32x4.splat(-1.0 / 5040.0));
  series = multiplyAdd(series, z, f32x4.splat(1.0 / 120.0));
  series = multiplyAdd(series, z, f32x4.splat(-1.0 / 6.0));
  return multiplyAdd(f32x4.mul(r, z), series, r);
}

/** cos r for |r| <= pi/4: Taylor series to r^8, truncation below 3e-8. */
// @ts-ignore: decorator
@inline
function cosReduced(r: v128): v128 {
  const z = f32x4.mul(r, r);
  let series = f32x4.splat(1.0 / 40320.0);
  series = multiplyAdd(series, z, f32x4.splat(-1.0 / 720.0));
  series = multiplyAdd(series, z, f32x4.splat(1.0 / 24.0));
  series = multiplyAdd(series, z, f32x4.splat(-0.5));
  return multiplyAdd(series, z, f32x4.splat(1.0));
}

/** sin(2 pi turns + quarters pi / 2) for turns in [0, 1], quarters 0 or 1; error at most 1e-7. */
// @ts-ignore: decorator
@inline
function sinOfQuarters(turns: v128, quarters: i32): v128 {
  const scaled = f32x4.mul(turns, f32x4.splat(4.0));
  const nearest = f32x4.nearest(scaled);
  const r = f32x4.mul(f32x4.sub(scaled, nearest), f32x4.splat(HALF_PI));
  const quadrant = i32x4.add(i32x4.trunc_sat_f32x4_s(nearest), i32x4.splat(quarters));
  const useCos = i32x4.ne(v128.and(quadrant, i32x4.splat(1)), i32x4.splat(0));
  const sign = i32x4.shl(v128.and(quadrant, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(cosReduced(r), sinReduced(r), useCos), sign);
}

/** sin(2 pi turns), turns in [0, 1]. */
export function sinOfTurns(turns: v128): v128 {
  return sinOfQuarters(turns, 0);
}

/** cos(2 pi turns), turns in [0, 1]. */
export function cosOfTurns(turns: v128): v128 {
  return sinOfQuarters(turns, 1);
}
