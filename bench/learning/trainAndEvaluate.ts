import { makeEnvironment } from '../../src/environments/index.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import type { IterationReport } from '../../src/training/iterationParts.js';
import type { TrpoOptions } from '../../src/training/options.js';
import { Trainer } from '../../src/training/trainer.js';

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
  readonly reports: readonly IterationReport[];
}

/** Trains one environment from its tuned options, with `options` over them, and evaluates the last policy. */
export async function trainAndEvaluate(
  module: WebAssembly.Module,
  { environment, timesteps }: LearningTask,
  options: Partial<TrpoOptions>,
): Promise<Outcome> {
  const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
  const trainer = await Trainer.create(runtime, { environment, timesteps, ...options });
  const reports: IterationReport[] = [];
  for await (const { report } of trainer.iterations()) reports.push(report);
  const { meanReturn } = await evaluate(trainer.policy, makeEnvironment(environment), { episodes: EPISODES });
  return { meanReturn, reports };
}
