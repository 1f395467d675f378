import { expMinusOneReduced, powerOfQuotient, quotientOf, reduceByLn2, roundedQuotient } from './exp';
import { multiplyAdd } from './lanes';

/**
 * tanh x = e / (e + 2) with e = e^(2|x|) - 1, per lane; no cancellation near 0.
 * Error at most 2.5 ulp everywhere; odd in x to the bit; NaN stays NaN.
 */
export function tanh(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  // tanh(10) rounds to 1; pmin costs one instruction where min costs several, and keeps a NaN on its left
  const doubled = f32x4.pmin(f32x4.mul(f32x4.abs(x), f32x4.splat(2.0)), f32x4.splat(20.0));
  const rounded = roundedQuotient(doubled);
  const scale = powerOfQuotient(rounded);
  const reduced = expMinusOneReduced(reduceByLn2(doubled, quotientOf(rounded)));
  const e = multiplyAdd(scale, reduced, f32x4.sub(scale, f32x4.splat(1.0)));
  return v128.or(f32x4.div(e, f32x4.add(e, f32x4.splat(2.0))), sign);
}
