import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { PYTHON } from '../gymnasium/python.js';
import { startCli, temporaryFolder } from '../support/cli.js';
import { withoutTimes } from '../support/runs.js';
import { describeWithMpi } from './describeWithMpi.js';
import { FIXTURES, trpo } from './mpi.js';

const folder = temporaryFolder();

/** What train is given, but for the number of threads. */
const RUNS = {
  'CartPole-v1 in 9 environments': [
    ...['CartPole-v1', '--environments', '9', '--steps', '64', '--timesteps', String(9 * 64 * 4)],
  ],
  'a robot': ['Hopper-v5', '--environments', '3', '--steps', '48', '--timesteps', String(3 * 48 * 3)],
  'a guard': [
    ...['CartPole-v1', '--environments', '8', '--steps', '64', '--timesteps', String(8 * 64 * 6), '--guard'],
    ...['--algorithm', 'vpg', '--set', 'learningRate=100', '--set', 'guardEpisodes=2'],
  ],
  'a game from pixels': ['Rally-v0', '--environments', '3', '--steps', '16', '--timesteps', '96'],
  'a module': [
    ...[`${FIXTURES}tasks.mjs#slow`, '--environments', '4', '--steps', '16', '--timesteps', '128'],
  ],
} satisfies Record<string, readonly string[]>;

type Name = keyof typeof RUNS;

/** Ranks and threads of each. */
const SIZES: Readonly<Record<Name, readonly (readonly [number, number])[]>> = {
  'CartPole-v1 in 9 environments': [
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
    [3, 1],
    [3, 2],
    [4, 1],
    [4, 2],
  ],
  'a robot': [
    [2, 1],
    [3, 1],
  ],
  'a guard': [[3, 2]],
  'a game from pixels': [[2, 1]],
  'a module': [[4, 1]],
};

const slug = (name: string) => name.replace(/\W+/g, '-');

function filesOf(run: string) {
  const lines = readFileSync(folder.path(run, 'progress.jsonl'), 'utf8').trimEnd().split('\n');
  return {
    rows: lines.map((line) => withoutTimes(JSON.parse(line))),
    policy: new Uint8Array(readFileSync(folder.path(run, 'policy.safetensors'))),
    checkpoint: new Uint8Array(readFileSync(folder.path(run, 'checkpoint.safetensors'))),
  };
}

/** Where npm run test:gymnasium has made its virtual environment. */
const GYMNASIUM = [
  'gym:Hopper-v5',
  '--environments',
  '3',
  '--steps',
  '32',
  '--timesteps',
  '192',
  '--python',
  PYTHON,
];

beforeAll(async () => {
  for (const [name, args] of Object.entries(RUNS)) {
    const whole = [
      'train',
      ...args,
      '--reproducible',
      '--quiet',
      '--threads',
      '1',
      '--run-directory',
      slug(name),
    ];
    expect(await startCli(whole, folder.path())).toMatchObject({ code: 0, stderr: '' });
  }
});

const CASES = Object.entries(SIZES).flatMap(([name, sizes]) =>
  sizes.map(([ranks, threads]) => ({ name: name as Name, ranks, threads })),
);

describeWithMpi((mpi) => {
  test.each(CASES)('$name gives the bits of one process on $ranks ranks of $threads threads', async (one) => {
    const run = join(mpi.name, `${slug(one.name)}-${one.ranks}-${one.threads}`);
    const how = ['--mpi', '--quiet', '--threads', String(one.threads), '--run-directory', run];
    const { code, stderr } = await trpo(mpi, one.ranks, ['train', ...RUNS[one.name], ...how], folder.path());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(filesOf(run)).toEqual(filesOf(slug(one.name)));
  });

  test.skipIf(!existsSync(PYTHON))(
    'an environment in Python, where npm run pretest:gymnasium installed one, gives the bits of one process on 2 ranks',
    async () => {
      const run = (name: string) => ['--quiet', '--threads', '1', '--run-directory', join(mpi.name, name)];
      const whole = ['train', ...GYMNASIUM, '--reproducible', ...run('python')];
      expect(await startCli(whole, folder.path())).toMatchObject({ code: 0 });
      const shared = ['train', ...GYMNASIUM, '--mpi', ...run('python-2')];
      expect(await trpo(mpi, 2, shared, folder.path())).toMatchObject({ code: 0 });
      expect(filesOf(join(mpi.name, 'python-2'))).toEqual(filesOf(join(mpi.name, 'python')));
    },
  );
});
