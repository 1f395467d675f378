import type { Environment, StepResult } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { HealthWatch } from '../../src/health/watch.js';
import type { ProgressRow } from '../../src/logging/sink.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { testRuntime, threadedRuntime } from '../support/runtime.js';

const STEPS = 256;

/** Short runs of small networks. */
const SMALL = {
  environment: 'CartPole-v1',
  environments: 2,
  steps: STEPS / 2,
  hiddenSizes: [16],
  valueHiddenSizes: [16],
  valueEpochs: 5,
  seed: 3,
} as const;

/** The rows of a short run; onTrainer is told before it begins. */
export async function rowsOfRun(
  options: Partial<TrainerOptions>,
  iterations = 14,
  onTrainer: (trainer: Trainer) => void = () => {},
): Promise<ProgressRow[]> {
  const runtime = options.threads === 2 ? threadedRuntime() : testRuntime();
  const trainer = await Trainer.create(runtime, { ...SMALL, timesteps: iterations * STEPS, ...options });
  onTrainer(trainer);
  const rows: ProgressRow[] = [];
  for await (const { row } of trainer.iterations()) rows.push(row);
  await trainer.close();
  return rows;
}

/** An environment of the list whose answers to step() pass through `change`. */
export function changedEnvironment(
  name: string,
  change: (result: StepResult, step: number) => StepResult,
): () => Environment {
  return () => {
    const inner = makeEnvironment(name);
    let steps = 0;
    return {
      observationSpace: inner.observationSpace,
      actionSpace: inner.actionSpace,
      reset: (options) => inner.reset(options),
      step: (action) => change(inner.step(action) as StepResult, ++steps),
    };
  };
}

/** Names of the rules that a watch tells of, row after row, when they begin. */
export function liveWarnings(rows: readonly ProgressRow[]): string[] {
  const watch = new HealthWatch();
  return rows.flatMap((row) =>
    watch
      .look(row)
      .filter(({ begins }) => begins)
      .map(({ rule }) => rule.name),
  );
}
