import { type ProgressRow, progressKey } from './sink.js';

/** Enough that some iterations in which the process was suspended do not count. */
const RECENT_ROWS = 15;

/** How fast a run goes: the median over its recent rows. */
export class Pace {
  private latest: { readonly steps: number; readonly seconds: number } | undefined;
  private readonly secondsPerStep: number[] = [];

  /** Adds the next row; rows without a time count with the overall rate. */
  add(row: ProgressRow): void {
    const [steps, seconds, rate] = [
      progressKey.totalTimesteps,
      progressKey.timeElapsed,
      progressKey.stepsPerSecond,
    ].map((key) => Number(row[key] ?? Number.NaN));
    const { latest } = this;
    this.latest = { steps, seconds };
    const taken = latest && (seconds - latest.seconds) / (steps - latest.steps);
    this.secondsPerStep.push(taken !== undefined && taken > 0 ? taken : 1 / rate);
    if (this.secondsPerStep.length > RECENT_ROWS) this.secondsPerStep.shift();
  }

  /** Seconds that so many steps will take; NaN before the first row. */
  secondsFor(steps: number): number {
    const sorted = this.secondsPerStep.toSorted((a, b) => a - b);
    return sorted.length === 0 ? Number.NaN : steps * sorted[Math.floor(sorted.length / 2)];
  }
}
