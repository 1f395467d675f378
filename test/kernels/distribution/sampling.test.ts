import { describe, expect, test } from 'vitest';
import type { DistributionSpec } from '../../twins/distributions.js';
import { placePolicy } from '../support/objective.js';
import { randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS, type Variant } from '../support/wasm.js';

const ROWS = 100_000;

/** Actions of ROWS environments that all see the same, so that all have the distribution of these inputs. */
function drawMany(variant: Variant, distribution: DistributionSpec, head: number[]): Float32Array {
  const random = randomPolicy({
    distribution,
    inputSize: 1,
    hiddenSizes: [],
    activation: 'tanh',
    rows: ROWS,
  });
  // the inputs are the biases; what follows them are log standard deviations
  random.theta.fill(0);
  random.theta.set(head, random.policy.network.outputSize);
  const { act, actions } = placePolicy(variant, random);
  act(ROWS, { seed: 77, step: 5, firstEnvironment: 0 });
  return actions;
}

function share(actions: Float32Array, holds: (row: number) => boolean): number {
  let count = 0;
  for (let row = 0; row < ROWS; row++) if (holds(row)) count++;
  expect(actions.length % ROWS).toBe(0);
  return count / ROWS;
}

/** Fails when a share of ROWS draws is five standard deviations off. */
function expectShare(actual: number, p: number): void {
  expect(Math.abs(actual - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / ROWS));
}

function softmax(logits: number[]): number[] {
  const weights = logits.map(Math.exp);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

describe.each(VARIANTS)('frequencies of draws in %s', (variant) => {
  test('categorical: chi-square, and a choice of probability 0 never', () => {
    const logits = [0.3, -1, 1.5, -200, 0, -3];
    const actions = drawMany(variant, { kind: 'categorical', actionCount: 6 }, logits);
    const probabilities = softmax(logits);
    let chiSquare = 0;
    probabilities.forEach((p, choice) => {
      const actual = share(actions, (row) => actions[row] === choice);
      if (choice === 3) expect(actual).toBe(0);
      else chiSquare += (ROWS * (actual - p) ** 2) / p;
    });
    // 4 degrees of freedom: above 23.5 once in 10000 seeds
    expect(chiSquare).toBeLessThan(23.5);
  });

  test('multi-categorical: every pair of choices has the product of its probabilities', () => {
    const parts = [
      [0.5, -0.5],
      [1, 0, -1],
    ];
    const distribution = { kind: 'multiCategorical', actionCounts: [2, 3] } as const;
    const actions = drawMany(variant, { ...distribution, actionCounts: [2, 3] }, parts.flat());
    const [first, second] = parts.map(softmax);
    first.forEach((p, i) => {
      second.forEach((q, j) => {
        const both = share(actions, (row) => actions[2 * row] === i && actions[2 * row + 1] === j);
        expectShare(both, p * q);
      });
    });
  });

  test('bernoulli: every pair of bits has the product of its probabilities', () => {
    const logits = [-1.2, 0, 2];
    const actions = drawMany(variant, { kind: 'bernoulli', actionSize: 3 }, logits);
    const p = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      expectShare(
        share(actions, (row) => actions[3 * row + i] === 1),
        p[i],
      );
      const both = share(actions, (row) => actions[3 * row + i] === 1 && actions[3 * row + j] === 1);
      expectShare(both, p[i] * p[j]);
    }
    expect(actions.every((action) => action === 0 || action === 1)).toBe(true);
  });

  test('Gaussian: means, standard deviations, tails, and no correlation between dimensions', () => {
    const means = [0.5, -2, 10];
    const logStds = [-1, 0, 0.7];
    const actions = drawMany(variant, { kind: 'diagonalGaussian', actionSize: 3 }, [...means, ...logStds]);
    const z = actions.map((action, i) => (action - means[i % 3]) / Math.exp(logStds[i % 3]));
    const meanOver = (value: (row: number) => number) => {
      let sum = 0;
      for (let row = 0; row < ROWS; row++) sum += value(row);
      return sum / ROWS;
    };
    const limit = 5 / Math.sqrt(ROWS);
    for (let d = 0; d < 3; d++) {
      expect(Math.abs(meanOver((row) => z[3 * row + d]))).toBeLessThan(limit);
      expect(Math.abs(meanOver((row) => z[3 * row + d] ** 2) - 1)).toBeLessThan(limit * Math.SQRT2);
      expectShare(
        share(actions, (row) => z[3 * row + d] > 1.644854),
        0.05,
      );
      expectShare(
        share(actions, (row) => z[3 * row + d] < -1.644854),
        0.05,
      );
      const other = (d + 1) % 3;
      expect(Math.abs(meanOver((row) => z[3 * row + d] * z[3 * row + other]))).toBeLessThan(limit);
      // Box and Muller make pairs from one radius: squares must not correlate either
      const squares = meanOver((row) => (z[3 * row + d] ** 2 - 1) * (z[3 * row + other] ** 2 - 1));
      expect(Math.abs(squares)).toBeLessThan(2 * limit);
    }
  });

  test('neighbouring environments and steps do not correlate', () => {
    const z = drawMany(variant, { kind: 'diagonalGaussian', actionSize: 1 }, [0, 0]);
    let sum = 0;
    for (let row = 1; row < ROWS; row++) sum += z[row] * z[row - 1];
    expect(Math.abs(sum / ROWS)).toBeLessThan(5 / Math.sqrt(ROWS));
  });
});
