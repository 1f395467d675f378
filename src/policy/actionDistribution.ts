import { choicesOf } from '../environments/actionMask.js';
import type { ActionSpace } from '../environments/spaces.js';
import { exp } from '../numbers/exp.js';
import { log } from '../numbers/log.js';
import type { ActionUnits } from './actionUnits.js';

/** An action of a space, as policies give it: a number for Discrete, an array for the others. */
export type ActionOf<Space extends ActionSpace> = Space extends { readonly kind: 'Discrete' }
  ? number
  : number[];

/** Over a Discrete space: the probability of each choice [n], from the first one on. */
export interface CategoricalDistribution {
  readonly probabilities: readonly number[];
}

/** Over a MultiDiscrete space: the same for each of its parts, which are independent. */
export interface MultiCategoricalDistribution {
  readonly probabilities: readonly (readonly number[])[];
}

/** Over a MultiBinary space: the probability that a bit is 1, for each of them [n], which are independent. */
export interface BernoulliDistribution {
  readonly probabilities: readonly number[];
}

/**
 * Over a Box: independent normal variates [size], in the units of the environment's actions. An action is a draw clipped to the
 * bounds of the space.
 */
export interface GaussianDistribution {
  readonly mean: readonly number[];
  /** Standard deviations, above 0; 0 for a number whose two bounds are the same. */
  readonly std: readonly number[];
}

interface Distributions {
  readonly Discrete: CategoricalDistribution;
  readonly MultiDiscrete: MultiCategoricalDistribution;
  readonly MultiBinary: BernoulliDistribution;
  readonly Box: GaussianDistribution;
}

/** The distribution of the actions of a space. */
export type DistributionOf<Space extends ActionSpace> = Distributions[Space['kind']];

/** What a policy says at one observation. */
export interface DistributionInputs {
  /** Log-probabilities of choices, logits of bits, or means in the units of the policy [inputSize]. */
  readonly inputs: ArrayLike<number>;
  /** Of a Gaussian, in the units of the policy [size]; empty for the others. */
  readonly logStd: ArrayLike<number>;
  /** 1 for each choice that may be taken, else 0 [inputSize]; absent where every one may. */
  readonly mask?: ArrayLike<number>;
}

/** ln sqrt(2 pi). */
const HALF_LOG_TWO_PI = 0.9189385332046728;

export function distributionOf(
  { space, rescaled }: ActionUnits,
  { inputs, logStd }: DistributionInputs,
): DistributionOf<ActionSpace> {
  switch (space.kind) {
    case 'Discrete':
      return { probabilities: Array.from(inputs, exp) };
    case 'MultiDiscrete': {
      let end = 0;
      const probabilities = space.counts.map((count) => {
        end += count;
        return Array.from({ length: count }, (_, i) => exp(inputs[end - count + i]));
      });
      return { probabilities };
    }
    case 'MultiBinary':
      return { probabilities: Array.from(inputs, (logit) => exp(logSigmoid(logit))) };
    case 'Box': {
      const { centre, halfRange } = rescaled ?? {};
      return {
        mean: Array.from(inputs, (mean, i) => (centre?.[i] ?? 0) + (halfRange?.[i] ?? 1) * mean),
        std: Array.from(logStd, (value, i) => (halfRange?.[i] ?? 1) * exp(value)),
      };
    }
  }
}

/**
 * ln p(action), nats, of an action in the units of the policy, choices counted from 0 [actionSize]. Of a Box the logarithm of
 * the density in the units of the environment's actions, before they are clipped; a number whose two bounds are the same adds
 * nothing. -Infinity for a choice that its mask forbids.
 */
export function logProbabilityOf(
  { space, rescaled }: ActionUnits,
  { inputs, logStd, mask }: DistributionInputs,
  action: ArrayLike<number>,
): number {
  let sum = 0;
  switch (space.kind) {
    case 'Discrete':
    case 'MultiDiscrete': {
      let first = 0;
      for (const [part, count] of choicesOf(space).entries()) {
        const chosen = first + action[part];
        sum += mask?.[chosen] === 0 ? -Infinity : inputs[chosen];
        first += count;
      }
      return sum;
    }
    case 'MultiBinary':
      for (let i = 0; i < inputs.length; i++) sum += logSigmoid(action[i] === 1 ? inputs[i] : -inputs[i]);
      return sum;
    case 'Box':
      for (let i = 0; i < inputs.length; i++) {
        const halfRange = rescaled?.halfRange[i] ?? 1;
        if (halfRange === 0) continue;
        const z = (action[i] - inputs[i]) / exp(logStd[i]);
        sum -= (z * z) / 2 + logStd[i] + HALF_LOG_TWO_PI + log(halfRange);
      }
      return sum;
  }
}

/**
 * H = -E ln p, nats. Of a Box the differential entropy in the units of the environment's actions, before they are clipped; a number
 * whose two bounds are the same adds nothing.
 */
export function entropyOf({ space, rescaled }: ActionUnits, { inputs, logStd }: DistributionInputs): number {
  let sum = 0;
  switch (space.kind) {
    case 'Discrete':
    case 'MultiDiscrete':
      // a choice that is forbidden has a finite input and the probability 0
      for (let i = 0; i < inputs.length; i++) sum -= exp(inputs[i]) * inputs[i];
      return sum;
    case 'MultiBinary':
      for (let i = 0; i < inputs.length; i++) {
        for (const logit of [inputs[i], -inputs[i]]) sum -= exp(logSigmoid(logit)) * logSigmoid(logit);
      }
      return sum;
    case 'Box':
      for (let i = 0; i < inputs.length; i++) {
        const halfRange = rescaled?.halfRange[i] ?? 1;
        if (halfRange !== 0) sum += 0.5 + HALF_LOG_TWO_PI + logStd[i] + log(halfRange);
      }
      return sum;
  }
}

/** ln (1 / (1 + e^-x)). */
function logSigmoid(x: number): number {
  return Math.min(x, 0) - log(1 + exp(-Math.abs(x)));
}
