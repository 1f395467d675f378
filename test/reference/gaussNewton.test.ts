import { describe, expect, it } from 'vitest';
import { gaussNewtonStep } from './gaussNewton.js';
import { type MlpSpec, parameterCount } from './mlp.js';
import { expectClose } from './support/closeness.js';
import { randomVector } from './support/random.js';
import { valueLossAndGradient } from './valueLoss.js';

const ROWS = 40;

function problem(hiddenSizes: number[]) {
  const spec: MlpSpec = { inputSize: 3, hiddenSizes, outputSize: 1, activation: 'tanh' };
  const parameters = randomVector(parameterCount(spec), 1);
  const batch = { observations: randomVector(ROWS * 3, 2), targets: randomVector(ROWS, 3, 4) };
  const lossAt = (theta: Float64Array) =>
    valueLossAndGradient(spec, theta, batch.observations, batch.targets);
  return { spec, parameters, batch, lossAt };
}

describe('gaussNewtonStep', () => {
  it('solves a linear regression in one step, whatever the variance', () => {
    const { spec, parameters, batch, lossAt } = problem([]);
    for (const variance of [0.1, 1, 7]) {
      const solve = { variance, damping: 0, maxIterations: 30 };
      const { direction } = gaussNewtonStep(spec, parameters, batch, solve);
      const { gradient } = lossAt(parameters.map((p, i) => p + direction[i]));
      expectClose(gradient, new Float64Array(gradient.length), 1e-10);
    }
  });

  it('is a short step down the gradient where damping is large: -gradient / (2 variance damping)', () => {
    const { spec, parameters, batch, lossAt } = problem([6]);
    const solve = { variance: 2, damping: 1e8, maxIterations: 10 };
    const { direction, quadraticForm } = gaussNewtonStep(spec, parameters, batch, solve);
    const expected = lossAt(parameters).gradient.map((g) => -g / 4);
    expectClose(
      direction.map((x) => x * 1e8),
      expected,
      1e-6,
    );
    expect(quadraticForm).toBeGreaterThan(0);
  });
});
