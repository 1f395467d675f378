import { describe, expect, test } from 'vitest';
import { ShapeError } from '../../../src/errors.js';
import { ROW_TILE } from '../../../src/wasm/kernels.js';
import { maxKlOldNew, meanKlOldNew, surrogate } from '../../twins/policyMath.js';
import { relativeError } from '../support/closeness.js';
import { random32, rounded } from '../support/numbers.js';
import { placePolicy } from '../support/objective.js';
import { DISTRIBUTIONS, problemOf, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

const CASES = VARIANTS.flatMap((variant) => DISTRIBUTIONS.map((distribution) => ({ variant, distribution })));

describe.each(CASES)('the surrogate of a $distribution.kind in $variant', ({ variant, distribution }) => {
  const shape = { distribution, inputSize: 6, hiddenSizes: [10, 7], activation: 'elu' as const, rows: 197 };
  const random = randomPolicy(shape);
  const { policy, theta, batch } = random;
  const meanAdvantage = batch.advantages.reduce((sum, x) => sum + x, 0) / shape.rows;

  test('at theta_old: ratios are exactly 1 and KL(old || old) is exactly 0', () => {
    const { objective } = placePolicy(variant, random);
    objective.recomputeLogProbabilities();
    const atOld = objective.computeGradient();
    expect(atOld.largestRatioError).toBe(0);
    expect(objective.gradient.every(Number.isFinite)).toBe(true);
    expect(atOld.surrogate).toBeCloseTo(meanAdvantage, 12);
    const evaluated = objective.evaluateStep(0);
    expect(evaluated.meanKlOldNew).toBe(0);
    expect(evaluated.largestKlOldNew).toBe(0);
    expect(evaluated.surrogate).toBe(atOld.surrogate);
  });

  test('ratios of actions that the kernels drew are exactly 1, whatever rows were drawn together', () => {
    const { objective, act, engine } = placePolicy(variant, random);
    for (let row = 0; row < shape.rows; row += 5) {
      act(Math.min(5, shape.rows - row), { seed: 1, step: 0, firstEnvironment: row }, row);
    }
    expect(ROW_TILE).toBeGreaterThan(5);
    expect(engine.kernels.tiledRows(1)).toBe(ROW_TILE);
    expect(objective.computeGradient().largestRatioError).toBe(0);
  });

  test('far from theta_old: surrogate, mean and largest KL agree with the twin', () => {
    const thetaNew = rounded(theta.map((value, i) => value + random32(theta.length, 41, 0.5)[i]));
    const thetas = { thetaOld: theta, thetaNew };
    const compared = problemOf(variant, random).compare(theta, thetaNew);
    const actual = [compared.surrogate, compared.meanKlOldNew, compared.largestKlOldNew];
    const expected = [
      surrogate(policy, thetas, batch),
      meanKlOldNew(policy, thetas, batch.observations),
      maxKlOldNew(policy, thetas, batch.observations),
    ];
    actual.forEach((value, i) => {
      expect(relativeError([value], [expected[i]])).toBeLessThanOrEqual(1e-5);
    });
  });

  test('near theta_old: KL of 1e-4 keeps three digits, though its terms are of order 1', () => {
    const thetaNew = rounded(theta.map((value, i) => value + random32(theta.length, 42, 0.005)[i]));
    const expected = meanKlOldNew(policy, { thetaOld: theta, thetaNew }, batch.observations);
    const { meanKlOldNew: actual } = problemOf(variant, random).compare(theta, thetaNew);
    expect(expected).toBeGreaterThan(1e-5);
    expect(expected).toBeLessThan(1e-3);
    expect(Math.abs(actual / expected - 1)).toBeLessThanOrEqual(1e-3);
  });

  test('numbers that are not finite show, and are not repaired', () => {
    const placed = placePolicy(variant, random);
    placed.objective.recomputeLogProbabilities();
    placed.objective.computeGradient();
    placed.objective.direction.fill(0);
    placed.objective.direction[0] = NaN;
    const evaluated = placed.objective.evaluateStep(1);
    expect(evaluated.surrogate).toBe(NaN);
    expect(evaluated.meanKlOldNew).toBe(NaN);
    placed.advantages[7] = NaN;
    const spoilt = placed.objective.computeGradient();
    expect(placed.objective.gradient.every(Number.isFinite)).toBe(false);
    expect(spoilt.surrogate).toBe(NaN);
  });
});

describe.each(VARIANTS)('KL of standard deviations that differ hugely in %s', (variant) => {
  test.each([-1000, -400, 400, 1000])('is positive or infinite at %i', (difference) => {
    const distribution = DISTRIBUTIONS[2];
    const random = randomPolicy({ distribution, inputSize: 2, hiddenSizes: [], activation: 'tanh', rows: 4 });
    const last = random.theta.length - 1;
    const thetaNew = random.theta.map((value, i) => (i === last ? value + difference : value));
    const { meanKlOldNew: kl } = problemOf(variant, random).compare(random.theta, thetaNew);
    expect(kl > 100 || Number.isNaN(kl)).toBe(true);
  });
});

test('a batch without rows is refused', () => {
  const random = randomPolicy({
    distribution: DISTRIBUTIONS[0],
    inputSize: 2,
    hiddenSizes: [],
    activation: 'tanh',
    rows: 0,
  });
  expect(() => problemOf('simd', random)).toThrow(ShapeError);
});
