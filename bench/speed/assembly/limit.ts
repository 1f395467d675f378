import { multiplyAdd } from '../../../assembly/linear/lanes';

/**
 * Nothing but the kernels' multiply-add, in registers: what a core can do at 128-bit width, measured beside the kernels.
 *
 * Each of twelve chains of four lanes goes x <- x multiplier + addend, `steps` times; lanes start at 0, 1, ..., 47, and
 * the sum of all of them is returned, so that the result shows whether every operation was made. Twelve, because pipes
 * stand idle with fewer (8 reach three quarters of the rate, multiplying and adding in turn), and because the 15
 * registers that engines leave us spill with more (13 reach half of it in Node 20).
 */
export function chainedMultiplyAdds(steps: i32, multiplier: f32, addend: f32): f64 {
  const m = f32x4.splat(multiplier);
  const a = f32x4.splat(addend);
  let x0 = f32x4(0, 1, 2, 3);
  let x1 = f32x4(4, 5, 6, 7);
  let x2 = f32x4(8, 9, 10, 11);
  let x3 = f32x4(12, 13, 14, 15);
  let x4 = f32x4(16, 17, 18, 19);
  let x5 = f32x4(20, 21, 22, 23);
  let x6 = f32x4(24, 25, 26, 27);
  let x7 = f32x4(28, 29, 30, 31);
  let x8 = f32x4(32, 33, 34, 35);
  let x9 = f32x4(36, 37, 38, 39);
  let x10 = f32x4(40, 41, 42, 43);
  let x11 = f32x4(44, 45, 46, 47);
  for (let step = 0; step < steps; step++) {
    x0 = multiplyAdd(x0, m, a);
    x1 = multiplyAdd(x1, m, a);
    x2 = multiplyAdd(x2, m, a);
    x3 = multiplyAdd(x3, m, a);
    x4 = multiplyAdd(x4, m, a);
    x5 = multiplyAdd(x5, m, a);
    x6 = multiplyAdd(x6, m, a);
    x7 = multiplyAdd(x7, m, a);
    x8 = multiplyAdd(x8, m, a);
    x9 = multiplyAdd(x9, m, a);
    x10 = multiplyAdd(x10, m, a);
    x11 = multiplyAdd(x11, m, a);
  }
  return (
    sumOfLanes(x0) + sumOfLanes(x1) + sumOfLanes(x2) + sumOfLanes(x3) + sumOfLanes(x4) + sumOfLanes(x5) +
    sumOfLanes(x6) + sumOfLanes(x7) + sumOfLanes(x8) + sumOfLanes(x9) + sumOfLanes(x10) + sumOfLanes(x11)
  );
}

/** In float64, which adds up the whole numbers of a long run without rounding. */
function sumOfLanes(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 1) +
    <f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3)
  );
}
