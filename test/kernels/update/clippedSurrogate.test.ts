import { describe, expect, test } from 'vitest';
import { dot } from '../../twins/conjugateGradient.js';
import {
  clippedSurrogate,
  clippedSurrogateGradient,
  logProbabilities,
  surrogateGradient,
} from '../../twins/policyMath.js';
import { finiteDifferenceAlong } from '../../twins/support/finiteDifference.js';
import { placeClippedAscent, staleLogProbabilities } from '../support/clippedAscent.js';
import { relativeError } from '../support/closeness.js';
import { ROW_COUNTS, random32 } from '../support/numbers.js';
import { DISTRIBUTIONS, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

const CLIP = 0.2;
const CASES = VARIANTS.flatMap((variant) => DISTRIBUTIONS.map((distribution) => ({ variant, distribution })));
const shape = { inputSize: 5, hiddenSizes: [17, 9], activation: 'tanh' as const };

describe.each(DISTRIBUTIONS)('the twin for a $kind', (distribution) => {
  const { policy, theta, batch } = randomPolicy({ ...shape, distribution, rows: 200 });
  const atTheta = logProbabilities(policy, theta, batch);

  test('has the derivative of the clipped surrogate, with rows beyond both limits', () => {
    const clipping = { oldLogProbabilities: staleLogProbabilities(atTheta), clip: CLIP };
    const ratios = atTheta.map((value, row) => Math.exp(value - clipping.oldLogProbabilities[row]));
    expect(ratios.filter((ratio) => ratio > 1 + CLIP).length).toBeGreaterThan(20);
    expect(ratios.filter((ratio) => ratio < 1 - CLIP).length).toBeGreaterThan(20);
    const direction = random32(theta.length, 32);
    const value = (at: Float64Array) => Float64Array.of(clippedSurrogate(policy, at, batch, clipping));
    const [derivative] = finiteDifferenceAlong(value, theta, direction, 1e-6);
    const gradient = clippedSurrogateGradient(policy, theta, batch, clipping);
    expect(dot(gradient, direction)).toBeCloseTo(derivative, 6);
  });

  test('has the gradient of the surrogate at theta_old', () => {
    const gradient = clippedSurrogateGradient(policy, theta, batch, {
      oldLogProbabilities: atTheta,
      clip: CLIP,
    });
    expect(relativeError(gradient, surrogateGradient(policy, theta, batch))).toBeLessThan(1e-12);
  });
});

describe.each(CASES)(
  'the clipped ascent of a $distribution.kind in $variant',
  ({ variant, distribution }) => {
    test.each(ROW_COUNTS)('has the gradient of the clipped surrogate over %i rows', (rows) => {
      const random = randomPolicy({ ...shape, distribution, rows });
      const { policy, theta, batch } = random;
      const oldLogProbabilities = staleLogProbabilities(logProbabilities(policy, theta, batch));
      const placed = placeClippedAscent(variant, random, oldLogProbabilities);
      placed.ascend({ clip: CLIP, minibatchRows: rows, learningRate: 0 }, 0, 0);
      const gradient = clippedSurrogateGradient(policy, theta, batch, { oldLogProbabilities, clip: CLIP });
      // the first moment starts at 0 and takes in a tenth, and Adam descends
      const seen = placed.firstMoment().map((moment) => -10 * moment);
      expect(relativeError(seen, gradient)).toBeLessThanOrEqual(5e-6);
      expect(placed.parameters()).toEqual(theta);
    });

    test('raises the clipped surrogate and holds ratios near the limits', () => {
      const random = randomPolicy({ ...shape, distribution, rows: 300 });
      const { policy, theta, batch } = random;
      const oldLogProbabilities = logProbabilities(policy, theta, batch);
      const placed = placeClippedAscent(variant, random, oldLogProbabilities);
      let steps = 0;
      for (let epoch = 0; epoch < 40; epoch++) {
        steps = placed.ascend({ clip: CLIP, minibatchRows: 64, learningRate: 1e-3 }, epoch, steps);
      }
      expect(steps).toBe(200);
      const after = placed.parameters();
      const valueAt = (at: Float64Array) =>
        clippedSurrogate(policy, at, batch, { oldLogProbabilities, clip: CLIP });
      expect(valueAt(after)).toBeGreaterThan(valueAt(theta) + 0.02);
      const ratios = logProbabilities(policy, after, batch).map((value, row) =>
        Math.exp(value - oldLogProbabilities[row]),
      );
      const beyond = ratios.filter((ratio) => Math.abs(ratio - 1) > 2 * CLIP).length;
      expect(beyond).toBeLessThan(0.1 * ratios.length);
    });

    test('visits every row once an epoch', () => {
      const random = randomPolicy({ ...shape, distribution, rows: 197 });
      const placed = placeClippedAscent(variant, random, new Float64Array(197));
      expect(placed.ascend({ clip: CLIP, minibatchRows: 64, learningRate: 0 }, 3, 10)).toBe(14);
      expect([...placed.order].sort((a, b) => a - b)).toEqual(Array.from({ length: 197 }, (_, row) => row));
    });
  },
);
