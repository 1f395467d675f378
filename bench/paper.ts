import { type PlannedRun, planRuns } from '../src/compare/plan.js';
import { comparisonCharts } from '../src/compare/report.js';
import { makeEnvironment } from '../src/environments/index.js';
import { progressKey } from '../src/logging/sink.js';
import { denseLayers, networkSpec } from '../src/network/networkSpec.js';
import { parameterCount } from '../src/network/parameterLayout.js';
import { nodePlatform } from '../src/platform/node.js';
import { distributionFor } from '../src/policy/distributionSpec.js';
import { lineChartPng, lineChartSvg } from '../src/render/chart.js';
import { completeOptions, type TrpoOptions } from '../src/training/options.js';
import { askedTasks } from './learningRuns.js';
import { type ClaimedTask, meanWhileTraining, paperClaims, scoreOf } from './paperClaims.js';
import { EPISODES, type FinishedRun, runsInFolders } from './runFolders.js';
import type { BenchContext } from './section.js';
import type { Row, Table } from './table.js';
import { type LearningTask, withStandardError } from './trainAndEvaluate.js';

const SEEDS = [0, 1, 2];
const RESULTS = 'build/paper';

interface PaperTask extends LearningTask, ClaimedTask {
  readonly hiddenSizes: readonly number[];
  /** Parameters that the paper states; its observations are not those of -v5. */
  readonly published?: number;
}

/**
 * CartPole-v1 stands for the paper's cart-pole with a continuous force; both have a linear policy. Goals: Gymnasium's for
 * CartPole; a tenth of its 360 for the swimmer; 3 m for the walkers, which is farther than one falls: their forward
 * reward is the speed in m/s, 125 times a second.
 */
const TASKS: readonly PaperTask[] = [
  {
    environment: 'CartPole-v1',
    timesteps: 100_000,
    hiddenSizes: [],
    goal: 475,
    uprightReward: 0,
    isLarge: false,
  },
  robot('Swimmer-v5', { hiddenSizes: [30], published: 364, goal: 36, uprightReward: 0, isLarge: false }),
  robot('Hopper-v5', { hiddenSizes: [50], published: 4806, goal: 375, uprightReward: 1, isLarge: true }),
  robot('Walker2d-v5', { hiddenSizes: [50], published: 8206, goal: 375, uprightReward: 1, isLarge: true }),
];

/**
 * What all settings have in common, on all tasks; nothing comes from tuned options. delta, gamma and the conjugate gradient's 10
 * iterations are the paper's. Its 50,000 to 1,000,000 steps an iteration are not to be had here: a value function and
 * normalised observations do with 2,048.
 */
const COMMON: Partial<TrpoOptions> = {
  environments: 4,
  steps: 512,
  gamma: 0.99,
  lambda: 0.97,
  maxKl: 0.01,
  cgIterations: 10,
};

/** Half of a vine's 2,048 steps are the trunk, half 128 branches of up to 8 steps. */
const VINE: Partial<TrpoOptions> = {
  sampling: 'vine',
  steps: 256,
  vineStates: 8,
  vineActions: 4,
  vineSteps: 8,
};

const SETTINGS = {
  'single path': {},
  vine: VINE,
  'natural gradient': { algorithm: 'npg' },
  'empirical Fisher': { fisher: 'empirical' },
  CEM: { algorithm: 'cem' },
  'CMA-ES': { algorithm: 'cma-es' },
  'max KL': { klConstraint: 'max' },
} as const satisfies Record<string, Partial<TrpoOptions>>;

export type PaperSetting = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as PaperSetting[];

/** As in the paper, the natural gradient's step is the best of some that are a factor of three apart, by the first seed. */
const NATURAL_STEPS = [0.3, 1, 3];

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
    // of some tasks alone nothing follows
    ...(tasks.length < TASKS.length ? [] : [claimTable(title, runsOf)]),
  ];
}

function robot(environment: string, task: Omit<PaperTask, 'environment' | 'timesteps'>): PaperTask {
  return { environment, timesteps: 300_000, ...task };
}

/** As in the paper, max KL on the cart-pole alone: a search over all states for the largest KL is for small tasks. */
function settingsOf({ environment }: PaperTask): PaperSetting[] {
  return NAMES.filter((name) => name !== 'max KL' || environment === 'CartPole-v1');
}

function planOf(task: PaperTask, setting: PaperSetting, naturalStep: number, seed: number): PlannedRun[] {
  const { environment, timesteps, hiddenSizes } = task;
  const isNatural = setting === 'natural gradient';
  const options = isNatural ? { ...SETTINGS[setting], learningRate: naturalStep } : SETTINGS[setting];
  return planRuns({
    environments: [environment],
    settings: [{ name: isNatural ? `${setting} ${naturalStep}` : setting, options }],
    seeds: [seed],
    // every option is given, so that tuned ones decide nothing
    common: completeOptions(COMMON, { timesteps, hiddenSizes }),
  });
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
  const rows = NAMES.map((setting): Row => {
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
  const charts = comparisonCharts(runs, { environments, algorithms: NAMES });
  const folder = nodePlatform.joinPath(results, 'plots');
  await nodePlatform.makeDirectory(folder);
  for (const { fileName, curves, options } of charts) {
    const drawn = curves.filter(({ points }) => points.length > 0);
    const path = nodePlatform.joinPath(folder, fileName);
    await nodePlatform.replaceFile(`${path}.svg`, lineChartSvg(drawn, options));
    await nodePlatform.replaceFile(`${path}.png`, await lineChartPng(drawn, options));
  }
}
