import { beforeAll, describe, expect, test } from 'vitest';
import { makeEnvironment } from '../../src/environments/index.js';
import { guardKey } from '../../src/logging/sink.js';
import { createTrainer, nodePlatform } from '../../src/node.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { behindPromises } from '../support/environments.js';
import { MASKED, ROLLING_BACK, type RunResult, runToEnd, withoutTimes } from '../support/runs.js';
import { testRuntime, threadedRuntime } from '../support/runtime.js';
import { task } from './fixtures/tasks.js';

/** More than this machine may have: threads that must wait for a core do not change anything either. */
const THREAD_COUNTS = [1, 8];
const MORE_THREAD_COUNTS = [1, 2, 3, 8];

const RUNS = {
  'CartPole-v1 in 8 environments': {
    environment: 'CartPole-v1',
    environments: 8,
    steps: 64,
    timesteps: 8 * 64 * 4,
    valueEpochs: 3,
  },
  'Pendulum-v1 in fewer environments than threads': {
    environment: 'Pendulum-v1',
    environments: 3,
    steps: 100,
    timesteps: 3 * 100 * 4,
    valueEpochs: 3,
    scaleRewards: true,
  },
  'one environment': {
    environment: 'Acrobot-v1',
    environments: 1,
    steps: 130,
    timesteps: 390,
    valueEpochs: 2,
  },
  'many shards, the last of them and of each minibatch smaller': {
    environment: 'MountainCarContinuous-v0',
    environments: 8,
    steps: 129,
    timesteps: 8 * 129 * 3,
    valueMinibatch: 200,
    valueEpochs: 3,
  },
  'a preconditioner': {
    environment: 'Acrobot-v1',
    environments: 8,
    steps: 64,
    timesteps: 8 * 64 * 3,
    valueEpochs: 2,
    cgIterations: 4,
    cgPreconditionerRows: 70,
  },
  'a value network whose Adam steps are shared too': {
    environment: 'Pendulum-v1',
    environments: 4,
    steps: 60,
    timesteps: 4 * 60 * 2,
    // 38,788 numbers with padding: three ranges, the last smaller
    valueHiddenSizes: [192, 190],
    valueEpochs: 2,
  },
  'an empirical Fisher matrix of some rows': {
    environment: 'Acrobot-v1',
    environments: 8,
    steps: 64,
    timesteps: 8 * 64 * 3,
    valueEpochs: 2,
    cgIterations: 4,
    fisher: 'empirical',
    fisherFraction: 0.4,
  },
  'proximal policy optimization': {
    environment: 'Pendulum-v1',
    environments: 3,
    steps: 100,
    timesteps: 3 * 100 * 2,
    // 38,788 numbers with padding: three ranges, the last smaller
    hiddenSizes: [192, 190],
    valueEpochs: 1,
    algorithm: 'ppo',
    ppoEpochs: 2,
    ppoMinibatch: 90,
  },
  'a vine of all actions': {
    environment: 'CartPole-v1',
    environments: 5,
    steps: 40,
    timesteps: 3000,
    valueEpochs: 2,
    sampling: 'vine',
    vineStates: 7,
    vineSteps: 12,
  },
  'a vine of drawn actions': {
    environment: 'Pendulum-v1',
    environments: 3,
    steps: 40,
    timesteps: 3000,
    valueEpochs: 2,
    sampling: 'vine',
    vineStates: 7,
    vineActions: 3,
    vineSteps: 12,
  },
  'masks of a module': MASKED,
  'vanilla policy gradient': {
    environment: 'Pendulum-v1',
    environments: 8,
    steps: 70,
    timesteps: 8 * 70 * 3,
    valueEpochs: 2,
    algorithm: 'vpg',
  },
  'a guard that rolls back': ROLLING_BACK,
} satisfies Record<string, TrainerOptions>;

/** Of these an odd number and the count of the machine's cores show what 1 and 8 may not. */
const WITH_MORE_THREADS: readonly string[] = [
  'CartPole-v1 in 8 environments',
  'many shards, the last of them and of each minibatch smaller',
] satisfies (keyof typeof RUNS)[];

