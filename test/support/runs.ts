import { type ProgressRow, TIME_KEYS } from '../../src/logging/sink.js';
import type { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';

/** Runs that must give the same bits on any number of threads and of ranks. */
export const MASKED = {
  environment: { module: new URL('../../examples/stairs.mjs', import.meta.url).href, export: 'Stairs' },
  environments: 5,
  steps: 60,
  timesteps: 5 * 60 * 3,
  hiddenSizes: [16],
  valueEpochs: 1,
} satisfies TrainerOptions;
/** Steps so large that the guard rolls back. */
export const ROLLING_BACK = {
  environment: 'CartPole-v1',
  environments: 8,
  steps: 64,
  timesteps: 8 * 64 * 9,
  valueEpochs: 2,
  algorithm: 'vpg',
  learningRate: 100,
  guard: true,
  guardEpisodes: 2,
} satisfies TrainerOptions;

/** All that a run leaves behind and that must not depend on how it was run. */
export interface RunResult {
  readonly rows: readonly ProgressRow[];
  readonly policy: Uint8Array;
  readonly checkpoint: Uint8Array;
}

/** A row as far as two runs of one seed agree. */
export function withoutTimes(row: ProgressRow): ProgressRow {
  return Object.fromEntries(Object.entries(row).filter(([key]) => !TIME_KEYS.includes(key)));
}

/** Runs a trainer to its end and closes it. */
export async function runToEnd(trainer: Trainer): Promise<RunResult> {
  try {
    const rows: ProgressRow[] = [];
    for await (const { row } of trainer.iterations()) rows.push(withoutTimes(row));
    return { rows, policy: trainer.encodePolicy(), checkpoint: trainer.encodeCheckpoint() };
  } finally {
    await trainer.close();
  }
}
