import { describe, expect, test } from 'vitest';
import { ACTIVATIONS } from '../../../src/network/networkSpec.js';
import { fisherVectorProduct, logProbabilities, surrogateGradient } from '../../twins/policyMath.js';
import { relativeError } from '../support/closeness.js';
import { random32 } from '../support/numbers.js';
import { problemOf, randomPolicy } from '../support/randomPolicy.js';
import { VARIANTS } from '../support/wasm.js';

/** Sizes from 1 to some panels, odd ones among them. */
const HIDDEN_SIZES = [[], [1], [7], [64], [5, 3], [32, 33], [9, 17, 6]];

describe.each(VARIANTS)('forward, tangent and backward passes in %s', (variant) => {
  describe.each(ACTIVATIONS)('%s', (activation) => {
    test.each(HIDDEN_SIZES.map((hiddenSizes) => ({ hiddenSizes })))(
      'hidden $hiddenSizes',
      ({ hiddenSizes }) => {
        for (const [inputSize, rows] of [
          [1, 5],
          [3, 64],
          [8, 1],
          [11, 131],
        ]) {
          const distribution = { kind: 'diagonalGaussian', actionSize: 3 } as const;
          const random = randomPolicy({ distribution, inputSize, hiddenSizes, activation, rows }, inputSize);
          const { policy, theta, batch } = random;
          const problem = problemOf(variant, random);
          const vector = random32(theta.length, 9);
          const errors = [
            relativeError(problem.logProbabilities(theta), logProbabilities(policy, theta, batch)),
            relativeError(problem.surrogateGradient(theta), surrogateGradient(policy, theta, batch)),
            relativeError(
              problem.fisherVectorProduct(theta, vector, 0.01),
              fisherVectorProduct(policy, theta, batch.observations, { vector, damping: 0.01 }),
            ),
          ];
          expect(Math.max(...errors), `inputs ${inputSize}, rows ${rows}`).toBeLessThanOrEqual(1e-5);
        }
      },
    );
  });
});
