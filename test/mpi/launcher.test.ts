import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { launchedSize, launcherFault, launcherLibraries } from '../../src/mpi/launcher.js';

test('the number of processes is that of the launcher nearest to them', () => {
  expect(launchedSize({})).toBeUndefined();
  expect(launchedSize({ PMI_SIZE: '3' })).toEqual({ size: 3, variable: 'PMI_SIZE' });
  // mpirun within a job of Slurm, which started one daemon on each of two machines
  const nested = { SLURM_STEP_NUM_TASKS: '2', OMPI_COMM_WORLD_SIZE: '8' };
  expect(launchedSize(nested)).toEqual({ size: 8, variable: 'OMPI_COMM_WORLD_SIZE' });
  expect(launchedSize({ SLURM_STEP_NUM_TASKS: '2' })).toEqual({ size: 2, variable: 'SLURM_STEP_NUM_TASKS' });
});

test("a library of MPICH's family does not understand Open MPI's launcher", () => {
  expect(launcherFault('MPICH', { OMPI_COMM_WORLD_SIZE: '2' })).toMatch(/mpirun is that of Open MPI/);
  expect(launcherFault('Open MPI', { OMPI_COMM_WORLD_SIZE: '2' })).toBeUndefined();
  expect(launcherFault('standard ABI', { OMPI_COMM_WORLD_SIZE: '2' })).toBeUndefined();
});

test.skipIf(process.platform !== 'linux')(
  'a connection that is closed or no connection is found',
  async () => {
    const file = openSync('/dev/null', 'r');
    expect(launcherFault('MPICH', { PMI_FD: String(file) })).toMatch(/start node_modules\/\.bin\/trpo/);
    closeSync(file);
    expect(launcherFault('MPICH', { PMI_FD: String(file + 1000) })).toMatch(/npx or another program/);
    const server = createServer().listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    expect(launcherFault('MPICH', { PMI_FD: String(fd) })).toBeUndefined();
    server.close();
  },
);

test('without a launcher among its ancestors a process has none of its libraries', () => {
  expect(launcherLibraries()).toBeUndefined();
});
