import { describe, expect, test } from 'vitest';
import { dot } from '../../twins/conjugateGradient.js';
import { meanKlGradient } from '../../twins/policyMath.js';
import { finiteDifferenceAlong } from '../../twins/support/finiteDifference.js';
import { relativeError } from '../support/closeness.js';
import { random32 } from '../support/numbers.js';
import { DISTRIBUTIONS, problemOf, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

const CASES = VARIANTS.flatMap((variant) => DISTRIBUTIONS.map((distribution) => ({ variant, distribution })));

describe.each(CASES)('F of a $distribution.kind in $variant', ({ variant, distribution }) => {
  const shape = { distribution, inputSize: 6, hiddenSizes: [10, 7], activation: 'silu' as const, rows: 130 };
  const random = randomPolicy(shape);
  const { policy, theta, batch } = random;
  const problem = problemOf(variant, random);
  const u = random32(theta.length, 21);
  const v = random32(theta.length, 22);
  const times = (vector: Float64Array, damping = 0) => problem.fisherVectorProduct(theta, vector, damping);

  test("is symmetric: u'Fv = v'Fu", () => {
    const scale = Math.sqrt(dot(u, times(u)) * dot(v, times(v)));
    expect(Math.abs(dot(u, times(v)) - dot(v, times(u)))).toBeLessThanOrEqual(1e-6 * scale);
  });

  test("has no negative curvature: v'Fv >= 0", () => {
    for (let seed = 30; seed < 50; seed++) {
      const vector = random32(theta.length, seed);
      expect(dot(vector, times(vector))).toBeGreaterThanOrEqual(0);
    }
  });

  test('is linear', () => {
    const sum = u.map((value, i) => 2 * value - 3 * v[i]);
    const [fu, fv] = [times(u), times(v)];
    const combined = fu.map((value, i) => 2 * value - 3 * fv[i]);
    expect(relativeError(times(sum), combined)).toBeLessThanOrEqual(1e-5);
    expect(Math.max(...times(new Float64Array(theta.length)).map(Math.abs))).toBe(0);
  });

  test('is the derivative of the gradient of KL(old || new) at new = old', () => {
    const klGradient = (thetaNew: Float64Array) =>
      meanKlGradient(policy, { thetaOld: theta, thetaNew }, batch.observations);
    const difference = finiteDifferenceAlong(klGradient, theta, v, 1e-4);
    expect(relativeError(times(v), difference)).toBeLessThanOrEqual(1e-5);
  });

  test('adds damping times the vector', () => {
    const undamped = times(v);
    expect(
      relativeError(
        times(v, 0.5),
        undamped.map((value, i) => value + 0.5 * v[i]),
      ),
    ).toBeLessThan(1e-14);
  });

  test('gives a number that is not finite for a vector that is not', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const spoilt = v.map((x, i) => (i === 0 ? value : x));
      expect(times(spoilt).every(Number.isFinite)).toBe(false);
    }
  });
});
