import { expect, test } from 'vitest';
import { turnsToCos, turnsToSin } from '../support/turns.js';
import { applyVector, expectWithinUlps, sweep } from '../support/ulp.js';

const BOUND = { ulps: 2.2, absolute: 1e-7 };

test('is within 1e-7 and 2.2 ulp of sin and cos on a whole turn', () => {
  // all numbers in 0 .. 1 were tried once: 9.2e-8 and 9.3e-8 absolute, 2.13 and 1.94 ulp
  const even = Float32Array.from({ length: 200_000 }, (_, i) => i / 199_999);
  for (const turns of [sweep(0, 1), even]) {
    expectWithinUlps('sinOfTurnsVector', turnsToSin, turns, BOUND);
    expectWithinUlps('cosOfTurnsVector', turnsToCos, turns, BOUND);
  }
});

test('has the exact values of whole quarters', () => {
  const quarters = [0, 0.25, 0.5, 0.75, 1];
  const sin = [...applyVector('sinOfTurnsVector', quarters)].map((x) => x + 0);
  const cos = [...applyVector('cosOfTurnsVector', quarters)].map((x) => x + 0);
  expect(sin).toEqual([0, 1, 0, -1, 0]);
  expect(cos).toEqual([1, 0, -1, 0, 1]);
});

test('lies on the unit circle', () => {
  const turns = sweep(2 ** -24, 1, 50_000);
  const sin = applyVector('sinOfTurnsVector', turns);
  const cos = applyVector('cosOfTurnsVector', turns);
  const worst = sin.reduce((most, s, i) => Math.max(most, Math.abs(s * s + cos[i] * cos[i] - 1)), 0);
  expect(worst).toBeLessThan(2e-7);
});
