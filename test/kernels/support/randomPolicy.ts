import { PolicyProblem, type PolicyProblemSpec } from '../../../src/algorithms/policyProblem.js';
import {
  type ActionSpace,
  Box,
  Discrete,
  MultiBinary,
  MultiDiscrete,
} from '../../../src/environments/spaces.js';
import type { Activation } from '../../twins/activation.js';
import { type DistributionSpec, distributionOf } from '../../twins/distributions.js';
import { maskAt } from '../../twins/masks.js';
import { type Batch, distributionInputs, type Policy, policyParameterCount } from '../../twins/policyMath.js';
import { random32, rounded, seededUniform } from './numbers.js';
import { type Build, moduleOf } from './wasm.js';

/** One of each kind of distribution, with odd sizes. */
export const DISTRIBUTIONS: readonly DistributionSpec[] = [
  { kind: 'categorical', actionCount: 5 },
  { kind: 'multiCategorical', actionCounts: [3, 1, 4] },
  { kind: 'diagonalGaussian', actionSize: 3 },
  { kind: 'bernoulli', actionSize: 3 },
  { kind: 'maskedCategorical', actionCounts: [3, 1, 5] },
];

export interface PolicyShape {
  readonly distribution: DistributionSpec;
  readonly inputSize: number;
  readonly hiddenSizes: readonly number[];
  readonly activation: Activation;
  readonly rows: number;
}

/** A policy, a parameter vector whose head is not tiny, and a batch; every number a float32. */
export interface RandomPolicy {
  readonly shape: PolicyShape;
  readonly policy: Policy;
  readonly theta: Float64Array;
  readonly batch: Batch;
  /** [rows x choices] where the distribution is masked. */
  readonly masks?: Uint8Array;
}

export function randomPolicy(shape: PolicyShape, seed = 1): RandomPolicy {
  const { distribution, inputSize, hiddenSizes, activation, rows } = shape;
  const twin = distributionOf(distribution);
  const policy: Policy = {
    network: { inputSize, hiddenSizes: [...hiddenSizes], outputSize: twin.inputSize, activation },
    distribution,
  };
  const theta = randomTheta(policy, seed);
  const observations = random32(rows * inputSize, seed + 1, 2);
  const actions = randomActions(policy, theta, observations, seed + 2);
  const batch = { observations, actions, advantages: random32(rows, seed + 3, 2) };
  return { shape, policy, theta, batch, masks: masksOf(distribution, batch, inputSize) };
}

function masksOf(
  distribution: DistributionSpec,
  { observations }: Pick<Batch, 'observations'>,
  inputSize: number,
): Uint8Array | undefined {
  if (distribution.kind !== 'maskedCategorical') return undefined;
  const { actionCounts } = distribution;
  const rows = Array.from({ length: observations.length / inputSize }, (_, row) => row * inputSize);
  return Uint8Array.from(
    rows.flatMap((first) => maskAt(observations.subarray(first, first + inputSize), actionCounts)),
  );
}

/** Weights of variance 1 / inputs, biases and log standard deviations within 1/2. */
function randomTheta(policy: Policy, seed: number): Float64Array {
  const theta = random32(policyParameterCount(policy), seed, 0.5);
  const { inputSize, hiddenSizes, outputSize } = policy.network;
  const sizes = [inputSize, ...hiddenSizes, outputSize];
  let offset = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const weights = sizes[layer] * sizes[layer + 1];
    const scale = 2 * Math.sqrt(3 / sizes[layer]);
    for (let i = offset; i < offset + weights; i++) theta[i] = Math.fround(theta[i] * scale);
    offset += weights + sizes[layer + 1];
  }
  return theta;
}

function randomActions(
  policy: Policy,
  theta: Float64Array,
  observations: Float64Array,
  seed: number,
): Float64Array {
  const spec = policy.distribution;
  const { actionSize } = distributionOf(spec);
  const uniform = seededUniform(seed);
  const count = (observations.length / policy.network.inputSize) * actionSize;
  switch (spec.kind) {
    case 'categorical':
      return new Float64Array(count).map(() => Math.floor(uniform() * spec.actionCount));
    case 'multiCategorical':
      return new Float64Array(count).map((_, i) => Math.floor(uniform() * spec.actionCounts[i % actionSize]));
    case 'maskedCategorical': {
      const masks = masksOf(spec, { observations }, policy.network.inputSize)!;
      let first = 0;
      return new Float64Array(count).map((_, i) => {
        const choices = spec.actionCounts[i % actionSize];
        const mask = masks.subarray(first, first + choices);
        first += choices;
        const allowed = [...mask.keys()].filter((choice) => mask[choice] === 1);
        return allowed[Math.floor(uniform() * allowed.length)];
      });
    }
    case 'bernoulli':
      return new Float64Array(count).map(() => Math.round(uniform()));
    case 'diagonalGaussian': {
      const { inputs, logStd } = distributionInputs(policy, theta, observations);
      return rounded(inputs.map((mean, i) => mean + Math.exp(logStd[i % actionSize]) * (4 * uniform() - 2)));
    }
  }
}

export function actionSpaceOf(distribution: DistributionSpec): ActionSpace {
  switch (distribution.kind) {
    case 'categorical':
      return new Discrete(distribution.actionCount);
    case 'multiCategorical':
      return new MultiDiscrete(distribution.actionCounts);
    case 'maskedCategorical':
      return new MultiDiscrete(distribution.actionCounts, { masked: true });
    case 'bernoulli':
      return new MultiBinary(distribution.actionSize);
    case 'diagonalGaussian':
      return new Box({ low: -1, high: 1, size: distribution.actionSize });
  }
}

/** The same policy and batch inside the kernels. */
export function problemOf(
  build: Build,
  { shape, batch, masks }: Pick<RandomPolicy, 'shape' | 'batch' | 'masks'>,
  settings: Pick<PolicyProblemSpec, 'preconditionerRows' | 'fisher' | 'fisherFraction'> = {},
): PolicyProblem {
  return new PolicyProblem(moduleOf(build), {
    observationSize: shape.inputSize,
    actionSpace: actionSpaceOf(shape.distribution),
    hiddenSizes: shape.hiddenSizes,
    activation: shape.activation,
    ...batch,
    masks,
    ...settings,
  });
}
