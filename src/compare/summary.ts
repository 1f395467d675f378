import { type ProgressRow, progressKey } from '../logging/sink.js';
import type { TrpoOptions } from '../training/options.js';
import { pointsOf } from './curves.js';
import { fractionOfDrops } from './returnDrops.js';
import {
  bootstrapInterval,
  type Interval,
  improvementInterval,
  median,
  pooledInterquartileMean,
  probabilityOfImprovement,
  type StratifiedScores,
} from './statistics.js';

/** A run as read from its folder. */
export interface ComparedRun {
  readonly environment: string;
  /** Name of the setting, such as "trpo:lambda=0.9". */
  readonly algorithm: string;
  readonly options: TrpoOptions;
  readonly rows: readonly ProgressRow[];
  /** Mean return of its last policy's deterministic evaluation; absent where it was not evaluated. */
  readonly evaluatedReturn?: number;
}

/** A number over runs with its bootstrap interval of 95 %. */
export interface Estimate extends Interval {
  readonly value: number;
}

/** How one setting did in one environment, over its runs; null is what no run has. */
export interface CellSummary {
  readonly environment: string;
  readonly algorithm: string;
  readonly runs: number;
  /** Interquartile mean of the mean return of the last 100 training episodes. */
  readonly trainingReturn: Estimate | null;
  /** The same of the deterministic evaluations. */
  readonly evaluatedReturn: Estimate | null;
  /** Median over all updates of the runs. */
  readonly updateMs: number | null;
  readonly collectMs: number | null;
  /** KL(old || new) that updates took. */
  readonly medianKl: number | null;
  readonly largestKl: number | null;
  /** Share of updates that were refused. */
  readonly refused: number | null;
  /** Share of updates whose mean KL is beyond the run's maxKl. */
  readonly beyondTrustRegion: number | null;
  /** Share of updates after which the mean return fell by more than 10 %. */
  readonly drops: number | null;
  /** Largest fall of the training return from its best so far, over the range of returns that the environment saw. */
  readonly worstDrop: number | null;
}

/** How one setting did over all environments. */
export interface OverallSummary {
  readonly algorithm: string;
  /** Interquartile mean of scores between 0, the worst run of each environment, and 1, the best. */
  readonly normalizedScore: Estimate;
  /** Probability that a run beats one of the first setting; null for the first itself. */
  readonly betterThanFirst: Estimate | null;
}

export interface ComparisonSummary {
  readonly environments: readonly string[];
  readonly algorithms: readonly string[];
  readonly cells: readonly CellSummary[];
  /** What scores are: evaluations where every run has one, else training returns. */
  readonly scoredBy: 'evaluation' | 'training';
  /** Empty unless every setting ran in every environment. */
  readonly overall: readonly OverallSummary[];
}

export function summarize(runs: readonly ComparedRun[]): ComparisonSummary {
  const environments = [...new Set(runs.map(({ environment }) => environment))];
  const algorithms = [...new Set(runs.map(({ algorithm }) => algorithm))];
  const runsOf = (environment: string, algorithm: string) =>
    runs.filter((run) => run.environment === environment && run.algorithm === algorithm);
  const cells = environments.flatMap((environment) =>
    algorithms.flatMap((algorithm) => {
      const members = runsOf(environment, algorithm);
      const all = runs.filter((run) => run.environment === environment);
      return members.length === 0 ? [] : [summarizeCell(members, returnRange(all))];
    }),
  );
  const scoredBy = runs.every((run) => run.evaluatedReturn !== undefined) ? 'evaluation' : 'training';
  const scores = normalizedScores(environments, algorithms, runsOf, scoredBy);
  return { environments, algorithms, cells, scoredBy, overall: overallOf(algorithms, scores) };
}

