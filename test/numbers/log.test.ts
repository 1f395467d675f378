import { describe, expect, it } from 'vitest';
import { log } from '../../src/numbers/log.js';
import { RandomStream } from '../../src/random/philox.js';

/** The bounds that log.ts states, plus the error of Math.log itself. */
const RELATIVE_ERROR = 6e-16;
const ABSOLUTE_ERROR = 2e-16;

describe('log', () => {
  it.each([1e-300, 1e-16, 1e-3, 0.5, 1, 2, 1e3, 1e300])('agrees with Math.log for x up to %d', (range) => {
    const random = new RandomStream(11);
    let worst = 0;
    for (let i = 0; i < 20_000; i++) {
      const x = random.uniformBetween(range / 100, range);
      const bound = Math.max(ABSOLUTE_ERROR, RELATIVE_ERROR * Math.abs(Math.log(x)));
      worst = Math.max(worst, Math.abs(log(x) - Math.log(x)) / bound);
    }
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('is exact where the logarithm is, and odd under inversion of powers of two', () => {
    expect(log(1)).toBe(0);
    for (let k = 1; k < 1000; k++) expect(log(2 ** k) + log(2 ** -k)).toBe(0);
    expect(log(Number.MIN_VALUE)).toBeCloseTo(-744.4400719213812, 12);
  });

  it('keeps relative accuracy near 1', () => {
    for (const x of [1e-5, 1e-10, -1e-10, 1e-15]) {
      expect(Math.abs(log(1 + x) / Math.log1p(1 + x - 1) - 1)).toBeLessThan(RELATIVE_ERROR);
    }
  });

  it('has no value for what is not positive and finite', () => {
    expect(log(0)).toBe(Number.NEGATIVE_INFINITY);
    for (const x of [-1, Number.NaN, Number.POSITIVE_INFINITY]) expect(log(x)).toBeNaN();
  });
});
