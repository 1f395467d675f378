import type { Box } from '../environments/spaces.js';

/** A number of an observation that lies outside its bounds, and when it was acted on. */
export interface NumberOutside {
  /** Of the batch, or of the episode in a search. */
  readonly step: number;
  readonly environment: number;
  /** Of the number in the observation. */
  readonly index: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Numbers of the observations that were acted on. */
export interface BoundsReport {
  readonly seen: number;
  /** Those outside the bounds of the observation space. */
  readonly outside: number;
  readonly first?: NumberOutside;
}

/**
 * Counts numbers of observations outside the bounds of their Box. Both are compared as float32, which is what the networks
 * take: a bound such as 0.1 holds its own float32.
 */
export class BoundsWatch {
  private readonly low: Float32Array;
  private readonly high: Float32Array;
  /** Whether there is anything to count. */
  private readonly isBounded: boolean;
  private seen = 0;
  private outside = 0;
  private first?: NumberOutside;

  constructor(private readonly space: Pick<Box, 'low' | 'high' | 'dtype'>) {
    this.low = Float32Array.from(space.low);
    this.high = Float32Array.from(space.high);
    // every byte lies within the bounds of bytes
    this.isBounded = space.dtype === 'uint8' ? !holdsAllBytes(space) : hasBound(space);
  }

  look(observation: ArrayLike<number>, step: number, environment: number): void {
    if (!this.isBounded) return;
    const { low, high } = this;
    let index = -1;
    for (let i = observation.length - 1; i >= 0; i--) {
      const value = Math.fround(observation[i]);
      if (value >= low[i] && value <= high[i]) continue;
      this.outside++;
      index = i;
    }
    this.seen += observation.length;
    if (index === -1 || this.first !== undefined) return;
    const [value, lowest, highest] = [observation[index], this.space.low[index], this.space.high[index]];
    this.first = { step, environment, index, value, low: lowest, high: highest };
  }

  /** What was seen since the last call; undefined where no bound is finite. */
  take(): BoundsReport | undefined {
    if (!this.isBounded) return undefined;
    const { seen, outside, first } = this;
    this.seen = 0;
    this.outside = 0;
    this.first = undefined;
    return { seen, outside, first };
  }
}

function hasBound({ low, high }: Pick<Box, 'low' | 'high'>): boolean {
  return [low, high].some((bounds) => bounds.some(Number.isFinite));
}

function holdsAllBytes({ low, high }: Pick<Box, 'low' | 'high'>): boolean {
  return low.every((bound) => bound === 0) && high.every((bound) => bound === 255);
}

/** The reports of several watches on one space as one. */
export function joinReports(reports: readonly (BoundsReport | undefined)[]): BoundsReport | undefined {
  let joined: BoundsReport | undefined;
  for (const report of reports) {
    if (joined === undefined || report === undefined) joined ??= report;
    else {
      joined = {
        seen: joined.seen + report.seen,
        outside: joined.outside + report.outside,
        first: earlier(joined.first, report.first),
      };
    }
  }
  return joined;
}

function earlier(a: NumberOutside | undefined, b: NumberOutside | undefined): NumberOutside | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return (b.step - a.step || b.environment - a.environment) < 0 ? b : a;
}
