import { describe, expect, test } from 'vitest';
import { fisherOperator } from '../../twins/policyMath.js';
import { relativeError } from '../support/closeness.js';
import { random32 } from '../support/numbers.js';
import { DISTRIBUTIONS, problemOf, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

const UNLIMITED = { damping: 0.1, tolerance: 0, iterations: 500 };

describe.each(VARIANTS)('conjugate gradient in %s', (variant) => {
  const [categorical, , gaussian] = DISTRIBUTIONS;
  const shape = {
    distribution: categorical,
    inputSize: 6,
    hiddenSizes: [9],
    activation: 'tanh' as const,
    rows: 90,
  };
  const random = randomPolicy(shape);
  const { policy, theta, batch } = random;
  const problem = problemOf(variant, random);
  const gradient = random32(theta.length, 31);
  const zero = new Float64Array(theta.length);
  const solve = (rightSide: Float64Array, options: Partial<typeof UNLIMITED>) =>
    problem.conjugateGradient(theta, rightSide, { ...UNLIMITED, ...options });

  test('solves the system to the accuracy of float32 products, as the float64 twin says', () => {
    const solved = solve(gradient, { tolerance: 1e-6 });
    expect(solved.stopReason).toBe('tolerance reached');
    expect(solved.relativeResidual).toBeLessThanOrEqual(1e-6);
    const product = fisherOperator(policy, theta, batch.observations, 0.1)(solved.solution);
    expect(relativeError(product, gradient)).toBeLessThanOrEqual(1e-5);
  });

  test('stops at the limit of iterations, with the residual of the solution it returns', () => {
    const solved = solve(gradient, { iterations: 3 });
    expect(solved).toMatchObject({ stopReason: 'iteration limit', iterations: 3 });
    const product = fisherOperator(policy, theta, batch.observations, 0.1)(solved.solution);
    expect(Math.abs(relativeError(product, gradient) / solved.relativeResidual - 1)).toBeLessThanOrEqual(
      1e-4,
    );
  });

  test('makes no product when the limit is 0', () => {
    const solved = solve(gradient, { iterations: 0 });
    expect(solved).toMatchObject({
      stopReason: 'iteration limit',
      iterations: 0,
      smallestCurvature: Infinity,
    });
    expect(solved.solution).toEqual(zero);
  });

  test('is done at once with a zero gradient', () => {
    const solved = solve(zero, {});
    expect(solved).toMatchObject({
      stopReason: 'tolerance reached',
      iterations: 0,
      relativeResidual: 0,
      quadraticForm: 0,
    });
    expect(solved.solution).toEqual(zero);
  });

  test.each([NaN, Infinity, -Infinity])('refuses a gradient with %f', (value) => {
    const solved = solve(
      gradient.map((x, i) => (i === 5 ? value : x)),
      {},
    );
    expect(solved).toMatchObject({ stopReason: 'non-finite number', iterations: 0 });
    expect(solved.solution).toEqual(zero);
  });

  test('refuses a product that is not finite, and keeps the solution reached before it', () => {
    const solved = solve(gradient, { damping: NaN });
    expect(solved).toMatchObject({ stopReason: 'non-finite number', iterations: 0 });
    expect(solved.solution).toEqual(zero);
    // finite in float64, infinite as float32
    expect(
      solve(
        gradient.map((x) => x * 1e60),
        {},
      ).stopReason,
    ).toBe('non-finite number');
  });

  test('stops at a direction of non-positive curvature', () => {
    const solved = solve(gradient, { damping: -1e3 });
    expect(solved).toMatchObject({ stopReason: 'non-positive curvature', iterations: 0 });
    expect(solved.smallestCurvature).toBeLessThan(0);
    expect(solved.solution).toEqual(zero);
  });

  test('keeps the steps before a direction of non-positive curvature', () => {
    // between the first direction's curvature and the smallest eigenvalue, which is 0
    const first = solve(gradient, { iterations: 1, damping: 0 }).smallestCurvature;
    const solved = solve(gradient, { damping: -0.5 * first });
    expect(solved.stopReason).toBe('non-positive curvature');
    expect(solved.iterations).toBeGreaterThan(0);
    expect(Math.max(...solved.solution.map(Math.abs))).toBeGreaterThan(0);
  });

  test.each([1, 2, 3, 4])('ends in %i steps on a gradient in as many eigenspaces', (eigenspaces) => {
    // a linear Gaussian policy, standard deviations 1, inputs +-2 and +-4 orthogonal to each other and to
    // the constant: F is diagonal, 4 and 16 for the weights, 1 for the biases, 2 for the log deviations
    const linear = randomPolicy({
      ...shape,
      distribution: gaussian,
      inputSize: 2,
      hiddenSizes: [],
      rows: 64,
    });
    linear.batch.observations.forEach((_, i, observations) => {
      const row = i >> 1;
      observations[i] = i & 1 ? 4 - 8 * ((row >> 1) & 1) : 2 - 4 * (row & 1);
    });
    const eigenvalues = [4, 4, 4, 16, 16, 16, 1, 1, 1, 2, 2, 2];
    const parameters = linear.theta.map((value, i) => (eigenvalues[i] === 2 ? 0 : value));
    const side = random32(eigenvalues.length, 32).map((x, i) => (i < 3 * eigenspaces ? x : 0));
    const options = { damping: 0, tolerance: 1e-5, iterations: 50 };
    const solved = problemOf(variant, linear).conjugateGradient(parameters, side, options);
    expect(solved).toMatchObject({ stopReason: 'tolerance reached', iterations: eigenspaces });
    expect(
      relativeError(
        solved.solution,
        side.map((x, i) => x / eigenvalues[i]),
      ),
    ).toBeLessThanOrEqual(1e-5);
  });
});