function summarizeCell(runs: readonly ComparedRun[], range: number): CellSummary {
  const { environment, algorithm } = runs[0];
  const updates = runs.flatMap(({ rows }) => rows);
  const numbersAt = (key: string) =>
    updates.map((row) => row[key]).filter((value) => typeof value === 'number');
  const kls = numbersAt(progressKey.klOldNew);
  const outcomes = updates
    .map((row) => row[progressKey.lineSearchAccepted])
    .filter((x) => typeof x === 'boolean');
  const beyond = runs.flatMap(({ rows, options }) =>
    rows
      .map((row) => row[progressKey.klOldNew])
      .filter((kl) => typeof kl === 'number')
      // the bound is checked in float64 and stored in full, so no tolerance is needed
      .map((kl) => kl > options.maxKl),
  );
  const drops = runs.flatMap(({ rows }) => fractionOfDrops(rows.map(episodesOf)) ?? []);
  const falls = runs.map(({ rows }) => worstDrop(pointsOf(rows, progressKey.meanReturn).map(({ y }) => y)));
  return {
    environment,
    algorithm,
    runs: runs.length,
    trainingReturn: estimate(runs.map(lastReturn)),
    evaluatedReturn: estimate(runs.map(({ evaluatedReturn }) => evaluatedReturn)),
    updateMs: median(numbersAt(progressKey.updateMs)),
    collectMs: median(numbersAt(progressKey.collectMs)),
    medianKl: median(kls),
    largestKl: kls.length === 0 ? null : kls.reduce((a, b) => Math.max(a, b)),
    refused: shareOf(outcomes, (accepted) => !accepted),
    beyondTrustRegion: shareOf(beyond, (isBeyond) => isBeyond),
    drops: drops.length === 0 ? null : drops.reduce((sum, value) => sum + value, 0) / drops.length,
    worstDrop: range > 0 ? Math.max(...falls) / range : null,
  };
}

/** null unless every run has a number. */
function estimate(values: readonly (number | undefined)[]): Estimate | null {
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return null;
  return { value: pooledInterquartileMean([known]), ...bootstrapInterval([known], pooledInterquartileMean) };
}

function lastReturn({ rows }: ComparedRun): number | undefined {
  return pointsOf(rows, progressKey.meanReturn).at(-1)?.y;
}

function returnRange(runs: readonly ComparedRun[]): number {
  const returns = runs.flatMap(({ rows }) => pointsOf(rows, progressKey.meanReturn).map(({ y }) => y));
  if (returns.length === 0) return 0;
  return returns.reduce((a, b) => Math.max(a, b)) - returns.reduce((a, b) => Math.min(a, b));
}

function worstDrop(returns: readonly number[]): number {
  let best = -Infinity;
  let worst = 0;
  for (const value of returns) {
    best = Math.max(best, value);
    worst = Math.max(worst, best - value);
  }
  return worst;
}

function episodesOf(row: ProgressRow): { episodes: number; meanReturn: number | null } {
  const mean = row[progressKey.episodesMeanReturn];
  return {
    episodes: Number(row[progressKey.episodes]),
    meanReturn: typeof mean === 'number' ? mean : null,
  };
}

function shareOf<Value>(values: readonly Value[], counts: (value: Value) => boolean): number | null {
  return values.length === 0 ? null : values.filter(counts).length / values.length;
}

/** [algorithms][environments][runs], or undefined when some pair has no run or some run no score. */
function normalizedScores(
  environments: readonly string[],
  algorithms: readonly string[],
  runsOf: (environment: string, algorithm: string) => readonly ComparedRun[],
  scoredBy: ComparisonSummary['scoredBy'],
): StratifiedScores[] | undefined {
  const scoreOf = (run: ComparedRun) => (scoredBy === 'evaluation' ? run.evaluatedReturn : lastReturn(run));
  const raw = algorithms.map((algorithm) =>
    environments.map((environment) => runsOf(environment, algorithm).map(scoreOf)),
  );
  if (raw.some((tasks) => tasks.some((scores) => scores.length === 0 || scores.includes(undefined)))) {
    return undefined;
  }
  const known = raw as number[][][];
  return known.map((tasks) =>
    tasks.map((scores, task) => {
      const all = known.flatMap((other) => other[task]);
      const [low, high] = [Math.min(...all), Math.max(...all)];
      return scores.map((score) => (high > low ? (score - low) / (high - low) : 1));
    }),
  );
}

function overallOf(
  algorithms: readonly string[],
  scores: readonly StratifiedScores[] | undefined,
): OverallSummary[] {
  if (scores === undefined) return [];
  return algorithms.map((algorithm, index) => ({
    algorithm,
    normalizedScore: {
      value: pooledInterquartileMean(scores[index]),
      ...bootstrapInterval(scores[index], pooledInterquartileMean),
    },
    betterThanFirst:
      index === 0
        ? null
        : {
            value: probabilityOfImprovement(scores[index], scores[0]),
            ...improvementInterval(scores[index], scores[0]),
          },
  }));
}
