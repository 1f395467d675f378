import { describe, expect, test } from 'vitest';
import { spreadRows } from '../../../src/algorithms/fisherRows.js';
import { dot } from '../../twins/conjugateGradient.js';
import {
  empiricalFisherVectorProduct,
  fisherVectorProduct,
  surrogateGradient,
} from '../../twins/policyMath.js';
import { relativeError } from '../support/closeness.js';
import { random32, widened } from '../support/numbers.js';
import { placePolicy } from '../support/objective.js';
import { DISTRIBUTIONS, problemOf, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

const CASES = VARIANTS.flatMap((variant) => DISTRIBUTIONS.map((distribution) => ({ variant, distribution })));
const shape = { inputSize: 6, hiddenSizes: [10, 7], activation: 'silu' as const, rows: 130 };

describe.each(CASES)('empirical F of a $distribution.kind in $variant', ({ variant, distribution }) => {
  const random = randomPolicy({ ...shape, distribution });
  const { theta } = random;
  const problem = problemOf(variant, random, { fisher: 'empirical' });
  const times = (vector: Float64Array) => problem.fisherVectorProduct(theta, vector);
  const u = random32(theta.length, 21);
  const v = random32(theta.length, 22);

  test("is symmetric and has no negative curvature: u'Fv = v'Fu, v'Fv >= 0", () => {
    const scale = Math.sqrt(dot(u, times(u)) * dot(v, times(v)));
    expect(Math.abs(dot(u, times(v)) - dot(v, times(u)))).toBeLessThanOrEqual(1e-6 * scale);
    for (let seed = 30; seed < 40; seed++) {
      const vector = random32(theta.length, seed);
      expect(dot(vector, times(vector))).toBeGreaterThanOrEqual(0);
    }
  });

  test('of one row has rank 1: every product lies along the score', () => {
    const one = randomPolicy({ ...shape, distribution, rows: 1 });
    const single = problemOf(variant, one, { fisher: 'empirical' });
    const score = single.surrogateGradient(one.theta).map((g) => g / one.batch.advantages[0]);
    const product = single.fisherVectorProduct(one.theta, v);
    const expected = score.map((s) => s * dot(score, v));
    expect(relativeError(product, expected)).toBeLessThan(1e-5);
  });

  test('with kept sensitivities is that of the float64 twin too', () => {
    const wide = randomPolicy({ ...shape, distribution, hiddenSizes: [64, 64], activation: 'tanh' });
    const vector = random32(wide.theta.length, 23);
    const actual = problemOf(variant, wide, { fisher: 'empirical' }).fisherVectorProduct(wide.theta, vector);
    const expected = empiricalFisherVectorProduct(wide.policy, wide.theta, wide.batch, {
      vector,
      damping: 0,
    });
    expect(relativeError(actual, expected)).toBeLessThan(5e-6);
  });
});

/** Relative error of the empirical F's products against the analytic F's, over some vectors, with actions of the policy. */
function empiricalError(distribution: (typeof DISTRIBUTIONS)[number], rows: number): number {
  const random = randomPolicy({ ...shape, distribution, rows });
  const { act, actions } = placePolicy('simd', random);
  act(rows, { seed: 7, step: 0, firstEnvironment: 0 });
  const batch = { ...random.batch, actions: widened(actions) };
  const drawn = { ...random, batch };
  const [analytic, empirical] = (['analytic', 'empirical'] as const).map((fisher) =>
    problemOf('simd', drawn, { fisher }),
  );
  const errors = Array.from({ length: 8 }, (_, seed) => {
    const vector = random32(random.theta.length, 50 + seed);
    const expected = analytic.fisherVectorProduct(random.theta, vector);
    return relativeError(empirical.fisherVectorProduct(random.theta, vector), expected);
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

test.each(DISTRIBUTIONS)(
  'of actions drawn from a $kind, empirical F nears the analytic one as one over the root of the rows',
  (distribution) => {
    const errors = [250, 4000, 64000].map((rows) => empiricalError(distribution, rows));
    for (const [i, rows] of [4000, 64000].entries()) {
      // sixteen times the rows, a quarter of the error
      expect(errors[i + 1] / errors[i], `${rows} rows`).toBeGreaterThan(0.125);
      expect(errors[i + 1] / errors[i], `${rows} rows`).toBeLessThan(0.5);
    }
    expect(errors[2]).toBeLessThan(0.05);
  },
);

describe.each(DISTRIBUTIONS)('a Fisher matrix of some rows of a $kind', (distribution) => {
  const random = randomPolicy({ ...shape, distribution });
  const { policy, theta, batch } = random;
  const vector = random32(theta.length, 24);
  const rows = Array.from(spreadRows(130, 39));
  const pick = (values: Float64Array) => {
    const size = values.length / 130;
    return Float64Array.from(
      rows.flatMap((row) => Array.from(values.subarray(row * size, (row + 1) * size))),
    );
  };
  const chosen = { observations: pick(batch.observations), actions: pick(batch.actions) };
  const problem = (fisher: 'analytic' | 'empirical') =>
    problemOf('simd', random, { fisher, fisherFraction: 0.3 });

  test('is that of the rows chosen', () => {
    const probe = { vector, damping: 0.1 };
    const analytic = problem('analytic').fisherVectorProduct(theta, vector, 0.1);
    expect(
      relativeError(analytic, fisherVectorProduct(policy, theta, chosen.observations, probe)),
    ).toBeLessThan(5e-6);
    const empirical = problem('empirical').fisherVectorProduct(theta, vector, 0.1);
    expect(relativeError(empirical, empiricalFisherVectorProduct(policy, theta, chosen, probe))).toBeLessThan(
      5e-6,
    );
  });

  test('leaves gradient, surrogate and KL those of all rows, to the bit', () => {
    const whole = problemOf('simd', random);
    const part = problem('analytic');
    expect(part.surrogateGradient(theta)).toEqual(whole.surrogateGradient(theta));
    const thetaNew = theta.map((value, i) => value + 0.01 * vector[i]);
    expect(part.compare(theta, thetaNew)).toEqual(whole.compare(theta, thetaNew));
    expect(
      relativeError(part.surrogateGradient(theta), surrogateGradient(policy, theta, batch)),
    ).toBeLessThan(5e-6);
  });
});

test.each([
  [1, 1],
  [7, 7],
  [100, 1],
  [100, 99],
  [1000, 7],
  [1024, 103],
  [2048, 64],
])('of %i rows, %i are all different, ascending and spread over the batch', (rows, count) => {
  const chosen = Array.from(spreadRows(rows, count));
  expect(new Set(chosen).size).toBe(count);
  chosen.forEach((row, part) => {
    expect(row).toBeGreaterThanOrEqual(Math.floor((part * rows) / count));
    expect(row).toBeLessThan(Math.floor(((part + 1) * rows) / count));
  });
  // rows of a batch alternate between environments: none may be left out
  if (count >= 32 && rows >= 4 * count) expect(new Set(chosen.map((row) => row % 4)).size).toBe(4);
});

test('the rows chosen of a batch of four environments are of all four, about equally many', () => {
  const counts = [0, 0, 0, 0];
  for (const row of spreadRows(2048, 204)) counts[row % 4]++;
  for (const count of counts) expect(Math.abs(count - 51)).toBeLessThanOrEqual(10);
});
