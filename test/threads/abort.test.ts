import { afterEach, describe, expect, test } from 'vitest';
import { createTrainer } from '../../src/node.js';
import { runToEnd, withoutTimes } from '../support/runs.js';
import { task } from './fixtures/tasks.js';

const OPTIONS = {
  environmentName: 'CartPole-v1',
  environments: 4,
  steps: 64,
  timesteps: 4 * 64 * 4,
  valueEpochs: 2,
  reproducible: true,
};
/** Steps that the calling thread's environments make in one batch of two threads. */
const STEPS_A_BATCH = 2 * OPTIONS.steps;

const watcher = globalThis as { onTaskStep?: () => void };

afterEach(() => {
  delete watcher.onTaskStep;
});

describe.each(['watchedCartPole', 'watchedCartPoleBehindPromises'])(
  'a run of %s in two threads that is aborted in the middle of a batch',
  (name) => {
    // the first batch has nothing to go back to; the others have
    test.each([0, 2])('number %i stops cleanly, and goes on to the same bits', async (batch) => {
      const expected = await runToEnd(
        await createTrainer({ ...OPTIONS, environment: 'CartPole-v1', threads: 1 }),
      );
      const trainer = await createTrainer({ ...OPTIONS, environment: task(name), threads: 2 });
      const controller = new AbortController();
      let steps = 0;
      watcher.onTaskStep = () => {
        if (++steps === batch * STEPS_A_BATCH + 41) controller.abort();
      };
      const rows: unknown[] = [];
      for await (const { row } of trainer.iterations(controller.signal)) rows.push(withoutTimes(row));
      expect(rows).toEqual(expected.rows.slice(0, batch));
      // it ended at once, not after the batch
      expect(steps).toBeLessThan(batch * STEPS_A_BATCH + 44);
      expect(trainer.iterationCount).toBe(batch);

      const middle = trainer.encodeCheckpoint();
      for await (const { row } of trainer.iterations()) rows.push(withoutTimes(row));
      expect(rows).toEqual(expected.rows);
      expect(trainer.encodeCheckpoint()).toEqual(expected.checkpoint);
      await trainer.close();

      const resumed = await createTrainer({ ...OPTIONS, environment: task(name), threads: 3 });
      await resumed.restoreCheckpoint(middle, 'checkpoint');
      expect((await runToEnd(resumed)).checkpoint).toEqual(expected.checkpoint);
    });
  },
);

test('a signal that was aborted before starts nothing', async () => {
  const trainer = await createTrainer({ ...OPTIONS, environment: 'CartPole-v1', threads: 2 });
  for await (const _ of trainer.iterations(AbortSignal.abort())) expect.unreachable();
  expect(trainer.iterationCount).toBe(0);
  await trainer.close();
});

test('a worker that waits for an answer does not hold up an abort', async () => {
  const trainer = await createTrainer({ ...OPTIONS, environment: task('silentInWorkers'), threads: 2 });
  const controller = new AbortController();
  for await (const _ of trainer.iterations(controller.signal)) setTimeout(() => controller.abort(), 200);
  // the second batch, in which an answer never comes, was given up
  expect(trainer.iterationCount).toBe(1);
  await trainer.close();
});

describe('a worker that waits for an environment to take its state back', () => {
  test('does not hold up an abort of a resumed run', async () => {
    const begun = await createTrainer({ ...OPTIONS, environment: task('cartPoleVector'), threads: 2 });
    for await (const _ of begun.iterations()) break;
    const checkpoint = begun.encodeCheckpoint();
    await begun.close();
    const environment = task('silentRestoreInWorkers');
    const resumed = await createTrainer({ ...OPTIONS, environment, threads: 2 });
    await resumed.restoreCheckpoint(checkpoint, 'checkpoint', AbortSignal.timeout(200));
    expect(resumed.encodeCheckpoint()).toEqual(checkpoint);
    await resumed.close();
  });

  test('does not hold up an abort of a run that goes on after one', async () => {
    const environment = task('silentRestoreInWorkers');
    const trainer = await createTrainer({ ...OPTIONS, environment, threads: 2 });
    const batch = new AbortController();
    let steps = 0;
    watcher.onTaskStep = () => {
      if (++steps === STEPS_A_BATCH + 41) batch.abort();
    };
    let after: Uint8Array | undefined;
    for await (const _ of trainer.iterations(batch.signal)) after = trainer.encodeCheckpoint();
    expect(trainer.iterationCount).toBe(1);
    // the batch that was given up is gone back from first
    for await (const _ of trainer.iterations(AbortSignal.timeout(200))) expect.unreachable();
    expect(trainer.encodeCheckpoint()).toEqual(after);
    await trainer.close();
  });
});
