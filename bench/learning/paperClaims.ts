import type { EvaluationReport } from '../../src/evaluation/evaluate.js';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { meanOf, standardErrorOf, withStandardError } from '../report/statistics.js';
import type { Row } from '../report/table.js';
import type { PaperSetting, PaperTask } from './paperSettings.js';

/** What of a task decides its claims. */
type ClaimedTask = Pick<PaperTask, 'environment' | 'goal' | 'uprightReward' | 'isLarge'>;

/** What of a run the claims are held against. */
export interface ClaimedRun {
  readonly rows: readonly ProgressRow[];
  readonly evaluation: Pick<EvaluationReport, 'meanReturn' | 'meanLength'>;
}

/** The runs of one setting on one task; none where the setting was not tried. */
type RunsOf = (environment: string, setting: PaperSetting) => readonly ClaimedRun[];

type Verdict = 'holds' | 'does not hold here' | 'cannot be told from these seeds';

/** A difference of this many standard errors is more than chance. */
const CLEAR = 2;

/** What arXiv:1502.05477, section 8.1, says of its Figure 4, each sentence held against the runs. */
export function paperClaims(tasks: readonly ClaimedTask[], runsOf: RunsOf): Row[] {
  const large = tasks.filter(({ isLarge }) => isLarge);
  const small = tasks.filter(({ isLarge }) => !isLarge);
  const triedMax = tasks.filter(({ environment }) => runsOf(environment, 'max KL').length > 0);
  return [
    solvesAll('single path TRPO solves every task', tasks, runsOf, 'single path'),
    solvesAll('vine TRPO solves every task', tasks, runsOf, 'vine'),
    solvesAll('the natural gradient solves the smaller tasks', small, runsOf, 'natural gradient'),
    solvesNone('the natural gradient finds no gait on the larger ones', large, runsOf, 'natural gradient'),
    fallsBehind('CEM falls behind with size', small, large, runsOf, 'CEM'),
    fallsBehind('CMA-ES falls behind with size', small, large, runsOf, 'CMA-ES'),
    aboutEqual('the empirical Fisher matrix does about as well', tasks, runsOf),
    ...triedMax.map((task) => learnsSlower(`max KL learns ${task.environment} more slowly`, task, runsOf)),
  ];
}

function solvesAll(claim: string, tasks: readonly ClaimedTask[], runsOf: RunsOf, setting: PaperSetting): Row {
  const counts = tasks.map((task) => countSolved(task, runsOf, setting));
  return row(claim, verdictOf(counts.every(({ solved, runs }) => solved === runs)), seedsText(tasks, counts));
}

function solvesNone(
  claim: string,
  tasks: readonly ClaimedTask[],
  runsOf: RunsOf,
  setting: PaperSetting,
): Row {
  const counts = tasks.map((task) => countSolved(task, runsOf, setting));
  return row(claim, verdictOf(counts.every(({ solved }) => solved === 0)), seedsText(tasks, counts));
}

/** Clearly behind single path on every larger task, and on no smaller one. */
function fallsBehind(
  claim: string,
  small: readonly ClaimedTask[],
  large: readonly ClaimedTask[],
  runsOf: RunsOf,
  setting: PaperSetting,
): Row {
  const isBehind = (task: ClaimedTask) => {
    const { difference, error } = differenceOf(task, runsOf, setting);
    return difference < -CLEAR * error;
  };
  const shareOf = (task: ClaimedTask) =>
    meanOf(scoresOf(task, runsOf, setting)) / meanOf(scoresOf(task, runsOf, 'single path'));
  const figures = [...small, ...large]
    .map((task) => `${task.environment} ${shareOf(task).toFixed(2)}${isBehind(task) ? ' (behind)' : ''}`)
    .join(', ');
  return row(
    claim,
    verdictOf(large.every(isBehind) && !small.some(isBehind)),
    `of single path's score: ${figures}`,
  );
}

function aboutEqual(claim: string, tasks: readonly ClaimedTask[], runsOf: RunsOf): Row {
  const apart = tasks.map((task) => ({
    environment: task.environment,
    ...differenceOf(task, runsOf, 'empirical Fisher'),
  }));
  const equal = apart.every(({ difference, error }) => Math.abs(difference) <= CLEAR * error);
  const figures = apart
    .map(
      ({ environment, difference, error }) => `${environment} ${signed(difference)} +- ${error.toFixed(1)}`,
    )
    .join(', ');
  return row(claim, verdictOf(equal), `score less that of the analytic one: ${figures}`);
}

function learnsSlower(claim: string, { environment }: ClaimedTask, runsOf: RunsOf): Row {
  const mean = runsOf(environment, 'single path').map(meanWhileTraining);
  const max = runsOf(environment, 'max KL').map(meanWhileTraining);
  const behind = meanOf(mean) - meanOf(max);
  const isClear = Math.abs(behind) > CLEAR * errorOfDifference(mean, max);
  return row(
    claim,
    isClear ? verdictOf(behind > 0) : 'cannot be told from these seeds',
    `return averaged over the training: ${withStandardError(max)}, with the mean KL ${withStandardError(mean)}`,
  );
}

function row(claim: string, verdict: Verdict, figures: string): Row {
  return { claim, verdict, figures };
}

function verdictOf(holds: boolean): Verdict {
  return holds ? 'holds' : 'does not hold here';
}

interface SolvedCount {
  readonly solved: number;
  readonly runs: number;
}

function countSolved(task: ClaimedTask, runsOf: RunsOf, setting: PaperSetting): SolvedCount {
  const scores = scoresOf(task, runsOf, setting);
  return { solved: scores.filter((score) => score >= task.goal).length, runs: scores.length };
}

function seedsText(tasks: readonly ClaimedTask[], counts: readonly SolvedCount[]): string {
  const parts = tasks.map(({ environment }, i) => `${environment} ${counts[i].solved} of ${counts[i].runs}`);
  return `seeds that solve it: ${parts.join(', ')}`;
}

/** Mean score of a setting less that of single path, with its standard error. */
function differenceOf(
  task: ClaimedTask,
  runsOf: RunsOf,
  setting: PaperSetting,
): { readonly difference: number; readonly error: number } {
  const ours = scoresOf(task, runsOf, 'single path');
  const theirs = scoresOf(task, runsOf, setting);
  return { difference: meanOf(theirs) - meanOf(ours), error: errorOfDifference(ours, theirs) };
}

function scoresOf(task: ClaimedTask, runsOf: RunsOf, setting: PaperSetting): number[] {
  return runsOf(task.environment, setting).map((run) => scoreOf(task, run));
}

/** Evaluated return without what standing still would earn: of a walker, its way forward less the cost of control. */
export function scoreOf({ uprightReward }: ClaimedTask, { evaluation }: ClaimedRun): number {
  return evaluation.meanReturn - uprightReward * evaluation.meanLength;
}

/** Mean over the rows of a run of the return that they show: how soon it was learned. */
export function meanWhileTraining({ rows }: Pick<ClaimedRun, 'rows'>): number {
  return meanOf(
    rows.map((line) => line[progressKey.meanReturn]).filter((value) => typeof value === 'number'),
  );
}

function errorOfDifference(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(standardErrorOf(a), standardErrorOf(b));
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
}
