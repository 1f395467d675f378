import { makeEnvironment } from '../src/environments/index.js';
import { evaluate } from '../src/trpo/evaluate.js';
import type { IterationReport } from '../src/trpo/iterationReport.js';
import type { TrpoOptions } from '../src/trpo/options.js';
import { Trainer } from '../src/trpo/train.js';
import type { BenchContext } from './section.js';
import type { Row, Table } from './table.js';

const SEEDS = [0, 1, 2, 3, 4];
/** Of an evaluation. */
export const EPISODES = 100;

export interface Task {
  readonly environment: string;
  readonly timesteps: number;
  /** Mean over seeds that must be reached: for CartPole by every seed. */
  readonly bar: number;
  /** Best published TRPO figure (RL Baselines3 Zoo) for the same number of steps. */
  readonly published: number;
}

export const TASKS: readonly Task[] = [
  { environment: 'CartPole-v1', timesteps: 100_000, bar: 500, published: 500 },
  { environment: 'Pendulum-v1', timesteps: 100_000, bar: -180, published: -174.6 },
  { environment: 'Acrobot-v1', timesteps: 100_000, bar: -90, published: -83.1 },
  { environment: 'MountainCar-v0', timesteps: 100_000, bar: -110, published: -107.3 },
  { environment: 'MountainCarContinuous-v0', timesteps: 50_000, bar: 90, published: 92.5 },
];

export interface Outcome {
  /** Of the last policy, deterministic. */
  readonly meanReturn: number;
  /** What the progress rows show, averaged over iterations: how soon it was learned. */
  readonly meanTrainingReturn: number;
  readonly reports: readonly IterationReport[];
}

/** Trains one environment from its tuned options, with `options` over them, and evaluates the last policy. */
export async function trainAndEvaluate(
  module: WebAssembly.Module,
  { environment, timesteps }: Task,
  options: Partial<TrpoOptions>,
): Promise<Outcome> {
  const runtime = { module, variant: 'bench', breathe: async () => {} };
  const trainer = new Trainer(runtime, { environment, timesteps, ...options });
  const returns: number[] = [];
  const reports: IterationReport[] = [];
  for await (const { meanReturn, report } of trainer.iterations()) {
    if (meanReturn !== null) returns.push(meanReturn);
    reports.push(report);
  }
  const { meanReturn } = await evaluate(trainer.policy, makeEnvironment(environment), { episodes: EPISODES });
  return { meanReturn, meanTrainingReturn: meanOf(returns), reports };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Such as "-168.4 +- 2.1", of a mean over seeds. */
export function withStandardError(values: readonly number[]): string {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(1)} +- ${Math.sqrt(variance / values.length).toFixed(1)}`;
}

/**
 * Trains every environment from its tuned options with five seeds and evaluates the last policy: deterministic,
 * 100 episodes. The same build and seeds give the same figures to the last digit.
 */
export async function learning({ module, progress }: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const task of TASKS) {
    const { environment, timesteps, bar, published } = task;
    const means: number[] = [];
    for (const seed of SEEDS) {
      progress(`${environment}, seed ${seed}`);
      means.push((await trainAndEvaluate(module, task, { seed })).meanReturn);
    }
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
      title: `Learning: deterministic evaluation over ${EPISODES} episodes, seeds ${SEEDS.join(', ')}`,
      notes: [
        'published: RL Baselines3 Zoo, TRPO, the same number of steps, one run; the bar is the mean over our seeds',
      ],
      rows,
    },
  ];
}
