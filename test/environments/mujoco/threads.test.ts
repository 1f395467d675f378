import { beforeAll, describe, expect, it } from 'vitest';
import { Trainer } from '../../../src/training/trainer.js';
import { type RunResult, runToEnd } from '../../support/runs.js';
import { testRuntime, threadedRuntime } from '../../support/runtime.js';

const shape = { environments: 4, steps: 60, timesteps: 4 * 60 * 3, valueEpochs: 2 };

describe('an instance of MuJoCo in each thread', () => {
  // what Ant carries from step to step is more than MuJoCo's state
  const options = { ...shape, environment: 'Ant-v5' };
  let expected: RunResult;
  beforeAll(async () => {
    expected = await runToEnd(await Trainer.create(testRuntime(), { ...options, threads: 1 }));
  });

  it.each([2, 3])('gives the same bits in %i threads as in one', async (threads) => {
    const result = await runToEnd(await Trainer.create(threadedRuntime(), { ...options, threads }));
    expect(result).toEqual(expected);
  });

  it('goes on from a checkpoint with another number of threads, to the same bits', async () => {
    const whole = await Trainer.create(threadedRuntime(), { ...options, threads: 2 });
    let checkpoint: Uint8Array | undefined;
    for await (const { iteration } of whole.iterations()) {
      if (iteration === 1) checkpoint = whole.encodeCheckpoint();
    }
    await whole.close();
    const resumed = await Trainer.create(threadedRuntime(), { ...options, threads: 3 });
    await resumed.restoreCheckpoint(checkpoint!, 'checkpoint');
    const { policy, checkpoint: end } = await runToEnd(resumed);
    expect(policy).toEqual(expected.policy);
    expect(end).toEqual(expected.checkpoint);
  });
});
