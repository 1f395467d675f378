import { comparisonCharts } from '../../src/compare/report.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { progressKey } from '../../src/logging/sink.js';
import { denseLayers, networkSpec } from '../../src/network/networkSpec.js';
import { parameterCount } from '../../src/network/parameterLayout.js';
import { nodePlatform } from '../../src/platform/node.js';
import { distributionFor } from '../../src/policy/distributionSpec.js';
import { lineChartPng, lineChartSvg } from '../../src/render/chart.js';
import type { BenchContext } from '../report/section.js';
import { withStandardError } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import { askedTasks } from './learningRuns.js';
import { meanWhileTraining, paperClaims, scoreOf } from './paperClaims.js';
import {
  NATURAL_STEPS,
  type PaperSetting,
  type PaperTask,
  planOf,
  SETTING_NAMES,
  settingsOf,
  TASKS,
} from './paperSettings.js';
import { EPISODES, type FinishedRun, runsInFolders } from './runFolders.js';

const SEEDS = [0, 1, 2];
const RESULTS = 'build/paper';

type FinishedRunsOf = (environment: string, setting: PaperSetting) => readonly FinishedRun[];

/**
 * The paper's Figure 4 again, on smaller budgets: learning curves beneath `results`, final returns, and its claims one by one.
 * Half an hour of one core and more; what is finished in the folder given by `--results` is not made again.
 */
export async function paper(context: BenchContext): Promise<Table[]> {
  const seeds = context.seeds ?? SEEDS;
  const results = context.results ?? RESULTS;
  const tasks = askedTasks(context, TASKS);
  const steps = new Map<string, number>();
  for (const task of tasks) {
    steps.set(task.environment, await bestNaturalStep(context, results, task, seeds[0]));
  }
  const runs: FinishedRun[] = [];
  for (const seed of seeds) {
    for (const task of tasks) {
      for (const setting of settingsOf(task)) {
        const plan = planOf(task, setting, steps.get(task.environment)!, seed);
        const [run] = await runsInFolders(context, results, plan);
        runs.push({ ...run, algorithm: setting });
      }
    }
  }
  await drawCurves(results, tasks, runs);
  const runsOf: FinishedRunsOf = (environment, setting) =>
    runs.filter((run) => run.environment === environment && run.algorithm === setting);
  const title = `seeds ${seeds.join(', ')}`;
  return [
    parameterTable(tasks),
    returnTable(
      `Evaluated return (deterministic, ${EPISODES} episodes), ${title}`,
      tasks,
      runsOf,
      (_, run) => run.evaluation.meanReturn,
    ),
    returnTable(
      `Return while training (last 100 episodes; of searches, of all candidates), ${title}`,
      tasks,
      runsOf,
      (_, run) => lastReturn(run),
    ),
    returnTable(
      `Score: evaluated return without the 1 a step for being upright, ${title}`,
      tasks,
      runsOf,
      scoreOf,
    ),
    {
      title: 'Natural gradient: step x = scale (F + damping I)^-1 g',
      notes: [
        `scale: of ${NATURAL_STEPS.join(', ')} what gave the best evaluated return with seed ${seeds[0]}; of equal ones, what learned soonest`,
      ],
      rows: [Object.fromEntries(steps)],
    },
    // the claims are about all tasks
    ...(tasks.length < TASKS.length ? [] : [claimTable(title, runsOf)]),
  ];
}

async function bestNaturalStep(
  context: BenchContext,
  results: string,
  task: PaperTask,
  seed: number,
): Promise<number> {
  const plans = NATURAL_STEPS.flatMap((step) => planOf(task, 'natural gradient', step, seed));
  const runs = await runsInFolders(context, results, plans);
  const best = runs.reduce((a, b) => (isBetter(b, a) ? b : a));
  return NATURAL_STEPS[runs.indexOf(best)];
}

/** By the evaluated return; of equal ones, whoever learned sooner. */
function isBetter(a: FinishedRun, b: FinishedRun): boolean {
  const difference = a.evaluation.meanReturn - b.evaluation.meanReturn;
  return difference > 0 || (difference === 0 && meanWhileTraining(a) > meanWhileTraining(b));
}

function parameterTable(tasks: readonly PaperTask[]): Table {
  const rows = tasks.map(({ environment, hiddenSizes, published, timesteps }): Row => {
    const { observationSpace, actionSpace } = makeEnvironment(environment);
    const { inputSize, logStdSize } = distributionFor(actionSpace);
    const sizes = [observationSpace.size, ...hiddenSizes, inputSize];
    const network = networkSpec(observationSpace.shape, denseLayers(hiddenSizes, 'tanh'), inputSize);
    return {
      task: environment,
      'timesteps of a run': timesteps,
      policy: sizes.join(' -> '),
      parameters: parameterCount(network, logStdSize),
      "the paper's": published ?? '-',
    };
  });
  return {
    title: 'Policies: one hidden layer of tanh units as in Table 2 of the paper',
    notes: ['parameters: weights, biases, log standard deviations'],
    rows,
  };
}

function returnTable(
  title: string,
  tasks: readonly PaperTask[],
  runsOf: FinishedRunsOf,
  figureOf: (task: PaperTask, run: FinishedRun) => number | undefined,
): Table {
  const rows = SETTING_NAMES.map((setting): Row => {
    const cells = tasks.map((task) => {
      const values = runsOf(task.environment, setting).flatMap((run) => figureOf(task, run) ?? []);
      return [task.environment, values.length === 0 ? '-' : withStandardError(values)];
    });
    return { setting, ...Object.fromEntries(cells) };
  });
  return { title, notes: ['mean +- standard error over seeds'], rows };
}

function claimTable(seeds: string, runsOf: FinishedRunsOf): Table {
  return {
    title: `Claims of the paper, ${seeds}`,
    notes: [
      `solved: a score of ${TASKS.map(({ environment, goal }) => `${goal} (${environment})`).join(', ')}`,
      'behind, slower, about equal: by more than two standard errors of the difference, or not',
    ],
    rows: paperClaims(TASKS, runsOf),
  };
}

function lastReturn({ rows }: FinishedRun): number | undefined {
  const last = rows.at(-1)?.[progressKey.meanReturn];
  return typeof last === 'number' ? last : undefined;
}

/** The figure: a chart of learning curves for each task, as SVG and PNG. */
async function drawCurves(
  results: string,
  tasks: readonly PaperTask[],
  runs: readonly FinishedRun[],
): Promise<void> {
  const environments = tasks.map(({ environment }) => environment);
  const charts = comparisonCharts(runs, { environments, algorithms: SETTING_NAMES });
  const folder = nodePlatform.joinPath(results, 'plots');
  await nodePlatform.makeDirectory(folder);
  for (const { fileName, curves, options } of charts) {
    const drawn = curves.filter(({ points }) => points.length > 0);
    const path = nodePlatform.joinPath(folder, fileName);
    await nodePlatform.replaceFile(`${path}.svg`, lineChartSvg(drawn, options));
    await nodePlatform.replaceFile(`${path}.png`, await lineChartPng(drawn, options));
  }
}
