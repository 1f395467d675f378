import { describe, expect, test } from 'vitest';
import type { DistributionSpec } from '../../twins/distributions.js';
import { distributionInputs } from '../../twins/policyMath.js';
import { placePolicy } from '../support/objective.js';
import { DISTRIBUTIONS, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

const CASES = VARIANTS.flatMap((variant) => DISTRIBUTIONS.map((distribution) => ({ variant, distribution })));

function randomOf(distribution: DistributionSpec, rows: number) {
  return randomPolicy({ distribution, inputSize: 5, hiddenSizes: [12], activation: 'relu', rows });
}

describe.each(CASES)('actions of a $distribution.kind in $variant', ({ variant, distribution }) => {
  const ROWS = 150;
  const random = randomOf(distribution, ROWS);
  const { policy, act, actions, logProbabilities } = placePolicy(variant, random);
  const size = policy.distribution.actionSize;

  function draw(groupRows: number, seed: number, step: number) {
    actions.fill(NaN);
    logProbabilities.fill(NaN);
    for (let row = 0; row < ROWS; row += groupRows) {
      const rows = Math.min(groupRows, ROWS - row);
      act(rows, { seed, step, firstEnvironment: 1000 + row }, row);
    }
    return { actions: actions.slice(), logProbabilities: logProbabilities.slice() };
  }

  test('depend on seed, environment and step alone, not on the rows drawn together', () => {
    const together = draw(ROWS, 3, 10);
    for (const groupRows of [1, 3, 4, 5, 64, 65]) expect(draw(groupRows, 3, 10)).toEqual(together);
  });

  test('differ between seeds and steps, also above 2^32', () => {
    const draws = [
      draw(ROWS, 3, 10),
      draw(ROWS, 4, 10),
      draw(ROWS, 3 + 2 ** 32, 10),
      draw(ROWS, 3, 11),
      draw(ROWS, 3, 10 + 2 ** 32),
      draw(ROWS, 3, 10 + 2 ** 40),
      draw(ROWS, 3, 10 + 2 ** 52),
    ].map(({ actions: drawn }) => drawn.join());
    expect(new Set(draws).size).toBe(draws.length);
  });

  test('without a draw are the modes', () => {
    act(ROWS);
    const { inputs } = distributionInputs(random.policy, random.theta, random.batch.observations);
    const expected = modes(distribution, inputs);
    for (let i = 0; i < expected.length; i++) expect(Math.abs(actions[i] - expected[i])).toBeLessThan(1e-5);
  });

  test('write nothing beyond the last row', () => {
    for (const rows of [0, 1, 2, 3, 5, 63, 65]) {
      actions.fill(-7);
      logProbabilities.fill(-7);
      act(rows, { seed: 1, step: 1, firstEnvironment: 0 });
      expect(actions.subarray(rows * size).every((x) => x === -7)).toBe(true);
      expect(logProbabilities.subarray(rows).every((x) => x === -7)).toBe(true);
      expect(logProbabilities.subarray(0, rows).every((x) => x !== -7)).toBe(true);
    }
  });
});

/** argmax of each part, mean, or p > 1/2. */
function modes(distribution: DistributionSpec, inputs: Float64Array): number[] {
  switch (distribution.kind) {
    case 'diagonalGaussian':
      return [...inputs];
    case 'bernoulli':
      return [...inputs].map((logit) => (logit > 0 ? 1 : 0));
    case 'categorical':
      return argmaxes(inputs, [distribution.actionCount]);
    case 'multiCategorical':
    case 'maskedCategorical':
      return argmaxes(inputs, distribution.actionCounts);
  }
}

function argmaxes(inputs: Float64Array, counts: number[]): number[] {
  const result: number[] = [];
  for (let start = 0; start < inputs.length; ) {
    for (const count of counts) {
      const part = inputs.subarray(start, start + count);
      result.push(part.indexOf(Math.max(...part)));
      start += count;
    }
  }
  return result;
}
