import { describe, expect, test } from 'vitest';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { Trainer } from '../../src/training/trainer.js';
import { mujocoTasks } from '../environments/mujoco/tasks.js';
import { testRuntime } from '../support/runtime.js';

/** Steps after which the mean return of an iteration has risen; the others take longer than a test may. */
const SOON_LEARNED: Readonly<Record<string, number>> = {
  'InvertedPendulum-v5': 20_480,
  'InvertedDoublePendulum-v5': 20_480,
  'Reacher-v5': 20_480,
  'Swimmer-v5': 8192,
  'Hopper-v5': 10_240,
  'HalfCheetah-v5': 8192,
  'Walker2d-v5': 10_240,
};
const FEW_STEPS = 2048;

interface Run {
  /** Mean return of the episodes of each iteration in which one ended. */
  readonly returns: readonly number[];
  /** Trust region and row of each iteration. */
  readonly updates: readonly { readonly maxKl: number; readonly row: ProgressRow }[];
}

async function train(environment: string, timesteps: number): Promise<Run> {
  const trainer = await Trainer.create(testRuntime(), { environment, timesteps });
  const returns: number[] = [];
  const updates: { maxKl: number; row: ProgressRow }[] = [];
  let { maxKl } = trainer;
  for await (const { row, report } of trainer.iterations()) {
    updates.push({ maxKl, row });
    maxKl = trainer.maxKl;
    if (report.rollout.meanReturn !== null) returns.push(report.rollout.meanReturn);
  }
  return { returns, updates };
}

describe('from its tuned options', () => {
  test.each(Object.keys(mujocoTasks))('%s', async (environment) => {
    const learnedAfter = SOON_LEARNED[environment];
    const { returns, updates } = await train(environment, learnedAfter ?? FEW_STEPS);
    for (const { maxKl, row } of updates) {
      expect(row[progressKey.lineSearchAccepted]).toBe(true);
      expect(row[progressKey.klOldNew]).toBeLessThanOrEqual(maxKl);
      expect(row[progressKey.klOldNew]).toBeGreaterThan(0);
      expect(row[progressKey.ratioError]).toBe(0);
    }
    expect(returns.length).toBeGreaterThan(0);
    if (learnedAfter !== undefined) expect(returns.at(-1)).toBeGreaterThan(returns[0]);
  });
});
