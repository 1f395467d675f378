/**
 * The natural logarithm out of + - * / alone, so that every JavaScript engine gives the same bits.
 * x = m 2^k with m in [sqrt(1/2), sqrt(2)), then ln m = 2 artanh((m - 1) / (m + 1)) by its Taylor series.
 * Relative error below 5e-16 away from x = 1, absolute error below 1e-16 near it. For finite x > 0; -Infinity for 0,
 * NaN for less, for NaN and for Infinity.
 */

// ln 2 as a sum: the first part has 32 bits, so that k times it is exact
export const LN_2_HIGH = 0.6931471803691238;
export const LN_2_LOW = 1.9082149292705877e-10;
/** Terms of the series: with |s| < 0.1716 the first one left out is below 1e-18. */
const TERMS = 11;

export function log(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return Number.NaN;
  let m = x;
  let k = 0;
  for (; m < Math.SQRT1_2; k--) m *= 2;
  for (; m >= Math.SQRT2; k++) m /= 2;
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let series = 0;
  for (let term = TERMS; term >= 1; term--) series = s2 * (series + 1 / (2 * term + 1));
  return k * LN_2_HIGH + (2 * s + (2 * s * series + k * LN_2_LOW));
}
