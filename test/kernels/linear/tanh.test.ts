import { expect, test } from 'vitest';
import { applyVector, expectWithinUlps, sweep } from '../support/ulp.js';

test('is within 2.5 ulp of tanh x, tiny and large', () => {
  // all positive numbers were tried once: 2.424 at 0.0312
  expectWithinUlps('tanhVector', Math.tanh, sweep(0, 12), { ulps: 2.5 });
  expectWithinUlps('tanhVector', Math.tanh, sweep(0.01, 10), { ulps: 2.5 });
  expectWithinUlps('tanhVector', Math.tanh, sweep(10, 3.4e38), { ulps: 2.5 });
});

test('is odd to the bit', () => {
  const values = sweep(0, 12, 10_000);
  const positive = applyVector('tanhVector', values);
  const negative = applyVector(
    'tanhVector',
    values.map((x) => -x),
  );
  expect(negative).toEqual(positive.map((y) => -y));
});

test('has the exact values of its ends', () => {
  const tiny = 2 ** -149;
  const values = [0, -0, tiny, -tiny, 1e-20, 20, -20, Infinity, -Infinity, NaN];
  const expected = [0, -0, tiny, -tiny, Math.fround(1e-20), 1, -1, 1, -1, NaN];
  expect([...applyVector('tanhVector', values)]).toEqual(expected);
});

test('never leaves -1 .. 1', () => {
  expect(Math.max(...applyVector('tanhVector', sweep(5, 20, 20_000)))).toBe(1);
});
