import { ShapeError } from '../errors.js';
import { ActingNormalizer, type FrozenNormalizer } from './actingNormalizer.js';
import { emptyMoments, mergeMoments, type RunningMoments } from './runningMoments.js';

/** Added to the variance, so that a constant component gives 0 instead of a division by 0. */
const VARIANCE_FLOOR = 1e-8;

/**
 * The normaliser of a run, which learns. What is observed during an iteration counts only after `update`, so that the
 * rollout, the surrogate, the KL and the Fisher metric of one iteration see the same inputs.
 */
export class ObservationNormalizer extends ActingNormalizer {
  readonly moments: RunningMoments;

  constructor(size: number, enabled: boolean, clip: number, fixedScale?: number) {
    super(size, enabled, clip, fixedScale);
    this.moments = emptyMoments(size);
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

  /**
   * Begins where another normaliser stood: with its mean and factor to the bit until the next update, which counts them as
   * `count` observations.
   */
  startFrom({ mean, scale }: FrozenNormalizer, count: number): void {
    const { moments } = this;
    moments.count = count;
    moments.mean.set(mean);
    for (let i = 0; i < this.size; i++) {
      // of a constant component the difference may round to less than 0
      moments.squaredDeviations[i] = count * Math.max(0, 1 / (scale[i] * scale[i]) - VARIANCE_FLOOR);
    }
    this.restoreFrozen(mean, scale);
  }

  override get count(): number {
    return this.moments.count;
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
