import { addToMoments, emptyMoments, type RunningMoments } from '../normalization/runningMoments.js';
import type { Batch } from './batch.js';

const VARIANCE_FLOOR = 1e-8;

/**
 * Divides rewards by the running standard deviation of discounted returns, so that the value function sees targets of
 * order 1 whatever the task's units. All rewards of one batch are divided by the same number.
 */
export class RewardScaler {
  readonly moments: RunningMoments = emptyMoments(1);
  /** Discounted return of each environment's present episode, going on across batches. */
  readonly discountedReturns: Float64Array;

  constructor(
    environments: number,
    readonly enabled: boolean,
    private readonly gamma: number,
  ) {
    this.discountedReturns = new Float64Array(environments);
  }

  /** Takes in the batch's rewards and scales them in place. */
  scale(batch: Batch): void {
    if (!this.enabled) return;
    const { layout } = batch;
    const rewards = batch.view(layout.rewards);
    const terminated = batch.view(layout.terminated);
    const truncated = batch.view(layout.truncated);
    const sample = new Float64Array(1);
    for (let row = 0; row < rewards.length; row++) {
      const environment = row % layout.environments;
      sample[0] = this.discountedReturns[environment] * this.gamma + rewards[row];
      addToMoments(this.moments, sample);
      this.discountedReturns[environment] = terminated[row] + truncated[row] > 0 ? 0 : sample[0];
    }
    const { factor } = this;
    for (let row = 0; row < rewards.length; row++) rewards[row] *= factor;
  }

  /** What the last batch's rewards were multiplied by; 1 where rewards are not scaled. */
  get factor(): number {
    return this.enabled ? rewardFactor(this.moments) : 1;
  }
}

/** One over the deviation of discounted returns with these moments; 1 before there are any. */
export function rewardFactor({ count, squaredDeviations }: RunningMoments): number {
  return count === 0 ? 1 : 1 / Math.sqrt(squaredDeviations[0] / count + VARIANCE_FLOOR);
}
