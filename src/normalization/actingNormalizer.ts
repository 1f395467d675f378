/** Mean of each component, and the factor that makes its deviation 1. */
export interface FrozenNormalizer {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/** Bytes of an image are seen as 0 to 1. */
export const PIXEL_SCALE = 1 / 255;

/** Observations as the networks see them: (x - mean) / std, clipped. What acting needs of the normaliser: it learns nothing. */
export class ActingNormalizer {
  protected readonly mean: Float64Array;
  protected readonly scale: Float64Array;
  private restoredCount = 0;

  /** Disabled, it hands observations through, times `fixedScale` alone: that of images is PIXEL_SCALE. */
  constructor(
    readonly size: number,
    readonly enabled: boolean,
    readonly clip: number,
    readonly fixedScale = 1,
  ) {
    this.mean = new Float64Array(size);
    this.scale = new Float64Array(size).fill(1);
  }

  /** target[offset ...] = the normalised observation, as float32. */
  normalize(observation: ArrayLike<number>, target: Float32Array, offset: number): void {
    if (!this.enabled) {
      const { fixedScale } = this;
      for (let i = 0; i < this.size; i++) target[offset + i] = observation[i] * fixedScale;
      return;
    }
    const { mean, scale, clip } = this;
    for (let i = 0; i < this.size; i++) {
      target[offset + i] = Math.max(-clip, Math.min(clip, (observation[i] - mean[i]) * scale[i]));
    }
  }

  /** Mean and factor of each component that `normalize` uses, copies. */
  get frozen(): FrozenNormalizer {
    return { mean: this.mean.slice(), scale: this.scale.slice() };
  }

  /** How many observations they come from. */
  get count(): number {
    return this.restoredCount;
  }

  /** Makes `normalize` use this mean and factor of `count` observations, from a policy file. */
  restoreFrozen(mean: ArrayLike<number>, scale: ArrayLike<number>, count = 0): void {
    this.mean.set(mean);
    this.scale.set(scale);
    this.restoredCount = count;
  }
}
