/** Episodes whose returns and lengths the reported means are over, as in Stable-Baselines3. */
const WINDOW = 100;

/** Returns and lengths of the last finished episodes, in the environment's own rewards. */
export class RecentEpisodes {
  readonly returns: number[] = [];
  readonly lengths: number[] = [];

  add(episodeReturn: number, length: number): void {
    this.returns.push(episodeReturn);
    this.lengths.push(length);
    if (this.returns.length > WINDOW) {
      this.returns.shift();
      this.lengths.shift();
    }
  }

  clear(): void {
    this.returns.length = 0;
    this.lengths.length = 0;
  }

  /** null before the first episode ends. */
  get meanReturn(): number | null {
    return meanOrNull(this.returns);
  }

  /** Standard deviation of the returns, over their number. */
  get returnStd(): number | null {
    const mean = this.meanReturn;
    if (mean === null) return null;
    return Math.sqrt(meanOrNull(this.returns.map((value) => (value - mean) ** 2))!);
  }

  get meanLength(): number | null {
    return meanOrNull(this.lengths);
  }
}

export function meanOrNull(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
