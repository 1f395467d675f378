import { RandomStream } from '../random/philox.js';

/**
 * Statistics for few runs, as "Deep reinforcement learning at the edge of the statistical precipice" (arXiv:2108.13264)
 * recommends: interquartile means with stratified bootstrap intervals.
 */

/** Scores of independent runs of one setting on each task: [tasks][runs of the task]. */
export type StratifiedScores = readonly (readonly number[])[];

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;
const CONFIDENCE = 0.95;

/** Mean of what is left when floor(n / 4) values are cut off at each end: less noise than the median, no outliers. */
export function interquartileMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 4);
  const middle = sorted.slice(cut, sorted.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Interquartile mean over all runs of all tasks. */
export function pooledInterquartileMean(scores: StratifiedScores): number {
  return interquartileMean(scores.flat());
}

/**
 * Choices of runs for bootstrap resampling: for each resample and task, as many runs as there are, drawn with
 * replacement within the task. The same choices for the same counts. [resamples][tasks][runs]
 */
export function bootstrapChoices(runCounts: readonly number[]): number[][][] {
  const random = new RandomStream(0);
  return Array.from({ length: RESAMPLES }, () =>
    runCounts.map((count) => Array.from({ length: count }, () => Math.floor(count * random.uniform()))),
  );
}

/** Percentile interval of 95 % of a statistic over resampled runs. */
export function bootstrapInterval(
  scores: StratifiedScores,
  statistic: (scores: StratifiedScores) => number,
  choices = bootstrapChoices(scores.map(({ length }) => length)),
): Interval {
  const statistics = choices.map((choice) =>
    statistic(scores.map((runs, task) => choice[task].map((run) => runs[run]))),
  );
  return percentileInterval(statistics);
}

/**
 * Probability that a run of the first setting scores higher than one of the second on the same task, averaged over tasks;
 * equal scores count as a half (the Mann-Whitney statistic). Both have the same tasks.
 */
export function probabilityOfImprovement(first: StratifiedScores, second: StratifiedScores): number {
  const perTask = first.map((ours, task) => {
    const theirs = second[task];
    const wins = ours.flatMap((a) => theirs.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
    return wins.reduce((sum, win) => sum + win, 0) / wins.length;
  });
  return perTask.reduce((sum, value) => sum + value, 0) / perTask.length;
}

/** Its interval of 95 %, over resampled runs of both settings. */
export function improvementInterval(first: StratifiedScores, second: StratifiedScores): Interval {
  // both settings' tasks side by side, so that their runs are drawn independently
  return bootstrapInterval([...first, ...second], (resampled) =>
    probabilityOfImprovement(resampled.slice(0, first.length), resampled.slice(first.length)),
  );
}

/** The middle value, or the mean of the two middle ones; null of none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

function percentileInterval(statistics: readonly number[]): Interval {
  const sorted = [...statistics].sort((a, b) => a - b);
  const outside = (1 - CONFIDENCE) / 2;
  return { low: quantile(sorted, outside), high: quantile(sorted, 1 - outside) };
}

/** Linear between neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
