/** The only file that knows relaxed SIMD: every multiply-add of the engine goes through here. */

/** float32 numbers in one vector register. */
export const LANES: i32 = 4;

/** a b + c per lane: fused (one rounding) in the relaxed build, two roundings in the strict build. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The smallest whole number of lanes that holds `size` floats, in floats. */
// @ts-ignore: decorator
@inline
export function padToLanes(size: i32): i32 {
  return (size + LANES - 1) & ~(LANES - 1);
}

/** Pointer to float number `index`. */
// @ts-ignore: decorator
@inline
export function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}
