import { makeEnvironment } from '../src/environments/index.js';
import { evaluate } from '../src/evaluation/evaluate.js';
import type { TrpoOptions } from '../src/training/options.js';
import type { IterationReport } from '../src/training/progressRow.js';
import { Trainer } from '../src/training/trainer.js';

/** Of an evaluation. */
export const EPISODES = 100;

/** What to train on, and for how many environment steps. */
export interface LearningTask {
  readonly environment: string;
  readonly timesteps: number;
}

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
  { environment, timesteps }: LearningTask,
  options: Partial<TrpoOptions>,
): Promise<Outcome> {
  const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
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

/** Standard error of a mean over seeds. */
export function standardErrorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

/** Such as "-168.4 +- 2.1", of a mean over seeds. */
export function withStandardError(values: readonly number[]): string {
  return `${meanOf(values).toFixed(1)} +- ${standardErrorOf(values).toFixed(1)}`;
}
