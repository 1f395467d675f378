import { multiplyAdd } from './lanes';

/** x . y of float32 vectors of `count` numbers, a multiple of 4; in float32, two groups of lanes in turn. */
export function dotFloat32(x: usize, y: usize, count: i32): f64 {
  let even = f32x4.splat(0.0);
  let odd = even;
  const end = x + (<usize>count << 2);
  for (; x + 32 <= end; x += 32, y += 32) {
    even = multiplyAdd(v128.load(x, 0), v128.load(y, 0), even);
    odd = multiplyAdd(v128.load(x, 16), v128.load(y, 16), odd);
  }
  if (x < end) even = multiplyAdd(v128.load(x), v128.load(y), even);
  const lanes = f32x4.add(even, odd);
  return (
    <f64>(f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1)) +
    <f64>(f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
  );
}
