import { type ActionSpace, isMasked } from '../environments/spaces.js';

/** In the order of the kinds in assembly/distribution/distribution.ts. */
export const DISTRIBUTION_KINDS = ['categorical', 'diagonalGaussian', 'bernoulli'] as const;

/** The distribution of actions that fits an action space. */
export interface DistributionSpec {
  readonly kind: (typeof DISTRIBUTION_KINDS)[number];
  /** Network outputs: logits or means. */
  readonly inputSize: number;
  /** Numbers of one action in a batch. */
  readonly actionSize: number;
  /** Choices of each part of a categorical; empty for the other kinds. */
  readonly choiceCounts: readonly number[];
  /** Words of 4 bytes in which the mask of a row lies, a byte for each input; 0 where actions are not masked. */
  readonly maskWords: number;
  /** Log standard deviations that are parameters. */
  readonly logStdSize: number;
}

export function distributionFor(space: ActionSpace): DistributionSpec {
  switch (space.kind) {
    case 'Discrete':
      return categoricals([space.n], isMasked(space));
    case 'MultiDiscrete':
      return categoricals(space.counts, isMasked(space));
    case 'MultiBinary':
      return {
        kind: 'bernoulli',
        inputSize: space.n,
        actionSize: space.n,
        choiceCounts: [],
        maskWords: 0,
        logStdSize: 0,
      };
    case 'Box':
      return {
        kind: 'diagonalGaussian',
        inputSize: space.size,
        actionSize: space.size,
        choiceCounts: [],
        maskWords: 0,
        logStdSize: space.size,
      };
  }
}

function categoricals(counts: readonly number[], masked: boolean): DistributionSpec {
  const inputSize = counts.reduce((sum, count) => sum + count, 0);
  return {
    kind: 'categorical',
    inputSize,
    actionSize: counts.length,
    choiceCounts: counts,
    maskWords: masked ? Math.ceil(inputSize / 4) : 0,
    logStdSize: 0,
  };
}
