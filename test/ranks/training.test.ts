import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MismatchError, type TrpoError } from '../../src/errors.js';
import { nodePlatform, resume, type TrainResult, train } from '../../src/node.js';
import type { Ranks } from '../../src/ranks/ranks.js';
import type { TrainRequest } from '../../src/run/requests.js';
import { temporaryFolder } from '../support/cli.js';
import { inProcessRanks } from '../support/ranks.js';
import { withoutTimes } from '../support/runs.js';
import { task } from './fixtures/tasks.js';

const folder = temporaryFolder();
const ITERATIONS = 6;
const RUN = {
  environment: 'CartPole-v1',
  environments: 5,
  steps: 32,
  timesteps: 5 * 32 * ITERATIONS,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 2,
  threads: 1,
} as const satisfies TrainRequest;

type Settled = readonly PromiseSettledResult<TrainResult>[];

function onRanks(size: number, run: (ranks: Ranks) => Promise<TrainResult>): Promise<Settled> {
  return Promise.allSettled(inProcessRanks(size).map(run));
}

function resultsOf(settled: Settled): TrainResult[] {
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

function errorsOf(settled: Settled): TrpoError[] {
  return settled.map((one) => {
    expect(one.status).toBe('rejected');
    return (one as PromiseRejectedResult).reason;
  });
}

const bytesOf = (run: string, name: string) =>
  new Uint8Array(readFileSync(folder.path(run, `${name}.safetensors`)));
const rowsOf = (run: string) =>
  readFileSync(folder.path(run, 'progress.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => withoutTimes(JSON.parse(line)));

/** Each rank has a folder of its own, as on machines that share none. */
const placeOf = (name: string, { rank }: Ranks) => folder.path(rank === 0 ? name : `${name}-of-rank-${rank}`);

async function whole(name: string, more: Partial<TrainRequest> = {}): Promise<void> {
  await train({ ...RUN, ...more, reproducible: true, runDirectory: folder.path(name) });
}

function expectSameRun(actual: string, expected: string): void {
  expect(rowsOf(actual)).toEqual(rowsOf(expected));
  expect(bytesOf(actual, 'policy')).toEqual(bytesOf(expected, 'policy'));
  expect(bytesOf(actual, 'checkpoint')).toEqual(bytesOf(expected, 'checkpoint'));
}

describe('a run on ranks', () => {
  test('leaves the files of one process, on rank 0 alone, which alone is told of it', async () => {
    await whole('one');
    const told: number[] = [];
    const results = resultsOf(
      await onRanks(3, (ranks) =>
        train({
          ...RUN,
          ranks,
          runDirectory: placeOf('three', ranks),
          sinks: [{ write: () => void told.push(ranks.rank) }],
          onStart: () => void told.push(ranks.rank),
          onIteration: () => void told.push(ranks.rank),
        }),
      ),
    );
    expect(results.map(({ finished }) => finished)).toEqual([true, true, true]);
    expectSameRun('three', 'one');
    expect(told).toEqual(new Array(2 * ITERATIONS + 1).fill(0));
    expect(existsSync(folder.path('three-of-rank-1'))).toBe(false);
  });

  test.each([
    [2, 3],
    [3, 1],
    [1, 4],
  ])('that %i ranks began goes on with %i to the same bytes', async (before, after) => {
    const name = `resumed-${before}-${after}`;
    if (!existsSync(folder.path('one'))) await whole('one');
    const stopped = resultsOf(
      await onRanks(before, (ranks) => {
        const controller = new AbortController();
        return train({
          ...RUN,
          ranks,
          runDirectory: placeOf(name, ranks),
          signal: controller.signal,
          // only rank 0 is told
          onIteration: ({ iteration }) => iteration === 3 && controller.abort(),
        } as TrainRequest & typeof RUN);
      }),
    );
    expect(stopped.map(({ trainer }) => trainer.iterationCount)).toEqual(new Array(before).fill(3));
    resultsOf(
      await onRanks(after, (ranks) => resume({ runDirectory: placeOf(name, ranks), threads: 1, ranks })),
    );
    expectSameRun(name, 'one');
  });

  test('starts from a policy that only rank 0 has', async () => {
    await whole('start');
    const initialPolicy = folder.path('start');
    await whole('started', { initialPolicy, seed: 7 });
    resultsOf(
      await onRanks(2, (ranks) => {
        const policy = ranks.rank === 0 ? initialPolicy : folder.path('nowhere');
        return train({
          ...RUN,
          ranks,
          initialPolicy: policy,
          seed: 7,
          runDirectory: placeOf('started-2', ranks),
        });
      }),
    );
    expectSameRun('started-2', 'started');
  });

  test('warns, once, where threads have no environment', async () => {
    const warnings: string[] = [];
    resultsOf(
      await onRanks(2, (ranks) =>
        train({
          ...RUN,
          environments: 2,
          ranks,
          threads: undefined,
          onWarning: (text) => warnings.push(text),
        }),
      ),
    );
    const { availableThreads } = nodePlatform.threading!;
    const expected = `environments = 2 on 2 ranks of ${availableThreads} threads: only 2 threads step one; ${2 * availableThreads} would keep all of them busy, with other results`;
    expect(warnings).toEqual(availableThreads > 1 ? [expected] : []);
  });
});

describe('all ranks stop', () => {
  test('where one is asked to, after the same iteration', async () => {
    const controllers = [0, 1, 2].map(() => new AbortController());
    const results = resultsOf(
      await onRanks(3, (ranks) =>
        train({
          ...RUN,
          ranks,
          signal: controllers[ranks.rank].signal,
          onIteration: ({ iteration }) => iteration === 2 && controllers[2].abort(),
        } as TrainRequest & typeof RUN),
      ),
    );
    expect(results.map(({ trainer, finished }) => [trainer.iterationCount, finished])).toEqual(
      new Array(3).fill([2, false]),
    );
  });

  test('with the failure of an environment, its place and rank; the row of the run says so', async () => {
    const errors = errorsOf(
      await onRanks(3, (ranks) =>
        train({
          ...RUN,
          environment: { ...task('failsAt77'), options: { isSpoilt: ranks.rank === 2 } },
          ranks,
          runDirectory: placeOf('failing', ranks),
        }),
      ),
    );
    const said = /^custom \(environment 4, step 77\) .*motor on fire.*\(on rank 2 of 3, host host2\)$/;
    expect(errors[0].message).toMatch(said);
    expect(errors[1].message).toMatch(said);
    for (const { name } of errors) expect(name).toBe('EnvironmentError');
    expect(rowsOf('failing').at(-1)!['health/stopped_by']).toBe(`EnvironmentError: ${errors[0].message}`);
    expect(existsSync(folder.path('failing', 'run.lock'))).toBe(false);
  });

  test('where rank 0 cannot tell what it made', async () => {
    const errors = errorsOf(
      await onRanks(3, (ranks) =>
        train({
          ...RUN,
          ranks,
          onIteration({ iteration }) {
            if (iteration === ITERATIONS) throw new Error('the database is gone');
          },
        }),
      ),
    );
    expect(errors[0].message).toBe('the database is gone');
    expect(errors[2].message).toBe('the database is gone (on rank 0 of 3, host host0)');
  });

  test('where rank 0 cannot write the folder', async () => {
    mkdirSync(folder.path('taken'));
    await whole('taken/run');
    const errors = errorsOf(
      await onRanks(2, (ranks) => train({ ...RUN, ranks, runDirectory: folder.path('taken/run') })),
    );
    for (const { name, message } of errors) {
      expect(name).toBe('FileError');
      expect(message).toContain('holds a run already');
    }
  });

  test('where the parameters of one differ', async () => {
    const { trainer } = await train({ ...RUN, seed: 9, steps: 8, timesteps: 40 });
    const other = trainer.encodePolicy();
    const { trainer: third } = await train({ ...RUN, seed: 10, steps: 8, timesteps: 40 });
    const policies = [other, third.encodePolicy(), other];
    const errors = errorsOf(
      await onRanks(3, (ranks) => train({ ...RUN, ranks, initialPolicy: policies[ranks.rank] })),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(MismatchError);
      expect(error.message).toMatch(/checksum is \w{8} on ranks 0, 2, \w{8} on rank 1;/);
    }
  });

  test('before they begin, where their requests differ', async () => {
    const errors = errorsOf(
      await onRanks(3, (ranks) => train({ ...RUN, ranks, gamma: ranks.rank === 2 ? 0.9 : 0.99 })),
    );
    for (const { message } of errors) {
      expect(message).toMatch(
        /^The ranks are to train different things: gamma is 0.99 on rank 0, 0.9 on rank 2;/,
      );
    }
  });

  test('before they begin, where one cannot make its environments', async () => {
    const errors = errorsOf(
      await onRanks(2, (ranks) =>
        train({
          ...RUN,
          ranks,
          environment: ranks.rank === 1 ? 'CartPole-v7' : 'CartPole-v1',
        } as TrainRequest & typeof RUN),
      ),
    );
    for (const { name, message } of errors) {
      expect(name).toBe('EnvironmentError');
      expect(message).toContain('CartPole-v7');
    }
  });
});

describe('refused on ranks, with the reason', () => {
  test.each<[string, Partial<TrainRequest>, RegExp]>([
    ['a vine', { sampling: 'vine' }, /branches of a vine are not gathered/],
    [
      'a search',
      { algorithm: 'cem', environments: undefined, steps: undefined },
      /played one after the other/,
    ],
    ['a function', { environment: () => undefined as never }, /each of 3 ranks would call its own/],
    ['fewer environments than ranks', { environments: 2 }, /environments = 2 on 3 ranks.*--environments 3/],
    ['threads without an environment', { threads: 2 }, /rank 2 has 1 for 2 threads; give --environments 6/],
  ])('%s', async (_, given, pattern) => {
    const { environment, timesteps, threads } = RUN;
    const base = given.algorithm === 'cem' ? { environment, timesteps, threads } : RUN;
    const errors = errorsOf(
      await onRanks(3, (ranks) => train({ ...base, ...given, ranks } as TrainRequest & typeof RUN)),
    );
    for (const { message } of errors) expect(message).toMatch(pattern);
  });
});
