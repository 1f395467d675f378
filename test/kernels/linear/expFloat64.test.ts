import { expect, test } from 'vitest';
import { randomVector } from '../support/numbers.js';
import { partsPlayground } from '../support/playground.js';

const { expMinusOneFloat64 } = partsPlayground().kernels;

function worstRelativeError(values: Float64Array): number {
  return values.reduce((worst, x) => {
    return Math.max(worst, Math.abs(expMinusOneFloat64(x) / Math.expm1(x) - 1));
  }, 0);
}

test('has a relative error below 1e-14, near 0 and at large numbers', () => {
  expect(worstRelativeError(randomVector(100_000, 1, 700))).toBeLessThan(1e-14);
  expect(worstRelativeError(randomVector(100_000, 2, 1))).toBeLessThan(1e-14);
  for (let exponent = -1; exponent > -300; exponent -= 7) {
    expect(worstRelativeError(randomVector(100, 3, 10 ** exponent))).toBeLessThan(1e-14);
  }
});

test('has the exact values of its ends, and none of another range beyond them', () => {
  expect(expMinusOneFloat64(0)).toBe(0);
  for (const x of [709.1, 710, 745, 1000, 1e6, 1e300, Infinity]) expect(expMinusOneFloat64(x)).toBe(Infinity);
  for (const x of [-40, -709.1, -710, -745, -1000, -1e6, -1e300, -Infinity]) {
    expect(expMinusOneFloat64(x)).toBe(-1);
  }
  expect(expMinusOneFloat64(NaN)).toBe(NaN);
});
