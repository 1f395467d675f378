import { expect } from 'vitest';

/** max |actual - expected| / max |expected|, an error relative to the array's own scale
 *  (absolute where expected is all zeros); NaN if any number is. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largestError = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    largestError = Math.max(largestError, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return scale === 0 ? largestError : largestError / scale;
}

/** Fails unless the lengths agree and relativeError <= tolerance. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expect(relativeError(actual, expected)).toBeLessThanOrEqual(tolerance);
}
