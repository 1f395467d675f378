import type { BenchContext } from '../report/section.js';
import { meanOf, withStandardError } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import { askedTasks, learningRuns } from './learningRuns.js';
import { EPISODES, type LearningTask } from './trainAndEvaluate.js';

const SEEDS = [0, 1, 2];
export const TIMESTEPS = 1_000_000;

/** Mean returns of other TRPO implementations after the same number of steps, but PFRL's: 2M. */
interface Published {
  /** RL Baselines3 Zoo, -v3, one run, deterministic evaluation. */
  readonly zoo?: number;
  /** Documentation of Stable-Baselines3-contrib, -v3, 3 seeds. */
  readonly contrib?: number;
  /** Tianshou, -v3, best within the run, 10 seeds. */
  readonly tianshou?: number;
  /** PFRL, -v2, 20 seeds. */
  readonly pfrl?: number;
  /** Spinning Up, -v3, 10 seeds, mean return in training at 1M steps. */
  readonly spinningUp?: number;
}

export interface RobotTask extends LearningTask {
  readonly published: Published;
  /** Mean over our seeds that must be reached: the best published mean, or their median where walking alone is hard. */
  readonly bar: 'best' | 'median';
}

export const TASKS: readonly RobotTask[] = [
  task('InvertedPendulum-v5', 'best', { tianshou: 1000 }),
  task('InvertedDoublePendulum-v5', 'best', { tianshou: 8435 }),
  task('Reacher-v5', 'best', { tianshou: -5.1 }),
  task('Swimmer-v5', 'best', { zoo: 366, contrib: 359, tianshou: 41, pfrl: 197, spinningUp: 85 }),
  task('Hopper-v5', 'best', { zoo: 3618, contrib: 3372, tianshou: 2046, pfrl: 3038, spinningUp: 1161 }),
  task('HalfCheetah-v5', 'best', { zoo: 1785, contrib: 1803, tianshou: 4471, pfrl: 1561, spinningUp: 720 }),
  task('Walker2d-v5', 'median', { zoo: 4933, contrib: 4502, tianshou: 3827, pfrl: 3260, spinningUp: 556 }),
  task('Ant-v5', 'median', { zoo: 4982, contrib: 3554, tianshou: 2867, spinningUp: 85 }),
];

/**
 * Trains MuJoCo's tasks from their tuned options for a million steps with three seeds and evaluates the last policy:
 * deterministic, 100 episodes. An hour and more in all; `--environments`, `--seeds` and `--results` run it in parts.
 */
export async function robots(context: BenchContext): Promise<Table[]> {
  const seeds = context.seeds ?? SEEDS;
  const rows: Row[] = [];
  for (const asked of askedTasks(context, TASKS)) {
    const runs = await learningRuns(context, asked, seeds);
    const means = runs.map(({ meanReturn }) => meanReturn);
    const bar = barOf(asked);
    const { zoo, contrib, tianshou, pfrl, spinningUp } = asked.published;
    rows.push({
      environment: asked.environment,
      'each seed': means.map((value) => value.toFixed(1)).join(' '),
      'mean +- standard error': withStandardError(means),
      bar: bar.toFixed(1),
      reached: meanOf(means) >= bar ? 'yes' : 'NO',
      'RL Zoo': figure(zoo),
      'SB3-contrib': figure(contrib),
      Tianshou: figure(tianshou),
      'PFRL (2M)': figure(pfrl),
      'Spinning Up': figure(spinningUp),
      'minutes a run': meanOf(runs.map(({ minutes }) => minutes)),
    });
  }
  return [
    {
      title: `Robots: ${TIMESTEPS.toLocaleString('en-US')} steps, deterministic evaluation over ${EPISODES} episodes, seeds ${seeds.join(', ')}`,
      notes: [
        'published: RL Zoo -v3, 1 run; SB3-contrib -v3, 3 seeds; Tianshou -v3, best within the run, 10 seeds; PFRL -v2, 20 seeds; Spinning Up -v3, 10 seeds, return in training',
        'bar: the best published mean; for Walker2d and Ant the median of them',
      ],
      rows,
    },
  ];
}

function task(environment: string, bar: RobotTask['bar'], published: Published): RobotTask {
  return { environment, timesteps: TIMESTEPS, bar, published };
}

function barOf({ bar, published }: RobotTask): number {
  const sorted = Object.values(published).sort((a: number, b: number) => a - b) as number[];
  const last = sorted.length - 1;
  if (bar === 'best') return sorted[last];
  return (sorted[Math.floor(last / 2)] + sorted[Math.ceil(last / 2)]) / 2;
}

function figure(value: number | undefined): string {
  return value === undefined ? '-' : String(value);
}
