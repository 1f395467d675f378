import { describe, expect, test } from 'vitest';
import type { ConjugateGradientReport, Evaluation, PolicyObjective } from '../../src/algorithms/objective.js';
import { type LineSearchOptions, lineSearch } from '../../src/algorithms/trpo.js';

const options: LineSearchOptions = {
  maxKl: 0.01,
  klConstraint: 'mean',
  backtrackFactor: 0.5,
  maxBacktracks: 4,
};
const solution: ConjugateGradientReport = {
  damping: 0.1,
  dampingRetries: 0,
  iterations: 5,
  stopReason: 'tolerance reached',
  relativeResidual: 1e-8,
  quadraticForm: 2,
  smallestCurvature: 0.1,
};
/** sqrt(2 delta / x^T A x) */
const FULL_STEP = 0.1;

/** A stand-in whose surrogate and KL are given functions of the step. */
function objective(trial: (scale: number) => Partial<Evaluation>, slope = 3) {
  const scales: number[] = [];
  const stub = {
    directionalDerivative: () => slope,
    evaluateStep: (scale: number) => {
      scales.push(scale);
      return { surrogate: 1, meanKlOldNew: 0, largestKlOldNew: 0, ...trial(scale) };
    },
  };
  return { stub: stub as unknown as PolicyObjective, scales };
}

describe('line search', () => {
  test('accepts the full step when it improves within the trust region', () => {
    const { stub, scales } = objective(() => ({ surrogate: 1.25, meanKlOldNew: 0.01, largestKlOldNew: 0.5 }));
    const report = lineSearch(stub, solution, 1, options);
    expect(scales).toEqual([FULL_STEP]);
    expect(report).toEqual({
      accepted: true,
      reason: 'accepted',
      backtracks: 0,
      meanKlOldNew: 0.01,
      largestKlOldNew: 0.5,
      improvement: 0.25,
      predictedImprovement: 3 * FULL_STEP,
      stepScale: FULL_STEP,
    });
  });

  test('backtracks by the factor until the KL fits, and predicts for the step that it took', () => {
    const { stub, scales } = objective((scale) => ({ surrogate: 2, meanKlOldNew: scale * scale * 10 }));
    const report = lineSearch(stub, solution, 1, options);
    expect(scales).toEqual([0.1, 0.05, 0.025]);
    expect(report).toMatchObject({
      accepted: true,
      backtracks: 2,
      stepScale: 0.025,
      predictedImprovement: 3 * 0.025,
    });
  });

  test('with the constraint on the maximum, the KL of every state must fit', () => {
    const { stub, scales } = objective((scale) => ({
      surrogate: 2,
      meanKlOldNew: scale * scale * 0.1,
      largestKlOldNew: scale * scale * 10,
    }));
    const report = lineSearch(stub, solution, 1, { ...options, klConstraint: 'max' });
    expect(scales).toEqual([0.1, 0.05, 0.025]);
    expect(report).toMatchObject({ accepted: true, largestKlOldNew: 0.025 * 0.025 * 10 });
  });

  test.each([
    ['KL above limit', () => ({ surrogate: 9, meanKlOldNew: 0.0101 })],
    ['surrogate did not improve', () => ({ surrogate: 1 })],
    ['non-finite surrogate or KL', () => ({ surrogate: Number.NaN })],
    ['non-finite surrogate or KL', () => ({ meanKlOldNew: Number.POSITIVE_INFINITY })],
  ])('gives up with the reason "%s" after the last trial', (reason, trial) => {
    const { stub, scales } = objective(trial);
    const report = lineSearch(stub, solution, 1, options);
    expect(scales).toHaveLength(5);
    expect(report).toMatchObject({ accepted: false, reason, backtracks: 5, meanKlOldNew: 0, stepScale: 0 });
  });

  test('a later trial is judged by its own numbers, not those of the trial before', () => {
    const { stub } = objective((scale) => (scale > 0.04 ? { surrogate: Number.NaN } : { surrogate: 1.5 }));
    expect(lineSearch(stub, solution, 1, options)).toMatchObject({ accepted: true, backtracks: 2 });
  });

  test.each([
    ['zero gradient', solution, 0],
    [
      'preconditioner not positive definite',
      { ...solution, stopReason: 'preconditioner not positive definite' as const, iterations: 0 },
      0,
    ],
    ['no direction of ascent', solution, -1],
    ['no direction of ascent', { ...solution, quadraticForm: 0 }, 1],
    ['non-finite direction', { ...solution, quadraticForm: Number.NaN }, 1],
    ['non-finite direction', solution, Number.POSITIVE_INFINITY],
  ])('makes no trial: %s', (reason, report, slope) => {
    const { stub, scales } = objective(() => ({}), slope);
    expect(lineSearch(stub, report, 1, options)).toMatchObject({ accepted: false, reason, backtracks: 0 });
    expect(scales).toEqual([]);
  });
});
