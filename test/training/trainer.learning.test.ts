import { expect, test } from 'vitest';
import { makeEnvironment } from '../../src/environments/index.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { testRuntime } from '../support/runtime.js';

async function run(options: TrainerOptions): Promise<{ trainer: Trainer; rows: ProgressRow[] }> {
  const trainer = await Trainer.create(testRuntime(), options);
  const rows: ProgressRow[] = [];
  for await (const { row } of trainer.iterations()) rows.push(row);
  return { trainer, rows };
}

// 475 is the return at which Gymnasium calls CartPole-v1 solved
test.each([0, 1])('CartPole-v1 reaches 475 within 60,000 steps, seed %i', async (seed) => {
  const { trainer, rows } = await run({ environment: 'CartPole-v1', timesteps: 60_000, seed });
  const report = await evaluate(trainer.policy, makeEnvironment('CartPole-v1'), { episodes: 20 });
  expect(report.meanReturn).toBeGreaterThanOrEqual(475);
  for (const row of rows) {
    expect(row[progressKey.klOldNew]).toBeLessThanOrEqual(trainer.options.maxKl);
    expect(row[progressKey.ratioError]).toBe(0);
  }
});

test('Pendulum-v1 improves from random', async () => {
  const { trainer } = await run({ environment: 'Pendulum-v1', timesteps: 60_000 });
  const untrained = await Trainer.create(testRuntime(), { environment: 'Pendulum-v1' });
  const after = await evaluate(trainer.policy, makeEnvironment('Pendulum-v1'), { episodes: 10 });
  const before = await evaluate(untrained.policy, makeEnvironment('Pendulum-v1'), { episodes: 10 });
  expect(after.meanReturn).toBeGreaterThan(before.meanReturn + 500);
});
