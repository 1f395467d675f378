import { ShapeError } from '../errors.js';
import { emptyMoments, mergeMoments, type RunningMoments } from './runningMoments.js';

/** Added to the variance, so that a constant component gives 0 instead of a division by 0. */
const VARIANCE_FLOOR = 1e-8;

/** Mean of each component, and the factor that makes its deviation 1. */
export interface FrozenNormalizer {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Observations as the networks see them: (x - mean) / std, clipped. What is observed during an iteration counts only
 * after `update`, so that the rollout, the surrogate, the KL and the Fisher metric of one iteration see the same inputs.
 */
export class ObservationNormalizer {
  readonly moments: RunningMoments;
  private readonly mean: Float64Array;
  private readonly scale: Float64Array;

  /** Disabled, it hands observations through unchanged and learns nothing. */
  constructor(
    readonly size: number,
    readonly enabled: boolean,
    readonly clip: number,
  ) {
    this.moments = emptyMoments(size);
    this.mean = new Float64Array(size);
    this.scale = new Float64Array(size).fill(1);
  }

  /** target[offset ...] = the normalised observation, as float32. */
  normalize(observation: ArrayLike<number>, target: Float32Array, offset: number): void {
    if (!this.enabled) {
      for (let i = 0; i < this.size; i++) target[offset + i] = observation[i];
      return;
    }
    const { mean, scale, clip } = this;
    for (let i = 0; i < this.size; i++) {
      target[offset + i] = Math.max(-clip, Math.min(clip, (observation[i] - mean[i]) * scale[i]));
    }
  }

  /**
   * Takes in what was observed, in the order given, and freezes the result for the next iteration. Returns how far that moves
   * what the networks see: the largest shift of a component's mean, in its new standard deviations, or of the logarithm of
   * its deviation; null where nothing is normalised.
   */
  update(observed: readonly RunningMoments[]): number | null {
    if (!this.enabled) return null;
    const before = this.frozen;
    for (const moments of observed) mergeMoments(this.moments, moments);
    this.freeze();
    let shift = 0;
    for (let i = 0; i < this.size; i++) {
      const ofMean = Math.abs(this.mean[i] - before.mean[i]) * this.scale[i];
      const ofScale = Math.abs(Math.log(this.scale[i] / before.scale[i]));
      shift = Math.max(shift, ofMean, ofScale);
    }
    return shift;
  }

  /** Puts saved moments back. */
  restore(moments: RunningMoments): void {
    if (moments.mean.length !== this.size) {
      throw new ShapeError(
        `The saved normaliser has ${moments.mean.length} components, observations have ${this.size}; it belongs to another environment`,
      );
    }
    this.moments.count = moments.count;
    this.moments.mean.set(moments.mean);
    this.moments.squaredDeviations.set(moments.squaredDeviations);
    this.freeze();
  }

  /** Mean and factor of each component that `normalize` uses, copies. */
  get frozen(): FrozenNormalizer {
    return { mean: this.mean.slice(), scale: this.scale.slice() };
  }

  /** Makes `normalize` use this mean and factor, from a policy file. */
  restoreFrozen(mean: ArrayLike<number>, scale: ArrayLike<number>): void {
    this.mean.set(mean);
    this.scale.set(scale);
  }

  private freeze(): void {
    const { count, mean, squaredDeviations } = this.moments;
    if (count < 2) {
      this.mean.fill(0);
      this.scale.fill(1);
      return;
    }
    for (let i = 0; i < this.size; i++) {
      this.mean[i] = mean[i];
      this.scale[i] = 1 / Math.sqrt(squaredDeviations[i] / count + VARIANCE_FLOOR);
    }
  }
}
