import { type ProgressRow, progressKey } from '../logging/sink.js';

/** Rows that are kept in full. */
const RECENT_ROWS = 30;
/** Rows at the start over which the return that a run began with is taken. */
const EARLY_ROWS = 5;

/** What the rules read of a run at one of its rows; its size does not grow with the run. */
export class RunHistory {
  /** Rows so far. */
  count = 0;
  /** The first row of training; undefined before it. */
  first?: ProgressRow;
  /** The last rows, in order. */
  readonly recent: ProgressRow[] = [];
  /** Best mean return so far, and the row (counted from 1) that had it. */
  best?: { readonly meanReturn: number; readonly row: number };
  private readonly earlyReturns: number[] = [];

  add(row: ProgressRow): void {
    this.count++;
    this.first ??= row;
    this.recent.push(row);
    if (this.recent.length > RECENT_ROWS) this.recent.shift();
    const meanReturn = numberAt(row, progressKey.meanReturn);
    if (meanReturn === undefined) return;
    if (this.earlyReturns.length < EARLY_ROWS) this.earlyReturns.push(meanReturn);
    if (this.best === undefined || meanReturn > this.best.meanReturn)
      this.best = { meanReturn, row: this.count };
  }

  get last(): ProgressRow {
    return this.recent[this.recent.length - 1];
  }

  /** Mean return of the first rows that had one. */
  get earlyReturn(): number | undefined {
    const { length } = this.earlyReturns;
    return length < EARLY_ROWS
      ? undefined
      : this.earlyReturns.reduce((sum, value) => sum + value, 0) / length;
  }

  /** Whether the mean return rose clearly above what the run began with: by a tenth of that, whatever its sign. */
  get hasLearned(): boolean {
    const { best, earlyReturn } = this;
    if (best === undefined || earlyReturn === undefined) return false;
    return best.meanReturn - earlyReturn > 0.1 * Math.abs(earlyReturn);
  }

  /** The finite numbers under a key in the last `rows` rows; none before the run has that many rows. */
  numbers(key: string, rows: number): number[] {
    if (this.recent.length < rows) return [];
    return this.recent.slice(-rows).flatMap((row) => numberAt(row, key) ?? []);
  }

  /** Median of those numbers; undefined where one of the rows has none. */
  median(key: string, rows: number): number | undefined {
    const values = this.numbers(key, rows).sort((a, b) => a - b);
    return values.length < rows ? undefined : values[Math.floor(values.length / 2)];
  }
}

/** The finite number under a key, if there is one. */
export function numberAt(row: ProgressRow, key: string): number | undefined {
  const value = row[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
