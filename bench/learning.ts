import { makeEnvironment } from '../src/environments/index.js';
import { evaluate } from '../src/trpo/evaluate.js';
import { Trainer } from '../src/trpo/train.js';
import type { BenchContext } from './section.js';
import type { Row, Table } from './table.js';

const SEEDS = [0, 1, 2, 3, 4];
const EPISODES = 100;

interface Task {
  readonly environment: string;
  readonly timesteps: number;
  /** Mean over seeds that must be reached: for CartPole by every seed. */
  readonly bar: number;
  /** Best published TRPO figure (RL Baselines3 Zoo) for the same number of steps. */
  readonly published: number;
}

const TASKS: readonly Task[] = [
  { environment: 'CartPole-v1', timesteps: 100_000, bar: 500, published: 500 },
  { environment: 'Pendulum-v1', timesteps: 100_000, bar: -180, published: -174.6 },
  { environment: 'Acrobot-v1', timesteps: 100_000, bar: -90, published: -83.1 },
  { environment: 'MountainCar-v0', timesteps: 100_000, bar: -110, published: -107.3 },
  { environment: 'MountainCarContinuous-v0', timesteps: 50_000, bar: 90, published: 92.5 },
];

/**
 * Trains every environment from its tuned options with five seeds and evaluates the last policy: deterministic,
 * 100 episodes. The same build and seeds give the same figures to the last digit.
 */
export async function learning({ module, progress }: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const { environment, timesteps, bar, published } of TASKS) {
    const means: number[] = [];
    for (const seed of SEEDS) {
      progress(`${environment}, seed ${seed}`);
      const runtime = { module, variant: 'bench', breathe: async () => {} };
      const trainer = new Trainer(runtime, { environment, timesteps, seed });
      for await (const _ of trainer.iterations());
      const report = await evaluate(trainer.policy, makeEnvironment(environment), { episodes: EPISODES });
      means.push(report.meanReturn);
    }
    const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
    const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (means.length - 1);
    rows.push({
      environment,
      steps: timesteps.toLocaleString('en-US'),
      'each seed': means.map((value) => value.toFixed(1)).join(' '),
      'mean +- standard error': `${mean.toFixed(1)} +- ${Math.sqrt(variance / means.length).toFixed(1)}`,
      bar: bar.toFixed(1),
      published: published.toFixed(1),
      reached: mean >= bar ? 'yes' : 'NO',
    });
  }
  return [
    {
      title: `Learning: deterministic evaluation over ${EPISODES} episodes, seeds ${SEEDS.join(', ')}`,
      notes: [
        'published: RL Baselines3 Zoo, TRPO, the same number of steps, one run; the bar is the mean over our seeds',
      ],
      rows,
    },
  ];
}
