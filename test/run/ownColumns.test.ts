import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { OptionError } from '../../src/errors.js';
import { diagnose } from '../../src/health/diagnosis.js';
import { reportHtml } from '../../src/health/report.js';
import { isOfUser, OUR_GROUPS, type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { readTensorBoardRows } from '../../src/logging/tensorBoardReader.js';
import { evaluate, makeEnvironment, nodePlatform, resume, TensorBoardSink, train } from '../../src/node.js';
import { RunDirectory } from '../../src/run/runDirectory.js';
import { searchKey } from '../../src/training/policySearch.js';
import type { Training } from '../../src/training/training.js';
import { startCli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const REQUEST = {
  ...{ environment: 'CartPole-v1', environments: 2, steps: 32, timesteps: 256, threads: 1 },
  ...{ hiddenSizes: [4], valueHiddenSizes: [4], valueEpochs: 1 },
} as const;

const rowsIn = async (path: string) => (await RunDirectory.open(nodePlatform, path)).readRows();

describe('columns of an evaluation in every second iteration', () => {
  const run = () => folder.path('run');
  const written: ProgressRow[] = [];
  const told: ProgressRow[] = [];
  const expected: (number | null | undefined)[] = [];
  const request = {
    sinks: [{ write: (row: ProgressRow) => void written.push(row) }],
    onIteration: ({ row }: { readonly row: ProgressRow }) => void told.push(row),
    columns: async ({ iteration }: { readonly iteration: number }, { policy }: Training) => {
      if (iteration === 3) expected.push(undefined);
      if (iteration === 3) return undefined;
      const isDue = iteration % 2 === 0;
      const { meanReturn } = await evaluate(policy, makeEnvironment('CartPole-v1'), { episodes: 2 });
      expected.push(isDue ? meanReturn : null);
      return { 'eval/return': expected.at(-1)!, loss: iteration / 4 };
    },
  };

  beforeAll(async () => {
    const board = new TensorBoardSink(folder.path('board'));
    await train({ ...REQUEST, ...request, sinks: [...request.sinks, board], runDirectory: run() });
    await resume({ runDirectory: run(), ...request, timesteps: 384 });
  });

  test('are in the rows of sinks, of onIteration and of the file, resumed runs included', async () => {
    expect(expected).toHaveLength(6);
    expect(expected.filter((value) => typeof value === 'number')).toHaveLength(3);
    for (const rows of [written, told, await rowsIn(run())]) {
      expect(rows.map((row) => row['eval/return'])).toEqual(expected);
      expect(rows.map((row) => row.loss)).toEqual([0.25, 0.5, undefined, 1, 1.25, 1.5]);
    }
  });

  test('are read by doctor, TensorBoard and plot', async () => {
    const rows = await rowsIn(run());
    expect(reportHtml({ title: 'run', options: 'ours' }, rows, diagnose(rows))).toContain('6 updates');
    const [events] = readdirSync(folder.path('board'));
    const board = readFileSync(folder.path('board', events));
    const scalars = readTensorBoardRows(board, 'board').map((row) => row.loss ?? null);
    expect(scalars).toEqual([0.25, 0.5, null, 1]);
    const plotted = await startCli(['plot', 'run', '--key', 'eval/return'], folder.path());
    expect(plotted).toMatchObject({ code: 0, stdout: 'wrote curve.svg\n' });
  });
});

describe('columns that no log can hold are refused, and nothing is logged', () => {
  const columnsOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`own ${i}`, i]));

  test.each<[string, unknown, RegExp]>([
    [
      'a name of ours',
      { [progressKey.meanReturn]: 1 },
      /"rollout\/ep_rew_mean".*such as "eval\/ep_rew_mean"/,
    ],
    ['a name that may be ours', { 'info/success': 1 }, /"info\/success": names that begin with time\//],
    ['no name', { ' ': 1 }, /gave the name " "/],
    ['a name of two lines', { 'a\nb': 1 }, /gave the name "a\\nb"/],
    ['a long name', { ['x'.repeat(101)]: 1 }, /1 to 100 characters/],
    ['NaN', { loss: Number.NaN }, /gave "loss" the value NaN; it must be a finite number/],
    ['a text', { loss: '1' }, /gave "loss" the value of type string/],
    ['too many', columnsOf(201), /gave "own 200" after 200 other names/],
    ['an array', [1], /returned an array; return an object of numbers by name/],
    ['a number', 5, /returned a number/],
    ['null', null, /returned null/],
  ])('%s', async (_, columns, message) => {
    const written: ProgressRow[] = [];
    const run = train({
      ...{ ...REQUEST, timesteps: 64, columns: () => columns as never },
      sinks: [{ write: (row) => void written.push(row) }],
    });
    await expect(run).rejects.toThrow(OptionError);
    await expect(run).rejects.toThrow(message);
    expect(written).toEqual([]);
  });

  test('all columns of ours are in the groups that are kept for them', () => {
    for (const key of [
      ...Object.values(progressKey),
      ...Object.values(searchKey),
      ...['train/inactive_units_1', 'train/inactive_filters_1'],
    ]) {
      expect(isOfUser(key), key).toBe(false);
    }
    expect(OUR_GROUPS.map((group) => isOfUser(`${group}x`)).filter(Boolean)).toHaveLength(1);
    expect(['info/success', 'eval/return', 'loss'].map(isOfUser)).toEqual([true, true, true]);
  });
});
