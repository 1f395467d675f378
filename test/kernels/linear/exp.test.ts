import { expect, test } from 'vitest';
import { applyVector, expectWithinUlps, sweep } from '../support/ulp.js';

const SMALLEST_DENORMAL = 2 ** -149;

test('is within 1.1 ulp of e^x wherever that is finite, denormal results included', () => {
  // all 2^31 numbers were tried once: 1.023 at 59.27
  expectWithinUlps('expVector', Math.exp, sweep(0, 88.722), { ulps: 1.1 });
  expectWithinUlps('expVector', Math.exp, sweep(1, 88.722), { ulps: 1.1 });
  expectWithinUlps('expVector', Math.exp, sweep(-0, -110), { ulps: 1.1 });
  expectWithinUlps('expVector', Math.exp, sweep(-1, -87.3), { ulps: 1.1 });
  expectWithinUlps('expVector', Math.exp, sweep(-87.3, -104), { ulps: 1.1 });
});

test('has the exact values of its ends', () => {
  const values = [0, -0, SMALLEST_DENORMAL, -SMALLEST_DENORMAL, Infinity, -Infinity, NaN];
  expect([...applyVector('expVector', values)]).toEqual([1, 1, 1, 1, Infinity, 0, NaN]);
});

test('overflows to infinity and underflows through denormals to 0', () => {
  const values = [88.72283, 88.7229, 1e30, -103.2, -104, -200, -1e30];
  const [largest, ...results] = applyVector('expVector', values);
  expect(largest).toBeGreaterThan(3.4e38);
  expect(largest).toBeLessThan(Infinity);
  expect(results).toEqual([Infinity, Infinity, SMALLEST_DENORMAL, 0, 0, 0]);
});
