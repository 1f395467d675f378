import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { describeWithMpi } from './describeWithMpi.js';
import { CLI, FIXTURES, INSTALLED, libraryOf, MPIS, start, trpo } from './mpi.js';

const folder = temporaryFolder();
const SMALL = [
  ...[
    'train',
    'CartPole-v1',
    '--environments',
    '4',
    '--steps',
    '32',
    '--timesteps',
    '512',
    '--mpi',
    '--quiet',
  ],
  ...['--threads', '1', '--set', 'hiddenSizes=8', '--set', 'valueHiddenSizes=8'],
];

describeWithMpi((mpi) => {
  const program = async (task: string, ranks = 2) => {
    const path = folder.path(`${mpi.name}-${task}`);
    mkdirSync(path);
    const command = [process.execPath, `${FIXTURES}program.mjs`, task];
    return { ...(await start(mpi, ranks, command, path).ended), path };
  };

  test('a program trains on the ranks that it is given', async () => {
    const { code, stdout, path } = await program('train', 3);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual(
      [0, 1, 2].map((rank) => `rank ${rank}: 6 iterations, finished`),
    );
    expect(readFileSync(`${path}/program/progress.jsonl`, 'utf8').trimEnd().split('\n')).toHaveLength(6);
  });

  test('all stop after the same iteration where rank 0 stops', async () => {
    const { code, stdout } = await program('stopping', 3);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual(
      [0, 1, 2].map((rank) => `rank ${rank}: 3 iterations, stopped`),
    );
  });

  test.each([
    ['different', /The ranks are to train different things: maxKl is 0\.01 on rank 0, 0\.02 on rank 1/],
    ['function', /environment is a function, and each of 2 ranks would call its own/],
    ['vine', /sampling = "vine" on 2 ranks/],
    ['search', /algorithm = "cem" on 2 ranks/],
    ['tooFew', /environments = 1 on 2 ranks.*--environments 2 or more/],
    ['tooFewForThreads', /environments = 4 on 2 ranks: rank 0 has 2 for 3 threads; give --environments 6/],
    ['diverging', /different parameters: their checksum is \w{8} on rank 0, \w{8} on rank 1/],
    ['sinkFails', /the database is gone/],
  ])('every rank refuses or ends: %s', async (task, pattern) => {
    const { code, stderr } = await program(task);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(pattern);
  });

  test('nothing but rank 0 needs the files: no folder is shared', async () => {
    const path = folder.path(`${mpi.name}-folders`);
    mkdirSync(path);
    const inOwnFolder = 'mkdir -p rank$OMPI_COMM_WORLD_RANK$PMI_RANK; cd rank$OMPI_COMM_WORLD_RANK$PMI_RANK';
    const command = ['bash', '-c', `${inOwnFolder}; exec "$@"`, 'own', process.execPath, CLI];
    const run = (args: readonly string[]) => start(mpi, 2, [...command, ...args], path).ended;
    expect(await run([...SMALL, '--run-directory', 'run'])).toMatchObject({ code: 0, stderr: '' });
    const resumed = ['train', '--resume', 'run', '--mpi', '--threads', '1', '--quiet', '--timesteps', '1024'];
    expect(await run(resumed)).toMatchObject({ code: 0, stderr: '' });
    const policy = ['--policy', 'run', '--run-directory', 'next'];
    expect(await run([...SMALL, ...policy])).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(path, 'rank0/next/policy.safetensors'))).toBe(true);
    expect(existsSync(join(path, 'rank1/run'))).toBe(false);
  });

  test.skipIf(MPIS.length < 2)(
    'the library of another family, where there is one, is refused, instead of as many runs as there are processes',
    async () => {
      const other = MPIS.find(({ name }) => name !== mpi.name)!;
      const variables = { TRPO_MPI_LIBRARY: libraryOf(other) };
      const path = folder.path(`${mpi.name}-other`);
      mkdirSync(path);
      const { code, stderr } = await trpo(mpi, 2, [...SMALL, '--run-directory', 'run'], path, variables);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/TRPO_MPI_LIBRARY=\/path\/to\/libmpi\.so/);
      expect(existsSync(`${path}/run`)).toBe(false);
    },
  );

  test('UCX is told to leave signals to V8', async () => {
    const path = folder.path(`${mpi.name}-signals`);
    mkdirSync(path);
    const told = `import(${JSON.stringify(`file://${CLI.replace('cli.js', 'mpi.js')}`)}).then(async ({ mpiRanks }) => {
      const { rank, size } = await mpiRanks();
      console.log([rank, size, JSON.stringify(process.env.UCX_ERROR_SIGNALS)].join(' '));
    })`;
    const { stdout } = await start(mpi, 2, [process.execPath, '-e', told], path).ended;
    expect(stdout.trim().split('\n').sort()).toEqual(['0 2 ""', '1 2 ""']);
  });

  describe('behind npx', () => {
    test('it trains, or says what to start instead', async () => {
      const path = folder.path(`${mpi.name}-npx`);
      mkdirSync(`${path}/node_modules/.bin`, { recursive: true });
      symlinkSync(CLI, `${path}/node_modules/.bin/trpo`);
      const { code, stderr } = await start(mpi, 2, ['npx', 'trpo', ...SMALL], path).ended;
      if (mpi.name === 'openmpi') expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      else expect(stderr).toMatch(/npx or another program stands between.*start node_modules\/\.bin\/trpo/);
      const directly = await start(mpi, 2, ['node_modules/.bin/trpo', ...SMALL], path).ended;
      expect(directly).toMatchObject({ code: 0, stderr: '' });
    });
  });
});

const mpich = INSTALLED.find(({ name }) => name === 'mpich')!;
const standard = libraryOf(mpich).replace('libmpi.so.12', 'libmpi_abi.so.1');

test.skipIf(!existsSync(standard))(
  'a library of the standard binary interface, where MPICH brings one, trains',
  async () => {
    const variables = { TRPO_MPI_LIBRARY: standard };
    for (const [run, given] of Object.entries({ standard: variables, own: {} })) {
      const args = [...SMALL, '--run-directory', run];
      expect(await trpo(mpich, 3, args, folder.path(), given)).toMatchObject({ code: 0 });
    }
    const bytes = (run: string) => new Uint8Array(readFileSync(folder.path(run, 'checkpoint.safetensors')));
    expect(bytes('standard')).toEqual(bytes('own'));
  },
);
