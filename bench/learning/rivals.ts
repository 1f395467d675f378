import { planRuns, type Setting } from '../../src/compare/plan.js';
import { type CellSummary, summarize } from '../../src/compare/summary.js';
import { environmentList } from '../../src/environments/index.js';
import { progressKey } from '../../src/logging/sink.js';
import { defaultOptions } from '../../src/training/options.js';
import { tunedOptions } from '../../src/training/tunedOptions.js';
import type { BenchContext } from '../report/section.js';
import { meanOf, withStandardError } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import { askedTasks } from './learningRuns.js';
import { EPISODES, type FinishedRun, runsInFolders } from './runFolders.js';
import type { LearningTask } from './trainAndEvaluate.js';

const SEEDS = [0, 1, 2];
const RESULTS = 'build/rivals';

/** The robots' runs are shorter than their tuned ones, and shortest where a step takes longest. */
const ROBOT_TIMESTEPS = 300_000;
const LARGE_ROBOT_TIMESTEPS: Readonly<Record<string, number>> = { 'Ant-v5': 200_000, 'Humanoid-v5': 100_000 };

const TASKS: readonly LearningTask[] = environmentList.map(({ id: environment }) => ({
  environment,
  timesteps: environment.endsWith('-v5')
    ? (LARGE_ROBOT_TIMESTEPS[environment] ?? ROBOT_TIMESTEPS)
    : (tunedOptions[environment].timesteps ?? defaultOptions.timesteps),
}));

/**
 * PPO as published for MuJoCo (arXiv:1707.06347, table 3), its value function learning at the same rate; discount, lambda,
 * normalisation and first noise are the environment's tuned ones.
 */
const SETTINGS: readonly Setting[] = [
  { name: 'trpo', options: { algorithm: 'trpo' } },
  {
    name: 'ppo',
    options: {
      algorithm: 'ppo',
      environments: 1,
      steps: 2048,
      ppoEpochs: 10,
      ppoMinibatch: 64,
      ppoLearningRate: 3e-4,
      ppoClip: 0.2,
      valueEpochs: 10,
      valueMinibatch: 64,
      valueLearningRate: 3e-4,
    },
  },
];

/**
 * TRPO against PPO on every environment: equal steps and equal time, what each update took, and how far returns fell. An hour
 * in all; what is finished in the folder given by `--results` is not made again.
 */
export async function rivals(context: BenchContext): Promise<Table[]> {
  const seeds = context.seeds ?? SEEDS;
  const results = context.results ?? RESULTS;
  const tasks = askedTasks(context, TASKS);
  const runs: FinishedRun[] = [];
  for (const seed of seeds) {
    for (const { environment, timesteps } of tasks) {
      const request = {
        environments: [environment],
        settings: SETTINGS,
        seeds: [seed],
        common: { timesteps },
      };
      runs.push(...(await runsInFolders(context, results, planRuns(request))));
    }
  }
  return [
    {
      title: `TRPO against PPO, seeds ${seeds.join(', ')}`,
      notes: [
        `return: deterministic evaluation of the last policy over ${EPISODES} episodes, mean +- standard error over seeds`,
        'in training: mean of the last 100 episodes, after as much processor time as the faster one of each pair took in all',
        'fall: the largest of the return in training from its best so far, over the range of returns seen; the worst seed',
        'KL(old || new) of updates: mean over them, and the largest',
      ],
      rows: tasks.map((task) =>
        rowOf(
          task,
          runs.filter(({ environment }) => environment === task.environment),
        ),
      ),
    },
  ];
}

function rowOf({ environment, timesteps }: LearningTask, runs: readonly FinishedRun[]): Row {
  const trpo = runs.filter(({ algorithm }) => algorithm === 'trpo');
  const ppo = runs.filter(({ algorithm }) => algorithm === 'ppo');
  const { cells } = summarize(runs);
  const cellOf = (name: string) => cells.find(({ algorithm }) => algorithm === name)!;
  return {
    environment,
    steps: timesteps,
    'return: TRPO': withStandardError(trpo.map(({ evaluation }) => evaluation.meanReturn)),
    PPO: withStandardError(ppo.map(({ evaluation }) => evaluation.meanReturn)),
    'seconds: TRPO': meanOf(trpo.map(secondsOf)),
    'PPO ': meanOf(ppo.map(secondsOf)),
    'in training, equal time: TRPO': withStandardError(
      trpo.map((run, i) => returnAfterEqualTime(run, ppo[i])),
    ),
    'PPO  ': withStandardError(ppo.map((run, i) => returnAfterEqualTime(run, trpo[i]))),
    'fall: TRPO': fallOf(cellOf('trpo')),
    'PPO   ': fallOf(cellOf('ppo')),
    'KL: TRPO': klOf(trpo, cellOf('trpo')),
    'PPO    ': klOf(ppo, cellOf('ppo')),
  };
}

function secondsOf({ cpuSeconds }: FinishedRun): number {
  return cpuSeconds[cpuSeconds.length - 1];
}

/** The return in training when the run had taken as much time as the faster of the two took in all; NaN without an episode. */
function returnAfterEqualTime(run: FinishedRun, rival: FinishedRun): number {
  const seconds = Math.min(secondsOf(run), secondsOf(rival));
  const returns = run.rows
    .filter((_, i) => run.cpuSeconds[i] <= seconds)
    .map((row) => row[progressKey.meanReturn])
    .filter((value) => typeof value === 'number');
  return returns.at(-1) ?? Number.NaN;
}

function fallOf({ worstDrop }: CellSummary): string {
  return worstDrop === null ? '-' : `${(100 * worstDrop).toFixed(0)} %`;
}

function klOf(runs: readonly FinishedRun[], { largestKl }: CellSummary): string {
  const kls = runs
    .flatMap(({ rows }) => rows.map((row) => row[progressKey.klOldNew]))
    .filter((value) => typeof value === 'number');
  return `${meanOf(kls).toPrecision(2)} (${largestKl?.toPrecision(2)})`;
}
