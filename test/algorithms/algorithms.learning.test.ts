import { expect, test } from 'vitest';
import { progressKey } from '../../src/logging/sink.js';
import { Trainer } from '../../src/training/trainer.js';
import { testRuntime } from '../support/runtime.js';

test.each([
  [{ algorithm: 'npg' }],
  [{ algorithm: 'vpg' }],
  [{ algorithm: 'vpg', learningRate: 1 }],
  [{ fisher: 'empirical' }],
  [{ fisherFraction: 0.1 }],
  [{ algorithm: 'ppo' }],
] as const)('CartPole-v1 reaches a mean return of 150 within 30,000 steps with %o', async (given) => {
  const trainer = await Trainer.create(testRuntime(), {
    environment: 'CartPole-v1',
    timesteps: 30_000,
    ...given,
  });
  for await (const { row } of trainer.iterations()) {
    expect(row[progressKey.lineSearchAccepted]).toBe(true);
  }
  expect(trainer.meanReturn).toBeGreaterThan(150);
});

test('Pendulum-v1 improves with ppo', async () => {
  const trainer = await Trainer.create(testRuntime(), {
    environment: 'Pendulum-v1',
    timesteps: 50_000,
    algorithm: 'ppo',
    ppoLearningRate: 1e-3,
  });
  const returns: number[] = [];
  for await (const { row } of trainer.iterations()) {
    const mean = row[progressKey.episodesMeanReturn];
    if (typeof mean === 'number') returns.push(mean);
  }
  expect(returns.at(-1)).toBeGreaterThan(returns[0] + 500);
});

test('CartPole-v1 is learnt from a vine too', async () => {
  const options = { environment: 'CartPole-v1', timesteps: 40_000, sampling: 'vine' as const };
  const trainer = await Trainer.create(testRuntime(), options);
  for await (const { row } of trainer.iterations()) {
    expect(row[progressKey.lineSearchAccepted]).toBe(true);
  }
  expect(trainer.meanReturn).toBeGreaterThan(60);
});
