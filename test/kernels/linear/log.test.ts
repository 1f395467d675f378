import { expect, test } from 'vitest';
import { applyVector, expectWithinUlps, sweep } from '../support/ulp.js';

const SMALLEST_DENORMAL = 2 ** -149;
const LARGEST = 3.4028234663852886e38;

test('is within 2 ulp of ln x for all positive numbers, near 1 and denormals too', () => {
  // all positive numbers were tried once: 1.968 at 1.00386
  expectWithinUlps('logVector', Math.log, sweep(SMALLEST_DENORMAL, LARGEST), { ulps: 2 });
  expectWithinUlps('logVector', Math.log, sweep(SMALLEST_DENORMAL, 2 ** -126), { ulps: 2 });
  expectWithinUlps('logVector', Math.log, sweep(0.5, 2), { ulps: 2 });
  expectWithinUlps('logVector', Math.log, sweep(0.99, 1.01), { ulps: 2 });
});

test('has the exact values of its ends', () => {
  const values = [1, 0, -0, Infinity, -Infinity, -1, -SMALLEST_DENORMAL, NaN];
  const expected = [0, -Infinity, -Infinity, Infinity, NaN, NaN, NaN, NaN];
  expect([...applyVector('logVector', values)]).toEqual(expected);
});
