import { beforeAll, describe, expect, test } from 'vitest';
import { guardKey } from '../../src/logging/sink.js';
import { Trainer } from '../../src/training/trainer.js';
import { planOf, type TrainerOptions } from '../../src/training/trainingPlan.js';
import { inProcessRanks } from '../support/ranks.js';
import { MASKED, ROLLING_BACK, type RunResult, runToEnd } from '../support/runs.js';
import { testRuntime, threadedRuntime } from '../support/runtime.js';

const RUNS = {
  'CartPole-v1 in 7 environments': {
    environment: 'CartPole-v1',
    environments: 7,
    steps: 40,
    timesteps: 7 * 40 * 4,
    valueEpochs: 2,
  },
  'natural policy gradient, scaled rewards': {
    environment: 'Pendulum-v1',
    environments: 5,
    steps: 40,
    timesteps: 5 * 40 * 3,
    valueEpochs: 2,
    scaleRewards: true,
    algorithm: 'npg',
  },
  'proximal policy optimization': {
    environment: 'Pendulum-v1',
    environments: 4,
    steps: 50,
    timesteps: 4 * 50 * 2,
    valueEpochs: 1,
    algorithm: 'ppo',
    ppoEpochs: 2,
    ppoMinibatch: 90,
  },
  'masks of a module': MASKED,
  'a game on a grid, through convolutions': {
    environment: 'WallBreaker-v0',
    environments: 4,
    steps: 24,
    timesteps: 4 * 24 * 2,
    valueEpochs: 1,
  },
  'a guard that rolls back': ROLLING_BACK,
} satisfies Record<string, TrainerOptions>;

/** Ranks and threads of each. */
const SIZES = [
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 1],
  [2, 2],
] as const;

const trainersOn = (size: number, threads: number, options: TrainerOptions) =>
  Promise.all(
    inProcessRanks(size).map((ranks) =>
      Trainer.ofPlan(threads === 1 ? testRuntime() : threadedRuntime(), {
        ...planOf(options),
        ranks,
        threads,
      }),
    ),
  );

describe.each(Object.entries<TrainerOptions>(RUNS))('%s', (_, options) => {
  let expected: RunResult;
  beforeAll(async () => {
    expected = await runToEnd(await Trainer.create(testRuntime(), { ...options, threads: 1 }));
    if (options.guard) expect(expected.rows.at(-1)![guardKey.rollbacks]).toBeGreaterThan(0);
  });

  test.each(SIZES)('gives the bits of one process on %i ranks of %i threads', async (size, threads) => {
    const results = await Promise.all((await trainersOn(size, threads, options)).map(runToEnd));
    expect(results).toHaveLength(size);
    for (const result of results) {
      expect(result.rows).toEqual(expected.rows);
      expect(result.policy).toEqual(expected.policy);
      expect(result.checkpoint).toEqual(expected.checkpoint);
    }
  });
});
