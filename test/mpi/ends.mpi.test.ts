import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { startCli, temporaryFolder } from '../support/cli.js';
import { describeWithMpi } from './describeWithMpi.js';
import { CLI, type Ended, FIXTURES, type Mpi, pidsOf, runs, start, trpo, WITH_PID } from './mpi.js';

const folder = temporaryFolder();
const NETWORKS = ['--set', 'hiddenSizes=8', '--set', 'valueHiddenSizes=8', '--set', 'valueEpochs=2'];
const ITERATIONS = 30;
const SHAPE = ['--environments', '5', '--steps', '32', '--timesteps', String(5 * 32 * ITERATIONS)];
const RANKS = ['--mpi', '--threads', '1'];
const SLOW = [`${FIXTURES}tasks.mjs#slow`, ...SHAPE, ...NETWORKS];
/** All processes are gone by then. */
const END_MS = 10_000;

let number = 0;
/** A folder for one run, where its ranks leave their process numbers. */
function freshFolder(mpi: Mpi) {
  const name = `${mpi.name}-${number++}`;
  mkdirSync(folder.path(name));
  return folder.path(name);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(20);
}

const rowsIn = (path: string) =>
  existsSync(`${path}/run/progress.jsonl`)
    ? readFileSync(`${path}/run/progress.jsonl`, 'utf8').trimEnd().split('\n').length
    : 0;

/** Starts the slow run on 3 ranks, does something to it once it has `rows` rows, and waits for its end. */
async function disturb(mpi: Mpi, rows: number, disturbance: (launcher: number, pids: number[]) => void) {
  const path = freshFolder(mpi);
  const command = [...WITH_PID, CLI, 'train', ...SLOW, ...RANKS, '--run-directory', 'run'];
  const { child, ended } = start(mpi, 3, command, path);
  await until(() => rowsIn(path) >= rows || child.exitCode !== null);
  const pids = pidsOf(path);
  expect(pids).toHaveLength(3);
  disturbance(child.pid!, pids);
  await expectAllEnd(pids);
  return { ...(await ended), path };
}

async function expectAllEnd(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + END_MS;
  await until(() => !pids.some(runs) || performance.now() > deadline);
  expect(pids.filter(runs)).toEqual([]);
}

/** The run goes on with another number of ranks, and ends with the bits of one that nothing happened to. */
async function expectGoesOn(mpi: Mpi, path: string, ranks: number): Promise<void> {
  const resumed = await trpo(mpi, ranks, ['train', '--resume', 'run', ...RANKS, '--quiet'], path);
  expect(resumed).toMatchObject({ code: 0 });
  for (const name of ['policy', 'checkpoint']) {
    const bytes = (run: string) => new Uint8Array(readFileSync(`${run}/${name}.safetensors`));
    expect(bytes(`${path}/run`), name).toEqual(bytes(folder.path('whole')));
  }
}

beforeAll(async () => {
  const args = ['train', ...SLOW, '--reproducible', '--quiet', '--threads', '2', '--run-directory', 'whole'];
  expect(await startCli(args, folder.path())).toMatchObject({ code: 0 });
});

describeWithMpi((mpi) => {
  describe('all processes end, and the run goes on', () => {
    test('when the user presses Ctrl-C', async () => {
      const { stdout, path } = await disturb(mpi, 3, (launcher) => process.kill(launcher, 'SIGINT'));
      // Open MPI passes no output on once it was interrupted
      if (mpi.name === 'mpich') {
        expect(stdout).toMatch(/stopped after \d+ iterations; go on with: trpo train --resume run/);
      }
      expect(readdirSync(`${path}/run`)).not.toContain('run.lock');
      await expectGoesOn(mpi, path, 2);
    });

    test('when the launcher is asked to end', async () => {
      const { path } = await disturb(mpi, 3, (launcher) => process.kill(launcher, 'SIGTERM'));
      await expectGoesOn(mpi, path, 4);
    });

    test('when one rank is asked to end: the others agree', async () => {
      const { code, stdout, path } = await disturb(mpi, 3, (_, pids) => process.kill(pids[1], 'SIGTERM'));
      expect(code).toBe(0);
      expect(stdout).toContain('stopped after');
      await expectGoesOn(mpi, path, 1);
    });

    test.each([0, 2])('when rank %i is killed', async (rank) => {
      const { code, signal, path } = await disturb(mpi, 3, (_, pids) => process.kill(pids[rank], 'SIGKILL'));
      expect({ code, signal }).not.toEqual({ code: 0, signal: null });
      await expectGoesOn(mpi, path, 2);
    });

    test.each([0, 7])('when a rank leaves with exit code %i', async (exitCode) => {
      const path = freshFolder(mpi);
      const args = [`${FIXTURES}tasks.mjs#exiting`, ...SHAPE, ...NETWORKS, ...RANKS, '--quiet'];
      const variables = { EXIT_CODE: String(exitCode) };
      const { code } = await start(mpi, 3, [...WITH_PID, CLI, 'train', ...args], path, variables).ended;
      expect(code).not.toBe(0);
      await expectAllEnd(pidsOf(path));
    });
  });

  describe('rank 0 tells the failure', () => {
    const tellsOnce = ({ code, stderr }: Ended, pattern: RegExp) => {
      expect(code).not.toBe(0);
      const told = stderr.split('\n').filter((line) => line.startsWith('trpo: '));
      expect(told.filter((line) => pattern.test(line))).toHaveLength(1);
    };

    test('of an environment on another rank, with its rank, environment and step', async () => {
      const path = freshFolder(mpi);
      const args = [`${FIXTURES}tasks.mjs#failing`, ...SHAPE, ...NETWORKS, ...RANKS, '--quiet'];
      const ended = await trpo(mpi, 3, ['train', ...args, '--run-directory', 'run'], path);
      tellsOnce(ended, /\(environment 4, step 29\).*motor on fire.*\(on rank 2 of 3, host .+\)$/);
      const row = JSON.parse(
        readFileSync(`${path}/run/progress.jsonl`, 'utf8').trimEnd().split('\n').at(-1)!,
      );
      expect(row['health/stopped_by']).toContain('on rank 2 of 3');
      expect(readdirSync(`${path}/run`)).not.toContain('run.lock');
    });

    test('of a module that one machine has not', async () => {
      const path = freshFolder(mpi);
      const args = ['./missing.mjs', ...RANKS, '--environments', '3', '--quiet'];
      tellsOnce(await trpo(mpi, 3, ['train', ...args], path), /missing\.mjs does not exist/);
    });

    test('of a run folder that has a run', async () => {
      const path = freshFolder(mpi);
      const args = ['train', 'CartPole-v1', ...SHAPE, ...NETWORKS, ...RANKS, '--quiet'];
      const there = ['--run-directory', folder.path('whole')];
      tellsOnce(await trpo(mpi, 3, [...args, ...there], path), /holds a run already/);
    });

    test.skipIf(!existsSync('/usr/bin/prlimit'))('of a disk that is full', async () => {
      const ended = await disturb(mpi, 3, (_, pids) => {
        // no file of rank 0 may grow from now on
        execFileSync('prlimit', ['--pid', String(pids[0]), '--fsize=1']);
      });
      tellsOnce(ended, /cannot (write|append to|replace) .*run\/\w+.*(too large|limit)/);
      await expectGoesOn(mpi, ended.path, 2);
    });
  });
});
