import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LoggedRun, ProgressRow } from '../../src/logging/sink.js';
import { resume, TensorBoardSink, TerminalSink, train } from '../../src/node.js';

let folder: string;
let shown = '';
const terminal = {
  write: (text: string) => {
    shown += text;
  },
  isTerminal: false,
};
const request = { environment: 'CartPole-v1', timesteps: 2048, threads: 1 } as const;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinks-'));
  shown = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    shown += text;
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

test('verbose reports on standard output, when resumed too; without it nothing is reported', async () => {
  const runDirectory = join(folder, 'run');
  await train({ ...request, runDirectory });
  expect(shown).toBe('');
  await resume({ runDirectory, timesteps: 4096, threads: 1, verbose: true });
  expect(shown).toMatch(`TRPO on CartPole-v1, seed 0, into ${runDirectory}\n`);
  expect(shown).toMatch(/^ +3,072 +75% /m);
  expect(shown).toMatch(/^4,096 steps in /m);
});

test('every sink is told of the run once, before its first row', async () => {
  const told: (LoggedRun | ProgressRow)[] = [];
  const sink = { begin: (run: LoggedRun) => told.push(run), write: (row: ProgressRow) => told.push(row) };
  await train({ ...request, seed: 5, sinks: [sink as never] });
  expect(told[0]).toEqual({
    environmentName: 'CartPole-v1',
    algorithm: 'trpo',
    seed: 5,
    totalTimesteps: 2048,
    runDirectory: undefined,
  });
  expect(told.slice(1).map((row) => (row as ProgressRow)['time/iterations'])).toEqual([1, 2]);
});

test('new TerminalSink() and new TensorBoardSink(folder) work as they stand', async () => {
  const board = join(folder, 'board', 'of', 'today');
  await train({ ...request, sinks: [new TerminalSink(), new TensorBoardSink(board)] });
  expect(await readdir(board)).toEqual([expect.stringMatching(/^events\.out\.tfevents\./)]);
  expect(shown).toMatch(/TRPO on CartPole-v1, seed 0\n/);
});

test('rows of a loop of the user are shown without a title, a share done and a time left', () => {
  const sink = new TerminalSink(terminal);
  for (const steps of [1024, 2048]) sink.write({ 'time/total_timesteps': steps, 'rollout/ep_rew_mean': 20 });
  sink.close();
  expect(shown).toMatch(/^ +steps/);
  expect(shown).toMatch(/^ +1,024 +- +- +- +20\.00/m);
  expect(shown).toMatch(/^2,048 steps in /m);
});
