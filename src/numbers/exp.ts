import { LN_2_HIGH, LN_2_LOW } from './log.js';

/** Terms of the series: with |r| up to ln 2 / 2 the first one left out is below 1e-18. */
const TERMS = 14;

/** e^x out of + - * / alone, so that every JavaScript engine gives the same bits. Relative error below 1e-15 for |x| <= 700. */
export function exp(x: number): number {
  // the least float64 is e^-744.4
  if (x < -746) return 0;
  // e^x = 2^k e^r
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN_2_HIGH - k * LN_2_LOW;
  let sum = 1;
  for (let term = TERMS; term >= 1; term--) sum = 1 + (sum * r) / term;
  return sum * 2 ** k;
}
