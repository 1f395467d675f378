import { describe, expect, test } from 'vitest';
import { relativeError } from '../support/closeness.js';
import { random32 } from '../support/numbers.js';
import { DISTRIBUTIONS, problemOf, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

const ROWS = 90;
const DAMPING = 0.1;

const NETWORKS = [[], [9], [9, 7, 5]].flatMap((hiddenSizes) =>
  DISTRIBUTIONS.map((distribution) => ({ hiddenSizes, distribution })),
);

describe.each(VARIANTS)('the preconditioner in %s', (variant) => {
  describe.each(NETWORKS)('of $hiddenSizes hidden units, $distribution.kind', (network) => {
    const random = randomPolicy({ ...network, inputSize: 6, activation: 'tanh', rows: ROWS });
    const { theta } = random;
    const gradient = random32(theta.length, 41);
    const solve = (preconditionerRows: number, iterations: number, tolerance = 0) =>
      problemOf(variant, random, { preconditionerRows }).conjugateGradient(theta, gradient, {
        damping: DAMPING,
        tolerance,
        iterations,
      });

    test('made of the whole batch is the inverse: one step ends it', () => {
      const solved = solve(ROWS, 5, 1e-4);
      expect(solved).toMatchObject({ stopReason: 'tolerance reached', iterations: 1 });
    });

    test('made of more rows than there are is made of all', () => {
      expect(solve(4 * ROWS, 1)).toEqual(solve(ROWS, 1));
    });

    test.each([1, 13, 70])('made of %i rows changes the way, not the solution', (rows) => {
      const plain = solve(0, 500, 1e-6);
      const solved = solve(rows, 500, 1e-6);
      expect(solved.stopReason).toBe('tolerance reached');
      expect(relativeError(solved.solution, plain.solution)).toBeLessThanOrEqual(2e-5);
      expect(Math.abs(solved.quadraticForm / plain.quadraticForm - 1)).toBeLessThanOrEqual(1e-5);
    });

    test('made of most rows leaves a smaller residual after as many products', () => {
      expect(solve(70, 3).relativeResidual).toBeLessThan(0.5 * solve(0, 3).relativeResidual);
    });
  });

  const random = randomPolicy({
    distribution: DISTRIBUTIONS[0],
    hiddenSizes: [9],
    inputSize: 6,
    activation: 'tanh',
    rows: ROWS,
  });
  const gradient = random32(random.theta.length, 42);
  const solveDamped = (damping: number) =>
    problemOf(variant, random, { preconditionerRows: 20 }).conjugateGradient(random.theta, gradient, {
      damping,
      tolerance: 1e-3,
      iterations: 200,
    });

  test('works without damping, where the sample alone has no inverse', () => {
    expect(solveDamped(0).iterations).toBeGreaterThan(0);
    expect(solveDamped(1e-3).stopReason).toBe('tolerance reached');
  });

  test('that is not finite ends the solve before the first product, with the reason', () => {
    const solved = solveDamped(NaN);
    expect(solved).toMatchObject({
      stopReason: 'preconditioner not positive definite',
      iterations: 0,
      smallestCurvature: Infinity,
    });
    expect(solved.solution).toEqual(new Float64Array(random.theta.length));
  });

  test('leaves a direction of non-positive curvature to be seen', () => {
    expect(solveDamped(-1e3).stopReason).toBe('non-positive curvature');
  });
});