describe.each(Object.entries<TrainerOptions>(RUNS))('%s', (name, options) => {
  let expected: RunResult;
  beforeAll(async () => {
    expected = await runToEnd(await Trainer.create(testRuntime(), { ...options, threads: 1 }));
    if (options.guard) expect(expected.rows.at(-1)![guardKey.rollbacks]).toBeGreaterThan(0);
  });

  test.each(WITH_MORE_THREADS.includes(name) ? MORE_THREAD_COUNTS : THREAD_COUNTS)(
    'gives the same bits with %i threads as without shared memory',
    async (threads) => {
      const trainer = await Trainer.create(threadedRuntime(), { ...options, threads });
      expect(trainer.threads).toBe(threads);
      const result = await runToEnd(trainer);
      expect(result.rows).toEqual(expected.rows);
      expect(result.policy).toEqual(expected.policy);
      expect(result.checkpoint).toEqual(expected.checkpoint);
    },
  );
});

describe('many short jobs on more threads than cores', () => {
  test('give the same bits over a hundred iterations', async () => {
    const options = {
      environment: 'CartPole-v1',
      environments: 5,
      steps: 40,
      timesteps: 200 * 100,
      hiddenSizes: [8],
      valueHiddenSizes: [8],
      // jobs of 3 shards, of 2 and of 4 follow each other
      valueMinibatch: 70,
      valueEpochs: 4,
    };
    const expected = await runToEnd(await Trainer.create(testRuntime(), options));
    const result = await runToEnd(await Trainer.create(threadedRuntime(), { ...options, threads: 6 }));
    expect(result.rows).toEqual(expected.rows);
    expect(result.checkpoint).toEqual(expected.checkpoint);
  });
});

describe('a checkpoint', () => {
  const options = { ...RUNS['CartPole-v1 in 8 environments'], steps: 48, timesteps: 8 * 48 * 5 };

  test.each([
    [3, 1],
    [1, 3],
    [8, 2],
  ])('made with %i threads goes on with %i to the same bits', async (before, after) => {
    const whole = await Trainer.create(threadedRuntime(), { ...options, threads: before });
    const rows: unknown[] = [];
    let checkpoint: Uint8Array | undefined;
    for await (const { row, iteration } of whole.iterations()) {
      rows.push(withoutTimes(row));
      if (iteration === 2) checkpoint = whole.encodeCheckpoint();
    }
    const resumed = await Trainer.create(threadedRuntime(), { ...options, threads: after });
    await resumed.restoreCheckpoint(checkpoint!, 'checkpoint');
    const result = await runToEnd(resumed);
    expect(result.rows).toEqual(rows.slice(2));
    expect(result.checkpoint).toEqual(whole.encodeCheckpoint());
    expect(result.policy).toEqual(whole.encodePolicy());
    await whole.close();
  });
});

describe('environments of a module', () => {
  const options = {
    environmentName: 'CartPole-v1',
    environments: 4,
    steps: 64,
    timesteps: 4 * 64 * 3,
    valueEpochs: 2,
    reproducible: true,
  };
  const run = async (given: Pick<TrainerOptions, 'environment' | 'threads'>) =>
    runToEnd(await createTrainer({ ...options, ...given }));
  let expected: RunResult;
  beforeAll(async () => {
    expected = await run({ environment: 'CartPole-v1', threads: 1 });
  });

  test.each([1, 2, 3, 8])('step in %i threads as known ones do', async (threads) => {
    expect(await run({ environment: task('cartPole'), threads })).toEqual(expected);
  });

  test.each([1, 2, 3])('may answer with promises in %i threads', async (threads) => {
    expect(await run({ environment: task('cartPoleBehindPromises'), threads })).toEqual(expected);
  });

  test('given as a function they stay on the calling thread, with the same bits', async () => {
    const atOnce = () => makeEnvironment('CartPole-v1');
    expect(await run({ environment: atOnce, threads: 3 })).toEqual(expected);
    expect(await run({ environment: () => behindPromises('CartPole-v1'), threads: 2 })).toEqual(expected);
  });
});

test('all cores are used unless told otherwise', async () => {
  const trainer = await createTrainer({ environment: 'CartPole-v1' });
  expect(trainer.threads).toBe(nodePlatform.threading!.availableThreads);
  await trainer.close();
});
