import type { Action } from '../environments/environment.js';
import { type ActionSpace, actionSizeOf, startOf } from '../environments/spaces.js';

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
  /** Log standard deviations that are parameters. */
  readonly logStdSize: number;
}

export function distributionFor(space: ActionSpace): DistributionSpec {
  switch (space.kind) {
    case 'Discrete':
      return categoricals([space.n]);
    case 'MultiDiscrete':
      return categoricals(space.counts);
    case 'MultiBinary':
      return { kind: 'bernoulli', inputSize: space.n, actionSize: space.n, choiceCounts: [], logStdSize: 0 };
    case 'Box':
      return {
        kind: 'diagonalGaussian',
        inputSize: space.size,
        actionSize: space.size,
        choiceCounts: [],
        logStdSize: space.size,
      };
  }
}

function categoricals(counts: readonly number[]): DistributionSpec {
  return {
    kind: 'categorical',
    inputSize: counts.reduce((sum, count) => sum + count, 0),
    actionSize: counts.length,
    choiceCounts: counts,
    logStdSize: 0,
  };
}

/**
 * What to hand to an environment for the numbers of one action: a whole number for Discrete, an array for the others,
 * choices counted from the start of their space, a Box action clipped to its bounds (the distribution keeps the unclipped one).
 */
export function toEnvironmentAction(space: ActionSpace, numbers: ArrayLike<number>, offset = 0): Action {
  if (space.kind === 'Discrete') return numbers[offset] + startOf(space, 0);
  if (space.kind === 'Box') {
    return space.low.map((low, i) => Math.min(Math.max(numbers[offset + i], low), space.high[i]));
  }
  const size = space.kind === 'MultiDiscrete' ? space.counts.length : space.n;
  return Array.from({ length: size }, (_, i) => numbers[offset + i] + startOf(space, i));
}

/**
 * The same for `count` actions one after the other, as a vector of environments takes them: target [count x actionSize], from
 * numbers that begin at `offset`, written from `targetOffset` on.
 */
export function writeEnvironmentActions(
  space: ActionSpace,
  numbers: ArrayLike<number>,
  offset: number,
  count: number,
  target: Float64Array,
  targetOffset = 0,
): void {
  if (space.kind !== 'Box') {
    const size = actionSizeOf(space);
    for (let i = 0; i < count * size; i++) {
      target[targetOffset + i] = numbers[offset + i] + startOf(space, i % size);
    }
    return;
  }
  const { low, high, size } = space;
  for (let start = 0; start < count * size; start += size) {
    for (let i = 0; i < size; i++) {
      target[targetOffset + start + i] = Math.min(Math.max(numbers[offset + start + i], low[i]), high[i]);
    }
  }
}
