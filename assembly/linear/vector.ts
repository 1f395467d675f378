/** Vector operations; lengths are in numbers. float32 lengths are multiples of 4, float64 lengths of 2. */

/** values = 0. */
export function fillZero(values: usize, count: i32): void {
  memory.fill(values, 0, <usize>count << 2);
}

/** out (float32) = in (float64). */
export function toFloat32(out: usize, values: usize, count: i32): void {
  for (let i = 0; i < count; i += 2) {
    const pair = f32x4.demote_f64x2_zero(v128.load(values + (<usize>i << 3)));
    v128.store64_lane(out + (<usize>i << 2), pair, 0);
  }
}

/** x . y of float64 vectors: two partial sums, even and odd, added at the end. */
export function dot(x: usize, y: usize, count: i32): f64 {
  let sum = f64x2.splat(0.0);
  for (let i = 0; i < count; i += 2) {
    const offset = <usize>i << 3;
    sum = f64x2.add(sum, f64x2.mul(v128.load(x + offset), v128.load(y + offset)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** out = x + a y, float64; out may be x or y. */
export function addScaled(out: usize, x: usize, a: f64, y: usize, count: i32): void {
  const scale = f64x2.splat(a);
  for (let i = 0; i < count; i += 2) {
    const offset = <usize>i << 3;
    v128.store(out + offset, f64x2.add(v128.load(x + offset), f64x2.mul(scale, v128.load(y + offset))));
  }
}

/** out (float32) = base (float32) + scale direction (float64), rounded once. */
export function stepAlong(out: usize, base: usize, scale: f64, direction: usize, count: i32): void {
  const factor = f64x2.splat(scale);
  for (let i = 0; i < count; i += 2) {
    const from = f64x2.promote_low_f32x4(v128.load64_zero(base + (<usize>i << 2)));
    const sum = f64x2.add(from, f64x2.mul(factor, v128.load(direction + (<usize>i << 3))));
    v128.store64_lane(out + (<usize>i << 2), f32x4.demote_f64x2_zero(sum), 0);
  }
}

/** out (float64) [count] = scale sum over parts of parts (float32) [parts x count], in the order of the parts. */
export function sumParts(out: usize, parts: usize, partCount: i32, count: i32, scale: f64): void {
  const factor = f64x2.splat(scale);
  const partBytes = <usize>count << 2;
  for (let i = 0; i < count; i += 2) {
    let sum = f64x2.splat(0.0);
    let part = parts + (<usize>i << 2);
    for (let p = 0; p < partCount; p++, part += partBytes) {
      sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.load64_zero(part)));
    }
    v128.store(out + (<usize>i << 3), f64x2.mul(sum, factor));
  }
}

/** Whether every one of `count` float32 numbers is finite. */
export function allFinite(values: usize, count: i32): bool {
  // x - x is 0 for finite x and NaN otherwise
  let different = f32x4.splat(0.0);
  for (let i = 0; i < count; i += 4) {
    const x = v128.load(values + (<usize>i << 2));
    different = v128.or(different, f32x4.ne(f32x4.sub(x, x), f32x4.splat(0.0)));
  }
  return !v128.any_true(different);
}

/** rows of `in` copied by index: out [count x stride] = values[indices[i]]; stride in floats, a multiple of 4. */
export function gatherRows(out: usize, values: usize, stride: i32, indices: usize, count: i32): void {
  const bytes = <usize>stride << 2;
  for (let i = 0; i < count; i++) {
    memory.copy(out + <usize>i * bytes, values + <usize>load<u32>(indices + (<usize>i << 2)) * bytes, bytes);
  }
}
