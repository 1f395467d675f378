import { describe, expect, it } from 'vitest';
import { dot } from './conjugateGradient.js';
import { backward, forward, forwardTrace, type MlpSpec, parameterCount, tangent } from './mlp.js';
import { expectClose } from './support/closeness.js';
import { finiteDifferenceAlong, finiteDifferenceGradient } from './support/finiteDifference.js';
import { randomVector } from './support/random.js';

const ROWS = 5;

describe.each(['tanh', 'relu', 'leakyRelu', 'elu', 'silu'] as const)('MLP with %s', (activation) => {
  const spec: MlpSpec = { inputSize: 3, hiddenSizes: [7, 4], outputSize: 2, activation };
  const parameters = randomVector(parameterCount(spec), 1);
  const observations = randomVector(ROWS * spec.inputSize, 2, 2);
  const outputGradients = randomVector(ROWS * spec.outputSize, 3);
  const direction = randomVector(parameterCount(spec), 4);
  const trace = forwardTrace(spec, parameters, observations, ROWS);
  const outputsAt = (trial: Float64Array) => forward(spec, trial, observations, ROWS);

  it("J'u is the finite difference of <u, outputs>", () => {
    const expected = finiteDifferenceGradient((trial) => dot(outputGradients, outputsAt(trial)), parameters);
    expectClose(backward(spec, parameters, trace, outputGradients), expected, 1e-8);
  });

  it('J v is the finite difference of the outputs', () => {
    const expected = finiteDifferenceAlong(outputsAt, parameters, direction);
    expectClose(tangent(spec, parameters, trace, direction), expected, 1e-8);
  });

  it("<u, J v> = <J'u, v>", () => {
    const forwards = dot(outputGradients, tangent(spec, parameters, trace, direction));
    const backwards = dot(backward(spec, parameters, trace, outputGradients), direction);
    expectClose([backwards], [forwards], 1e-13);
  });
});

describe('MLP', () => {
  const linear: MlpSpec = { inputSize: 2, hiddenSizes: [], outputSize: 2, activation: 'tanh' };

  it('reads W as in x out, row-major, then b', () => {
    const parameters = Float64Array.of(1, 2, 3, 4, 0.5, -0.5);
    expect([...forward(linear, parameters, Float64Array.of(1, 10), 1)]).toEqual([31.5, 41.5]);
  });

  it('computes the same row whatever rows stand beside it', () => {
    const spec: MlpSpec = { inputSize: 3, hiddenSizes: [5], outputSize: 2, activation: 'elu' };
    const parameters = randomVector(parameterCount(spec), 5);
    const observations = randomVector(4 * 3, 6);
    const together = forward(spec, parameters, observations, 4);
    const alone = forward(spec, parameters, observations.subarray(6, 9), 1);
    expect([...together.subarray(4, 6)]).toEqual([...alone]);
  });

  it('accepts no rows at all', () => {
    const trace = forwardTrace(linear, new Float64Array(6), new Float64Array(0), 0);
    expect(trace.outputs.length).toBe(0);
    expect([...backward(linear, new Float64Array(6), trace, new Float64Array(0))]).toEqual(Array(6).fill(0));
  });

  it('refuses lengths that do not fit', () => {
    expect(() => forward(linear, new Float64Array(5), new Float64Array(2), 1)).toThrow(
      'parameters holds 5 numbers, the network needs 6',
    );
    expect(() => forward(linear, new Float64Array(6), new Float64Array(3), 1)).toThrow(
      /observations holds 3/,
    );
  });
});
