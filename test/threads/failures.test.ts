import { describe, expect, test } from 'vitest';
import { EnvironmentError, NonFiniteError, PlatformError, ShapeError } from '../../src/errors.js';
import { createTrainer, resume, train } from '../../src/node.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { temporaryFolder } from '../support/cli.js';
import { scriptedEnvironment } from '../support/environments.js';
import { runToEnd, withoutTimes } from '../support/runs.js';
import { threadedRuntime } from '../support/runtime.js';
import { task } from './fixtures/tasks.js';

const folder = temporaryFolder();
const SMALL = {
  environmentName: 'Robot',
  environments: 4,
  steps: 64,
  timesteps: 4 * 64 * 4,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 1,
};

/** Runs until it fails; the parameters must stay what the iterations before left. */
async function failureOf(trainer: Trainer): Promise<{ error: unknown; iterations: number }> {
  let parameters = trainer.policy.getParameters();
  let iterations = 0;
  try {
    for await (const { iteration } of trainer.iterations()) {
      iterations = iteration;
      parameters = trainer.policy.getParameters();
    }
  } catch (error) {
    expect(trainer.policy.getParameters()).toEqual(parameters);
    expect(trainer.iterationCount).toBe(iterations);
    return { error, iterations };
  }
  throw new Error('nothing failed');
}

describe('an environment that fails in a worker', () => {
  test.each([
    ['throwsInWorkers', EnvironmentError, /threw in step\(\): motor on fire/],
    ['throwsNothingInWorkers', EnvironmentError, /threw in step\(\): undefined/],
    ['rejectsInWorkers', EnvironmentError, /threw in step\(\): line is dead/],
    ['givesNaNInWorkers', NonFiniteError, /returned reward NaN from step\(\)/],
    ['givesWrongShapeInWorkers', ShapeError, /returned 3 numbers as observation from step\(\)/],
  ])('%s: ends the iteration with its place, and nothing else moves', async (name, errorClass, message) => {
    const trainer = await createTrainer({ ...SMALL, environment: task(name), threads: 2 });
    const { error, iterations } = await failureOf(trainer);
    // step 100 of the worker's first environment, which is environment 2, falls into the second batch
    expect(iterations).toBe(1);
    expect(error).toBeInstanceOf(errorClass);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/Robot \(environment 2, step 99\).*\(in worker 1\)$/);
    await trainer.close();
  });

  test('the environment is named whichever worker it lives in', async () => {
    const trainer = await createTrainer({ ...SMALL, environment: task('throwsInWorkers'), threads: 8 });
    const { error } = await failureOf(trainer);
    expect((error as Error).message).toMatch(
      /environment 1, step 99.*worker 1\)|environment 2, step 99.*worker 2\)|environment 3, step 99.*worker 3\)/,
    );
    await trainer.close();
  });

  test('after it a checkpoint of the last whole iteration can be taken, and gives the same run', async () => {
    const trainer = await createTrainer({ ...SMALL, environment: task('throwsInWorkers'), threads: 2 });
    await failureOf(trainer);
    const checkpoint = trainer.encodeCheckpoint();
    await trainer.close();
    const mended = await createTrainer({ ...SMALL, environment: task('cartPole'), threads: 3 });
    await mended.restoreCheckpoint(checkpoint, 'checkpoint');
    const whole = await createTrainer({ ...SMALL, environment: task('cartPole'), threads: 1 });
    const expected = await runToEnd(whole);
    const result = await runToEnd(mended);
    expect(result.checkpoint).toEqual(expected.checkpoint);
    expect(result.rows).toEqual(expected.rows.slice(1));
  });

  test('the trainer itself goes on where it was, once the environment does', async () => {
    // it fails once, at its 100th step
    const trainer = await createTrainer({ ...SMALL, environment: task('throwsInWorkers'), threads: 2 });
    const rows: unknown[] = [];
    let failures = 0;
    while (trainer.totalTimesteps < SMALL.timesteps) {
      try {
        for await (const { row } of trainer.iterations()) rows.push(withoutTimes(row));
      } catch (error) {
        expect(error).toBeInstanceOf(EnvironmentError);
        // the worker owns two
        expect(++failures).toBeLessThanOrEqual(2);
      }
    }
    const checkpoint = trainer.encodeCheckpoint();
    await trainer.close();
    const whole = await createTrainer({ ...SMALL, environment: task('cartPole'), threads: 1 });
    const expected = await runToEnd(whole);
    expect(failures).toBeGreaterThan(0);
    expect(rows).toEqual(expected.rows);
    expect(checkpoint).toEqual(expected.checkpoint);
  });

  test('is named as ever on the calling thread', async () => {
    let steps = 0;
    const environment = () =>
      scriptedEnvironment({
        step: () => {
          if (++steps === 70) throw new Error('lost');
          return undefined;
        },
      });
    const trainer = await Trainer.create(threadedRuntime(), { ...SMALL, environment, threads: 3 });
    const { error } = await failureOf(trainer);
    expect((error as Error).message).toMatch(/Robot \(environment 1, step 17\) threw in step\(\): lost$/);
    await trainer.close();
  });
});

