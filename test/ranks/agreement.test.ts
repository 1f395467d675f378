import { describe, expect, test } from 'vitest';
import { EnvironmentError, PlatformError } from '../../src/errors.js';
import { exchange, fromFirst, isTold, Stopped, tell } from '../../src/ranks/agreement.js';
import type { Ranks } from '../../src/ranks/ranks.js';
import { inProcessRanks } from '../support/ranks.js';

function onEach<Result>(size: number, work: (ranks: Ranks) => Promise<Result>) {
  return Promise.allSettled(inProcessRanks(size).map(work));
}

const reasons = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((one) => (one as PromiseRejectedResult).reason);

describe('an exchange', () => {
  test('gives every rank what all of them made, in order of rank', async () => {
    const settled = await onEach(3, (ranks) => exchange(ranks, () => ranks.rank * 10));
    for (const one of settled) expect(one).toEqual({ status: 'fulfilled', value: [0, 10, 20] });
  });

  test('throws the failure of one rank on all of them, with its rank and class', async () => {
    const errors = reasons(
      await onEach(3, (ranks) =>
        exchange(ranks, () => {
          if (ranks.rank === 1) throw new EnvironmentError('CartPole-v1 (environment 5, step 7): fell');
          if (ranks.rank === 2) throw new Stopped();
        }),
      ),
    );
    for (const error of errors) expect(error).toBeInstanceOf(EnvironmentError);
    expect(errors[0].message).toBe('CartPole-v1 (environment 5, step 7): fell (on rank 1 of 3, host host1)');
    // with the stack that it had
    expect(errors[1].message).toBe('CartPole-v1 (environment 5, step 7): fell');
    expect(errors.every(isTold)).toBe(true);
  });

  test('tells an error that is none of ours as one of the platform', async () => {
    const [error] = reasons(
      await onEach(2, (ranks) =>
        exchange(ranks, () => {
          if (ranks.rank === 1) throw new TypeError('x is undefined');
        }),
      ),
    );
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toBe('x is undefined (on rank 1 of 2, host host1)');
  });

  test('stops all where one is to stop', async () => {
    const errors = reasons(
      await onEach(2, (ranks) =>
        exchange(ranks, () => {
          if (ranks.rank === 1) throw new Stopped();
        }),
      ),
    );
    for (const error of errors) expect(error).toBeInstanceOf(Stopped);
  });
});

describe('what rank 0 does for all', () => {
  test('is done once', async () => {
    let calls = 0;
    const settled = await onEach(3, (ranks) => fromFirst(ranks, () => ++calls));
    expect(calls).toBe(1);
    for (const one of settled) expect(one).toEqual({ status: 'fulfilled', value: 1 });
  });

  test('fails on all', async () => {
    const errors = reasons(
      await onEach(2, (ranks) => fromFirst(ranks, () => Promise.reject(new PlatformError('no')))),
    );
    expect(errors.map(({ name }) => name)).toEqual(['PlatformError', 'PlatformError']);
  });
});

test('a failure beside the common work is told at the next exchange, and only once', async () => {
  const errors = reasons(
    await onEach(2, async (ranks) => {
      if (ranks.rank === 1) return exchange(ranks, () => 1);
      const error = new PlatformError('the disk is full');
      await tell(ranks, error);
      await tell(ranks, error);
      throw error;
    }),
  );
  expect(errors[1].message).toBe('the disk is full (on rank 0 of 2, host host0)');
});
