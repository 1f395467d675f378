import type { ComparedRun } from '../src/compare/summary.js';
import { progressKey } from '../src/logging/sink.js';
import type { PaperSetting } from './paper.js';
import type { Row } from './table.js';
import { meanOf, standardErrorOf, withStandardError } from './trainAndEvaluate.js';

/** A task of the paper's Figure 4 as it was run here. */
export interface ClaimedTask {
  readonly environment: string;
  /** Evaluated return from which the task counts as solved. */
  readonly goal: number;
  /** Of those two whose gaits the natural gradient failed to find, and on which the searches fell behind. */
  readonly isLarge: boolean;
}

/** The runs of one setting on one task; none where the setting was not tried. */
export type RunsOf = (environment: string, setting: PaperSetting) => readonly ComparedRun[];

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
  const solved = tasks.map((task) => meanOf(returnsOf(runsOf(task.environment, setting))) >= task.goal);
  return row(claim, verdictOf(solved.every(Boolean)), againstGoals(tasks, runsOf, setting));
}

function solvesNone(
  claim: string,
  tasks: readonly ClaimedTask[],
  runsOf: RunsOf,
  setting: PaperSetting,
): Row {
  const solved = tasks.map((task) => meanOf(returnsOf(runsOf(task.environment, setting))) >= task.goal);
  return row(claim, verdictOf(!solved.some(Boolean)), againstGoals(tasks, runsOf, setting));
}

/** The share of single path's return is lower on every larger task than on every smaller one, and below it there. */
function fallsBehind(
  claim: string,
  small: readonly ClaimedTask[],
  large: readonly ClaimedTask[],
  runsOf: RunsOf,
  setting: PaperSetting,
): Row {
  const shareOf = ({ environment }: ClaimedTask) =>
    meanOf(returnsOf(runsOf(environment, setting))) / meanOf(returnsOf(runsOf(environment, 'single path')));
  const behind = Math.max(...large.map(shareOf)) < Math.min(1, ...small.map(shareOf));
  const figures = [...small, ...large]
    .map((task) => `${task.environment} ${shareOf(task).toFixed(2)}`)
    .join(', ');
  return row(claim, verdictOf(behind), `of single path's return: ${figures}`);
}

function aboutEqual(claim: string, tasks: readonly ClaimedTask[], runsOf: RunsOf): Row {
  const apart = tasks.map(({ environment }) => {
    const analytic = returnsOf(runsOf(environment, 'single path'));
    const empirical = returnsOf(runsOf(environment, 'empirical Fisher'));
    const difference = meanOf(empirical) - meanOf(analytic);
    return { environment, difference, error: errorOfDifference(analytic, empirical) };
  });
  const equal = apart.every(({ difference, error }) => Math.abs(difference) <= CLEAR * error);
  const figures = apart
    .map(
      ({ environment, difference, error }) => `${environment} ${signed(difference)} +- ${error.toFixed(1)}`,
    )
    .join(', ');
  return row(claim, verdictOf(equal), `difference from the analytic one: ${figures}`);
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

function againstGoals(tasks: readonly ClaimedTask[], runsOf: RunsOf, setting: PaperSetting): string {
  return tasks
    .map(({ environment, goal }) => {
      const mean = meanOf(returnsOf(runsOf(environment, setting)));
      return `${environment} ${mean.toFixed(0)} of ${goal}`;
    })
    .join(', ');
}

function returnsOf(runs: readonly ComparedRun[]): number[] {
  return runs.flatMap(({ evaluatedReturn }) => evaluatedReturn ?? []);
}

/** Mean over the rows of a run of the return that they show: how soon it was learned. */
export function meanWhileTraining({ rows }: ComparedRun): number {
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