describe('a worker that dies', () => {
  test.each([
    ['exitsInWorkers', 1, /exited with code 7/],
    ['exitsAtOnceInWorkers', 0, /exited with code 7/],
    ['crashesInWorkers', 1, /out of the blue/],
  ])('%s: ends the iteration with its name, and nothing hangs', async (name, wholeIterations, reason) => {
    const trainer = await createTrainer({ ...SMALL, environment: task(name), threads: 2 });
    const { error, iterations } = await failureOf(trainer);
    expect(iterations).toBe(wholeIterations);
    expect(error).toBeInstanceOf(PlatformError);
    const { message } = error as Error;
    expect(message).toMatch(/^Worker 1 ended/);
    expect(message).toMatch(reason);
    expect(message).toMatch(/environments 2 to 3 of Robot from step \d+ on/);
    expect(message).toMatch(/last checkpoint/);
    // and again: it does not come back
    const again = trainer.iterations().next();
    await expect(again).rejects.toThrow(/Worker 1 ended/);
    await expect(again).rejects.toThrow(reason);
    await trainer.close();
  });
});

describe('an environment module that cannot be had', () => {
  const nowhere = { module: 'file:///nowhere/task.mjs', export: 'task' };

  test('is missing', async () => {
    const made = createTrainer({ ...SMALL, environment: nowhere });
    await expect(made).rejects.toThrow(EnvironmentError);
    await expect(made).rejects.toThrow(/file:\/\/\/nowhere\/task\.mjs cannot be loaded.*absolute URL/s);
  });

  test('does not export the name, or no function', async () => {
    for (const name of ['cartpole', 'notAFunction']) {
      const made = createTrainer({ ...SMALL, environment: task(name) });
      await expect(made).rejects.toThrow(EnvironmentError);
      await expect(made).rejects.toThrow(
        new RegExp(
          `tasks\\.mjs exports no function or class "${name}".*; it exports .*cartPole \\(function\\), `,
        ),
      );
    }
  });

  test('can be had on the calling thread but not in a worker', async () => {
    const elsewhere = new URL('./fixtures/onlyOnMainThread.mjs', import.meta.url).href;
    const cases: [TrainerOptions['environment'], RegExp][] = [
      [
        { module: elsewhere, export: 'cartPole' },
        /onlyOnMainThread\.mjs cannot be loaded: no licence.*\(in worker 1\)/s,
      ],
      [task('nothingInWorkers'), /Robot is not an environment: its observationSpace.*\(in worker 1\)/],
    ];
    for (const [environment, message] of cases) {
      const trainer = await Trainer.create(threadedRuntime(), { ...SMALL, environment, threads: 2 });
      const { error, iterations } = await failureOf(trainer);
      expect(iterations).toBe(0);
      expect(error).toBeInstanceOf(EnvironmentError);
      expect((error as Error).message).toMatch(message);
      await trainer.close();
    }
  });
});

describe('a function instead of a module', () => {
  const warningsOf = async (request: Partial<TrainerOptions>) => {
    const warnings: string[] = [];
    const environment = () => scriptedEnvironment();
    const onWarning = (message: string) => warnings.push(message);
    await train({ ...SMALL, timesteps: 256, environment, onWarning, ...request });
    return warnings;
  };

  test('is named as what keeps environments on one thread', async () => {
    expect(await warningsOf({ threads: 3 })).toEqual([
      expect.stringMatching(/function stay on the calling thread.*3 threads.*\{ module: .*export: /),
    ]);
  });

  test('is named when a run goes on as well', async () => {
    const runDirectory = folder.path('run');
    const environment = () => scriptedEnvironment();
    await train({ ...SMALL, timesteps: 256, environment, threads: 1, runDirectory });
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    await resume({ runDirectory, environment, threads: 2, onWarning });
    expect(warnings).toContainEqual(expect.stringMatching(/function stay on the calling thread.*2 threads/));
  });

  test('is not, where it costs nothing', async () => {
    expect(await warningsOf({ threads: 1 })).toEqual([]);
    expect(await warningsOf({ threads: 3, environments: 1 })).toEqual([]);
    expect(await warningsOf({ threads: 3, environment: task('cartPole') })).toEqual([]);
    expect(await warningsOf({ threads: 3, environment: 'CartPole-v1' })).toEqual([]);
  });
});

describe('closing', () => {
  test('twice, before any iteration, and in the middle of one', async () => {
    const unbegun = await createTrainer({ ...SMALL, environment: 'CartPole-v1', threads: 3 });
    await unbegun.close();
    await unbegun.close();
    const trainer = await createTrainer({
      ...SMALL,
      environment: task('cartPoleBehindPromises'),
      threads: 3,
    });
    const iteration = trainer.iterations().next();
    const failure = expect(iteration).rejects.toThrow(PlatformError);
    await trainer.close();
    await failure;
    await expect(iteration).rejects.toThrow(/was ended by close\(\).*wait for it before closing/);
    await expect(trainer.iterations().next()).rejects.toThrow(/ended by close\(\).*make a new trainer/);
  });
});
