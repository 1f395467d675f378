import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PolicyProblem } from '../../../src/algorithms/policyProblem.js';
import { Box, Discrete } from '../../../src/environments/spaces.js';
import type { Activation } from '../../../src/network/networkSpec.js';
import { relativeError } from '../support/closeness.js';
import { moduleOf, VARIANTS } from '../support/wasm.js';

/** What test/recordings/torch/make.py wrote. */
interface Recorded {
  readonly image: readonly number[];
  readonly network: string;
  readonly hiddenSizes: readonly number[];
  readonly rows: number;
  readonly kind: 'categorical' | 'gaussian';
  readonly activation: Activation;
  readonly logProbabilities: readonly number[];
  readonly gradient: readonly number[];
  readonly product: readonly number[];
}

const file = new URL('../../recordings/torch/convolutions.json', import.meta.url);
const { actions: ACTIONS, cases } = JSON.parse(readFileSync(file, 'utf8')) as {
  actions: number;
  cases: Recorded[];
};

/** The numbers of make.py. */
function numbers(count: number, scale: number, seed: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => scale * ((2 * (((i + 101 * seed) * 7919) % 2003)) / 2003 - 1),
  );
}

describe.each(VARIANTS)('convolutions in %s as PyTorch differentiates them', (variant) => {
  test.each(cases)('$network on $image with $activation, $kind', (recorded) => {
    const { image, network, hiddenSizes, rows, kind, activation } = recorded;
    const size = image.reduce((product, length) => product * length, 1);
    const isCategorical = kind === 'categorical';
    const problem = new PolicyProblem(moduleOf(variant), {
      ...{ observationSize: size, observationShape: image, network, hiddenSizes, activation },
      actionSpace: isCategorical ? new Discrete(ACTIONS) : new Box({ low: -1, high: 1, size: ACTIONS }),
      observations: numbers(rows * size, 1, 1),
      actions: isCategorical
        ? Int32Array.from({ length: rows }, (_, row) => row % ACTIONS)
        : numbers(rows * ACTIONS, 1, 5),
      advantages: numbers(rows, 1, 4),
    });
    const theta = numbers(problem.parameterCount, 0.4, 2);
    const vector = numbers(problem.parameterCount, 1, 3);
    expect(problem.parameterCount).toBe(recorded.gradient.length);
    expect(relativeError(problem.logProbabilities(theta), recorded.logProbabilities)).toBeLessThan(2e-6);
    expect(relativeError(problem.surrogateGradient(theta), recorded.gradient)).toBeLessThan(1e-5);
    expect(relativeError(problem.fisherVectorProduct(theta, vector), recorded.product)).toBeLessThan(1e-5);
  });
});
