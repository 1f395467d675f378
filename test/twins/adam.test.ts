import { describe, expect, it } from 'vitest';
import { adamStep, createAdamState } from './adam.js';
import { type MlpSpec, parameterCount } from './mlp.js';
import { expectClose } from './support/closeness.js';
import { finiteDifferenceGradient } from './support/finiteDifference.js';
import { randomVector } from './support/random.js';
import { valueLossAndGradient } from './valueLoss.js';

describe('adamStep', () => {
  it('moves by learningRate g / (|g| + epsilon) each time while the gradient stays the same', () => {
    const gradient = Float64Array.of(3, -0.2, 1e-8, 0);
    const parameters = new Float64Array(4);
    const state = createAdamState(4);
    for (let update = 0; update < 5; update++) adamStep(state, parameters, gradient, 0.1);
    // Bias correction makes mHat = g and vHat = g^2 exactly.
    const expected = gradient.map((g) => (-5 * 0.1 * g) / (Math.abs(g) + 1e-8));
    expectClose(parameters, expected, 1e-12);
    expect(state.updates).toBe(5);
  });

  it('follows two steps worked out by hand', () => {
    const parameters = Float64Array.of(1);
    const state = createAdamState(1);
    adamStep(state, parameters, Float64Array.of(2), 0.5);
    adamStep(state, parameters, Float64Array.of(-1), 0.5);
    // m = 0.9 * 0.2 - 0.1 = 0.08, v = 0.999 * 0.004 + 0.001 = 0.004996
    const first = (0.5 * 2) / (2 + 1e-8);
    const second = (0.5 * (0.08 / 0.19)) / (Math.sqrt(0.004996 / 0.001999) + 1e-8);
    expectClose(parameters, [1 - first - second], 1e-12);
  });
});

describe('valueLossAndGradient', () => {
  const spec: MlpSpec = { inputSize: 3, hiddenSizes: [5], outputSize: 1, activation: 'tanh' };
  const parameters = randomVector(parameterCount(spec), 1);
  const observations = randomVector(7 * 3, 2);
  const targets = randomVector(7, 3, 4);

  it('is the mean squared error, and the gradient its finite difference', () => {
    const lossAt = (trial: Float64Array) => valueLossAndGradient(spec, trial, observations, targets).loss;
    const { gradient } = valueLossAndGradient(spec, parameters, observations, targets);
    expectClose(gradient, finiteDifferenceGradient(lossAt, parameters), 1e-8);
    const constantZero = new Float64Array(parameterCount(spec));
    const meanSquare = targets.reduce((sum, target) => sum + target * target, 0) / 7;
    expect(lossAt(constantZero)).toBeCloseTo(meanSquare, 14);
  });

  it('falls under Adam', () => {
    const trained = new Float64Array(parameters);
    const state = createAdamState(trained.length);
    const before = valueLossAndGradient(spec, trained, observations, targets);
    for (let update = 0; update < 300; update++) {
      adamStep(state, trained, valueLossAndGradient(spec, trained, observations, targets).gradient, 0.05);
    }
    expect(valueLossAndGradient(spec, trained, observations, targets).loss).toBeLessThan(before.loss / 10);
  });
});
