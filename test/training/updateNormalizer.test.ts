import { describe, expect, test } from 'vitest';
import { networkSpec } from '../../src/network/networkSpec.js';
import { ParameterLayout } from '../../src/network/parameterLayout.js';
import { Trainer } from '../../src/training/trainer.js';
import { keepOutputs } from '../../src/training/updateNormalizer.js';
import { relativeError } from '../kernels/support/closeness.js';
import { random32 } from '../kernels/support/numbers.js';
import { networkOf } from '../support/networks.js';
import { testRuntime } from '../support/runtime.js';
import { forward } from '../twins/mlp.js';

const ROWS = 50;

function normalizerOf(size: number, seed: number) {
  return { mean: random32(size, seed), scale: random32(size, seed + 1).map((value) => 2 ** (value / 2)) };
}

describe('keepOutputs', () => {
  test.each([
    ['two layers', { inputSize: 5, hiddenSizes: [7, 3], outputSize: 2, activation: 'tanh' as const }],
    ['linear', { inputSize: 9, hiddenSizes: [], outputSize: 4, activation: 'tanh' as const }],
  ])('%s: raw observations give the same outputs under another normaliser', (_, spec) => {
    const { inputSize } = spec;
    const layout = new ParameterLayout(networkOf(spec), 3);
    const theta = random32(layout.count, 1);
    const observations = random32(ROWS * inputSize, 2, 4);
    const before = normalizerOf(inputSize, 3);
    const after = normalizerOf(inputSize, 5);
    const outputs = (parameters: Float64Array, { mean, scale }: typeof before) =>
      forward(
        spec,
        parameters.subarray(0, layout.count - 3),
        observations.map((value, at) => (value - mean[at % inputSize]) * scale[at % inputSize]),
        ROWS,
      );
    const expected = outputs(theta, before);
    const padded = new Float32Array(layout.paddedCount);
    layout.pad(theta, padded);
    keepOutputs(layout, padded, before, after);
    const kept = layout.unpad(padded, new Float64Array(layout.count));

    expect(relativeError(outputs(theta, after), expected)).toBeGreaterThan(0.05);
    expect(relativeError(outputs(kept, after), expected)).toBeLessThan(1e-6);
    expect(kept.subarray(-3)).toEqual(theta.subarray(-3));
  });

  test('the weights of a component that was hardly seen before stay as they are', () => {
    const layout = new ParameterLayout(networkSpec([2], [], 1));
    const padded = new Float32Array(layout.paddedCount);
    layout.pad([1, 1, 0], padded);
    const before = { mean: Float64Array.of(0, 0), scale: Float64Array.of(1, 1e4) };
    const after = { mean: Float64Array.of(1, 1), scale: Float64Array.of(0.5, 1) };
    keepOutputs(layout, padded, before, after);
    expect([...layout.unpad(padded, new Float64Array(3))]).toEqual([2, 1, 1]);
  });
});

describe('training', () => {
  /** Relative change of deterministic actions in two iterations that leave the policy alone but for the normaliser. */
  async function changeOfActions(keepOutputsFrom: number): Promise<number> {
    const trainer = await Trainer.create(testRuntime(), {
      environment: 'Pendulum-v1',
      environments: 1,
      steps: 128,
      timesteps: 384,
      algorithm: 'npg',
      learningRate: 1e-12,
      normalizeObservations: true,
      policyOutputGain: 1,
      valueEpochs: 0,
      keepOutputsFrom,
    });
    const observations = Array.from({ length: 20 }, (_, i) => [Math.cos(i), Math.sin(i), i / 5 - 2]);
    const actions = () =>
      observations.map(
        (observation) => (trainer.policy.act(observation, { deterministic: true }) as number[])[0],
      );
    const iterations = trainer.iterations();
    await iterations.next();
    const before = actions();
    for await (const _ of iterations);
    return relativeError(actions(), before);
  }

  test('with keepOutputsFrom a moving normaliser leaves the policy alone', async () => {
    expect(await changeOfActions(0)).toBeGreaterThan(1e-2);
    expect(await changeOfActions(100)).toBeLessThan(1e-5);
  });
});
