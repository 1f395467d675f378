import { readFileSync } from 'node:fs';
import type { Activation } from '../activation.js';
import type { DistributionSpec } from '../distributions.js';
import { distributionOf } from '../distributions.js';
import type { GaeRollout } from '../gae.js';
import type { Batch, Policy } from '../policyMath.js';

/** One file of test/recordings/trpo-math, made with PyTorch float64 autograd. */
interface TrpoMathFile {
  distribution: 'categorical' | 'diagGaussian' | 'bernoulli' | 'multiCategorical';
  activation: Activation;
  observationSize: number;
  hiddenSizes: number[];
  actionSize: number | number[];
  batch: number;
  parameters: number[];
  observations: number[][];
  actions: number[] | number[][];
  advantages: number[];
  distributionInputs: number[][];
  logProbabilities: number[];
  entropies: number[];
  surrogateGradient: number[];
  probeVector: number[];
  fisherVectorProduct: number[];
  empiricalFisherVectorProduct: number[];
  conjugateGradient: { damping: number; iterations: number; residualNorms: number[]; solution: number[] };
  trustRegion: {
    delta: number;
    quadraticForm: number;
    fullStep: number[];
    surrogateAtFullStep: number;
    meanKlAtFullStep: number;
    maxKlAtFullStep: number;
  };
}

export interface TrpoMathCase {
  name: string;
  policy: Policy;
  theta: Float64Array;
  probeVector: Float64Array;
  batch: Batch;
  expected: TrpoMathFile;
}

export const TRPO_MATH_NAMES = [
  'bernoulli',
  'categorical-linear',
  'categorical',
  'diagGaussian-relu',
  'diagGaussian',
  'multiCategorical',
];

export function loadTrpoMathCase(name: string): TrpoMathCase {
  const expected: TrpoMathFile = readTrpoMathJson(name);
  const distribution = distributionSpecOf(expected);
  return {
    name,
    policy: {
      network: {
        inputSize: expected.observationSize,
        hiddenSizes: expected.hiddenSizes,
        outputSize: distributionOf(distribution).inputSize,
        activation: expected.activation,
      },
      distribution,
    },
    theta: Float64Array.from(expected.parameters),
    probeVector: Float64Array.from(expected.probeVector),
    batch: {
      observations: Float64Array.from(expected.observations.flat()),
      actions: Float64Array.from(expected.actions.flat()),
      advantages: Float64Array.from(expected.advantages),
    },
    expected,
  };
}

export interface GaeFile {
  rollout: GaeRollout;
  cases: { gamma: number; lambda: number; advantages: number[][]; returns: number[][] }[];
}

export function loadGaeFile(): GaeFile {
  const file = readTrpoMathJson('gae');
  return {
    rollout: {
      steps: file.steps,
      environments: file.environments,
      rewards: Float64Array.from(file.rewards.flat()),
      values: Float64Array.from(file.values.flat()),
      terminated: Uint8Array.from(file.terminated.flat()),
      truncated: Uint8Array.from(file.truncated.flat()),
      finalObservationValues: Float64Array.from(file.finalObservationValues.flat()),
      bootstrapValues: Float64Array.from(file.bootstrapValues),
    },
    cases: file.cases,
  };
}

function distributionSpecOf(file: TrpoMathFile): DistributionSpec {
  switch (file.distribution) {
    case 'categorical':
      return { kind: 'categorical', actionCount: file.actionSize as number };
    case 'multiCategorical':
      return { kind: 'multiCategorical', actionCounts: file.actionSize as number[] };
    case 'bernoulli':
      return { kind: 'bernoulli', actionSize: file.actionSize as number };
    case 'diagGaussian':
      return { kind: 'diagonalGaussian', actionSize: file.actionSize as number };
  }
}

function readTrpoMathJson(name: string) {
  return JSON.parse(
    readFileSync(new URL(`../../recordings/trpo-math/${name}.json`, import.meta.url), 'utf8'),
  );
}
