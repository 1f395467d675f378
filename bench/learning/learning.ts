import type { BenchContext } from '../report/section.js';
import { meanOf, withStandardError } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import { askedTasks, learningRuns } from './learningRuns.js';
import { EPISODES, type LearningTask } from './trainAndEvaluate.js';

const SEEDS = [0, 1, 2, 3, 4];

interface ClassicTask extends LearningTask {
  /** Mean over seeds that must be reached: for CartPole by every seed. */
  readonly bar: number;
  /** Best published TRPO figure (RL Baselines3 Zoo) for the same number of steps. */
  readonly published: number;
}

export const TASKS: readonly ClassicTask[] = [
  { environment: 'CartPole-v1', timesteps: 100_000, bar: 500, published: 500 },
  { environment: 'Pendulum-v1', timesteps: 100_000, bar: -180, published: -174.6 },
  { environment: 'Acrobot-v1', timesteps: 100_000, bar: -90, published: -83.1 },
  { environment: 'MountainCar-v0', timesteps: 100_000, bar: -110, published: -107.3 },
  { environment: 'MountainCarContinuous-v0', timesteps: 50_000, bar: 90, published: 92.5 },
];

/**
 * Trains every classic environment from its tuned options with five seeds and evaluates the last policy: deterministic,
 * 100 episodes. The same build and seeds give the same figures to the last digit.
 */
export async function learning(context: BenchContext): Promise<Table[]> {
  const seeds = context.seeds ?? SEEDS;
  const rows: Row[] = [];
  for (const task of askedTasks(context, TASKS)) {
    const { environment, timesteps, bar, published } = task;
    const means = (await learningRuns(context, task, seeds)).map(({ meanReturn }) => meanReturn);
    rows.push({
      environment,
      steps: timesteps.toLocaleString('en-US'),
      'each seed': means.map((value) => value.toFixed(1)).join(' '),
      'mean +- standard error': withStandardError(means),
      bar: bar.toFixed(1),
      published: published.toFixed(1),
      reached: meanOf(means) >= bar ? 'yes' : 'NO',
    });
  }
  return [
    {
      title: `Learning: deterministic evaluation over ${EPISODES} episodes, seeds ${seeds.join(', ')}`,
      notes: [
        'published: RL Baselines3 Zoo, TRPO, the same number of steps, one run; the bar is the mean over our seeds',
      ],
      rows,
    },
  ];
}
