import { describe, expect, test } from 'vitest';
import { naturalGradientUpdate } from '../../src/algorithms/npg.js';
import { trustRegionUpdate } from '../../src/algorithms/trpo.js';
import { policyGradientUpdate } from '../../src/algorithms/vpg.js';
import { placePolicy } from '../kernels/support/objective.js';
import { DISTRIBUTIONS, randomPolicy } from '../kernels/support/randomPolicy.js';

/** So small that the damped full step is within the trust region: the line search has nothing to shorten. */
const DELTA = 0.002;
const solver = { damping: 0.1, tolerance: 1e-10, iterations: 10, maxKl: DELTA, learningRate: 0 };
const search = { klConstraint: 'mean', backtrackFactor: 0.5, maxBacktracks: 10 } as const;

/** A random policy placed as often as asked, so that each update starts at the same theta_old and batch. */
function placed(kind: number) {
  const random = randomPolicy({
    distribution: DISTRIBUTIONS[kind],
    inputSize: 5,
    hiddenSizes: [13],
    activation: 'tanh',
    rows: 300,
  });
  const { objective, policy } = placePolicy('simd', random);
  objective.recomputeLogProbabilities();
  return { objective, policy, thetaOld: policy.paddedParameters.slice() };
}

function lengthOf(vector: ArrayLike<number>): number {
  return Math.hypot(...Array.from(vector));
}

function differences(after: Float32Array, before: Float32Array): Float64Array {
  return Float64Array.from(after, (value, i) => value - before[i]);
}

describe.each(DISTRIBUTIONS.map(({ kind }, index) => [kind, index] as const))('%s', (_, kind) => {
  test('the vanilla policy gradient moves theta by learning rate x gradient', () => {
    const { objective, policy, thetaOld } = placed(kind);
    const report = policyGradientUpdate(objective, { ...solver, learningRate: 0.01 });
    const expected = objective.gradient.map((g, i) => Math.fround(thetaOld[i] + 0.01 * g));
    expect(Float64Array.from(policy.paddedParameters)).toEqual(expected);
    expect(report).toMatchObject({ conjugateGradient: null, step: { accepted: true, stepScale: 0.01 } });
    const slope = lengthOf(objective.gradient) ** 2;
    expect(report.step.predictedImprovement).toBeCloseTo(0.01 * slope, 10);
    expect(report.step.improvement).toBeGreaterThan(0.5 * report.step.predictedImprovement);
    expect(report.step.meanKlOldNew).toBeGreaterThan(0);
  });

  test("without a learning rate it goes along the gradient, as far as TRPO's full step", () => {
    const trpo = placed(kind);
    const trustRegion = trustRegionUpdate(trpo.objective, { ...solver, ...search });
    const fullLength =
      lengthOf(trpo.objective.direction) *
      Math.sqrt((2 * DELTA) / trustRegion.conjugateGradient!.quadraticForm);
    const { objective, policy, thetaOld } = placed(kind);
    const report = policyGradientUpdate(objective, solver);
    const moved = differences(policy.paddedParameters, thetaOld);
    expect(lengthOf(moved) / fullLength).toBeCloseTo(1, 5);
    const along = moved.reduce((sum, value, i) => sum + value * objective.gradient[i], 0);
    expect(along / lengthOf(moved) / lengthOf(objective.gradient)).toBeCloseTo(1, 8);
    expect(report.conjugateGradient).toEqual(trustRegion.conjugateGradient);
  });

  test('the natural policy gradient is TRPO where the line search accepts its first trial', () => {
    const trpo = placed(kind);
    const trustRegion = trustRegionUpdate(trpo.objective, { ...solver, ...search });
    const natural = placed(kind);
    const report = naturalGradientUpdate(natural.objective, solver);
    expect(trustRegion.step).toMatchObject({ accepted: true, backtracks: 0 });
    expect(report).toEqual(trustRegion);
    expect(natural.policy.paddedParameters).toEqual(trpo.policy.paddedParameters);
  });

  test('the natural policy gradient with a learning rate moves theta by learning rate x solution', () => {
    const { objective, policy, thetaOld } = placed(kind);
    const report = naturalGradientUpdate(objective, { ...solver, learningRate: 0.003 });
    const expected = objective.direction.map((x, i) => Math.fround(thetaOld[i] + 0.003 * x));
    expect(Float64Array.from(policy.paddedParameters)).toEqual(expected);
    expect(report.step.stepScale).toBe(0.003);
  });

  test.each([
    ['vanilla', policyGradientUpdate],
    ['natural', naturalGradientUpdate],
  ])('a %s step to numbers that are not finite is refused', (_name, update) => {
    const { objective, policy, thetaOld } = placed(kind);
    const report = update(objective, { ...solver, learningRate: 1e42 });
    expect(report.step).toMatchObject({ accepted: false, meanKlOldNew: 0, improvement: 0 });
    expect(report.step.reason).toMatch(/^non-finite/);
    expect(policy.paddedParameters).toEqual(thetaOld);
  });
});

describe.each([
  ['vanilla', policyGradientUpdate, 0],
  ['vanilla', policyGradientUpdate, 0.1],
  ['natural', naturalGradientUpdate, 0],
  ['natural', naturalGradientUpdate, 0.1],
] as const)('%s policy gradient', (_, update, learningRate) => {
  test.each([
    ['zero gradient', 0],
    ['non-finite direction', Number.NaN],
  ])(`learning rate ${learningRate}: refused with "%s"`, (reason, advantage) => {
    const random = randomPolicy({
      distribution: DISTRIBUTIONS[0],
      inputSize: 3,
      hiddenSizes: [],
      activation: 'tanh',
      rows: 20,
    });
    const { objective, policy, advantages } = placePolicy('simd', random);
    objective.recomputeLogProbabilities();
    advantages.fill(advantage);
    const thetaOld = policy.paddedParameters.slice();
    expect(update(objective, { ...solver, learningRate }).step).toMatchObject({ accepted: false, reason });
    expect(policy.paddedParameters).toEqual(thetaOld);
  });
});

test('infinite weights that tanh hides from the surrogate are refused', () => {
  const random = randomPolicy({
    distribution: { kind: 'diagonalGaussian', actionSize: 1 },
    inputSize: 2,
    hiddenSizes: [3],
    activation: 'tanh',
    rows: 8,
  });
  const { objective, policy } = placePolicy('simd', random);
  objective.recomputeLogProbabilities();
  const thetaOld = policy.paddedParameters.slice();
  const firstWeight = policy.layout.parts[0].paddedOffset;
  const solve = objective.solveDirection.bind(objective);
  objective.solveDirection = (options) => {
    const report = solve(options);
    objective.direction.fill(0);
    objective.direction[firstWeight] = Math.sign(objective.gradient[firstWeight]);
    return report;
  };
  const report = naturalGradientUpdate(objective, { ...solver, learningRate: 1e300 });
  expect(report.step).toMatchObject({ accepted: false, reason: 'non-finite parameters' });
  expect(policy.paddedParameters).toEqual(thetaOld);
});
