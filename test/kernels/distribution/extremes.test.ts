import { describe, expect, test } from 'vitest';
import type { DistributionSpec } from '../../twins/distributions.js';
import { logProbabilities, meanEntropy } from '../../twins/policyMath.js';
import { relativeError } from '../support/closeness.js';
import { problemOf, type RandomPolicy, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

/** A policy with inputs `head` in every row (biases of a linear network), then log standard deviations. */
function constantPolicy(distribution: DistributionSpec, head: number[], rows = 6): RandomPolicy {
  const random = randomPolicy({ distribution, inputSize: 1, hiddenSizes: [], activation: 'tanh', rows });
  random.theta.fill(0);
  random.theta.set(head, random.policy.network.outputSize);
  return random;
}

/** Nearly certain distributions, where a careless formula gives NaN, infinity or 0 digits. */
const EXTREMES: { distribution: DistributionSpec; head: number[] }[] = [
  { distribution: { kind: 'categorical', actionCount: 3 }, head: [60, 0, -60] },
  { distribution: { kind: 'categorical', actionCount: 3 }, head: [1e4, -1e4, 9e3] },
  { distribution: { kind: 'categorical', actionCount: 2 }, head: [-3e4, -3e4] },
  { distribution: { kind: 'multiCategorical', actionCounts: [2, 2] }, head: [150, -150, 0, 20] },
  { distribution: { kind: 'bernoulli', actionSize: 4 }, head: [80, -80, 200, -200] },
  { distribution: { kind: 'diagonalGaussian', actionSize: 2 }, head: [1e3, -1e3, -8, 8] },
];

describe.each(VARIANTS)('nearly certain policies in %s', (variant) => {
  test.each(EXTREMES)('$distribution.kind with inputs $head', ({ distribution, head }) => {
    const random = constantPolicy(distribution, head);
    const { policy, theta, batch } = random;
    const problem = problemOf(variant, random);
    const actual = problem.logProbabilities(theta);
    expect(relativeError(actual, logProbabilities(policy, theta, batch))).toBeLessThanOrEqual(1e-5);
    expect(Math.abs(problem.entropy(theta) - meanEntropy(policy, theta, batch.observations))).toBeLessThan(
      1e-5,
    );
    expect(problem.surrogateGradient(theta).every(Number.isFinite)).toBe(true);
    const ones = new Float64Array(theta.length).fill(1);
    expect(problem.fisherVectorProduct(theta, ones).every(Number.isFinite)).toBe(true);
    const same = problem.compare(theta, theta);
    expect([same.meanKlOldNew, same.largestKlOldNew]).toEqual([0, 0]);
  });

  test('a uniform categorical has the entropy ln n, a fair coin ln 2', () => {
    const uniform = constantPolicy({ kind: 'categorical', actionCount: 7 }, [5, 5, 5, 5, 5, 5, 5]);
    expect(problemOf(variant, uniform).entropy(uniform.theta)).toBeCloseTo(Math.log(7), 6);
    const coin = constantPolicy({ kind: 'bernoulli', actionSize: 1 }, [0]);
    expect(problemOf(variant, coin).entropy(coin.theta)).toBeCloseTo(Math.LN2, 6);
  });

  test('a choice among one is certain', () => {
    const random = constantPolicy({ kind: 'categorical', actionCount: 1 }, [3]);
    const problem = problemOf(variant, random);
    expect([...problem.logProbabilities(random.theta)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Math.abs(problem.entropy(random.theta))).toBe(0);
  });
});
