import { describe, expect, it } from 'vitest';
import { conjugateGradient } from './conjugateGradient.js';
import { expectClose } from './support/closeness.js';
import { randomVector } from './support/random.js';

const diagonal = (entries: number[]) => (vector: Float64Array) =>
  vector.map((value, i) => entries[i] * value);

describe('conjugateGradient', () => {
  it.each([1, 2, 3, 5])('ends in k steps with k distinct eigenvalues, k = %i', (k) => {
    const eigenvalues = Array.from({ length: 12 }, (_none, i) => 1 + (i % k));
    const gradient = randomVector(12, 1);
    const limits = { maxIterations: 50, residualTolerance: 1e-12 };
    const result = conjugateGradient(diagonal(eigenvalues), gradient, limits);
    expect(result.stopReason).toBe('converged');
    expect(result.residualNorms.length).toBe(k);
    expectClose(
      result.solution,
      gradient.map((value, i) => value / eigenvalues[i]),
      1e-12,
    );
  });

  it('ends in one step when it is preconditioned with the inverse', () => {
    const eigenvalues = Array.from({ length: 12 }, (_none, i) => 1 + i);
    const gradient = randomVector(12, 2);
    const limits = { maxIterations: 50, residualTolerance: 1e-12 };
    const inverse = diagonal(eigenvalues.map((value) => 1 / value));
    const result = conjugateGradient(diagonal(eigenvalues), gradient, limits, inverse);
    expect(result.stopReason).toBe('converged');
    expect(result.residualNorms.length).toBe(1);
    expectClose(
      result.solution,
      gradient.map((value, i) => value / eigenvalues[i]),
      1e-12,
    );
  });

  it('reports the true residual after each iteration', () => {
    const eigenvalues = [1, 4, 9, 16];
    const gradient = Float64Array.of(1, -2, 3, -4);
    const result = conjugateGradient(diagonal(eigenvalues), gradient, {
      maxIterations: 2,
      residualTolerance: 0,
    });
    const residual = gradient.map((value, i) => value - eigenvalues[i] * result.solution[i]);
    expect(result.stopReason).toBe('iteration limit');
    expectClose([result.residualNorms[1]], [Math.hypot(...residual)], 1e-12);
  });

  it('solves a zero gradient without an iteration', () => {
    const result = conjugateGradient(diagonal([1, 1]), new Float64Array(2), {
      maxIterations: 10,
      residualTolerance: 0,
    });
    expect(result).toEqual({ solution: new Float64Array(2), residualNorms: [], stopReason: 'converged' });
  });

  it.each([
    ['non-positive curvature', diagonal([1, -1])],
    ['non-finite number', diagonal([1, Number.NaN])],
  ] as const)('stops at a %s', (reason, applyMatrix) => {
    const gradient = Float64Array.of(0.5, 1);
    const result = conjugateGradient(applyMatrix, gradient, { maxIterations: 10, residualTolerance: 0 });
    expect(result.stopReason).toBe(reason);
    expect(result.solution).toEqual(new Float64Array(2));
  });
});
