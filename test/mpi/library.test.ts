import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlatformError } from '../../src/errors.js';
import { type ForeignFunctions, loadMpi } from '../../src/mpi/library.js';

const NAMES = ['TRPO_MPI_LIBRARY', 'OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'UCX_ERROR_SIGNALS'];
let before: Record<string, string | undefined>;
beforeEach(() => {
  before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
  for (const name of NAMES) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Libraries by path: the symbols of each, which lie at 1000, 1001, ... tried: where it was looked for. */
function foreignWith(libraries: Readonly<Record<string, readonly string[]>>, abi = -1) {
  const tried: string[] = [];
  const foreign: ForeignFunctions = {
    load(path) {
      tried.push(path);
      const symbols = libraries[path];
      if (symbols === undefined) throw new Error('no such file');
      return {
        symbol(name) {
          if (!symbols.includes(name)) throw new Error('no such symbol');
          return 1000 + symbols.indexOf(name);
        },
        func:
          (declaration) =>
          (...args) => {
            if (declaration.includes('MPI_Abi_get_version')) (args[0] as Int32Array)[0] = abi;
            return declaration.includes('MPI_Finalize') ? 13 : 0;
          },
      };
    },
    address: (pointer) => BigInt(pointer as number),
  };
  return { foreign, tried };
}

const OPEN_MPI = ['ompi_mpi_comm_world', 'ompi_mpi_byte', 'ompi_mpi_float'];

test.runIf(process.platform === 'linux')('each family of libraries has its handles', () => {
  const open = loadMpi(foreignWith({ 'libmpi.so.40': OPEN_MPI }).foreign);
  expect(open.constants).toMatchObject({ family: 'Open MPI', world: 1000n, byte: 1001n, inPlace: 1n });
  const mpich = foreignWith({ 'libmpi.so.12': ['MPI_Abi_get_version'] }).foreign;
  expect(loadMpi(mpich).constants).toMatchObject({ family: 'MPICH', world: 0x44000000, inPlace: -1n });
  const earlier = foreignWith({ 'libmpi.so.12': [] }).foreign;
  expect(loadMpi(earlier).constants.family).toBe('MPICH');
  const standard = foreignWith({ 'libmpi_abi.so.1': ['MPI_Abi_get_version'] }, 1).foreign;
  expect(loadMpi(standard).constants).toMatchObject({ family: 'standard ABI', threadFunneled: 1024 });
});

test.runIf(process.platform === 'linux')("the launcher's family is looked for first", () => {
  const both = { 'libmpi.so.40': OPEN_MPI, 'libmpi.so.12': [] };
  process.env.PMI_SIZE = '2';
  expect(loadMpi(foreignWith(both).foreign).path).toBe('libmpi.so.12');
  process.env.OMPI_COMM_WORLD_SIZE = '2';
  expect(loadMpi(foreignWith(both).foreign).path).toBe('libmpi.so.40');
});

test('a library that is named is the only one', () => {
  process.env.TRPO_MPI_LIBRARY = '/opt/mpi/libmpi.so';
  const { foreign, tried } = foreignWith({ 'libmpi.so.40': OPEN_MPI });
  expect(() => loadMpi(foreign)).toThrow(PlatformError);
  expect(() => loadMpi(foreign)).toThrow(
    /No MPI library was found: \/opt\/mpi\/libmpi\.so \(no such file\);/,
  );
  expect(new Set(tried)).toEqual(new Set(['/opt/mpi/libmpi.so']));
});

test('UCX leaves signals to V8, unless the user wants otherwise', () => {
  process.env.TRPO_MPI_LIBRARY = 'mpi';
  loadMpi(foreignWith({ mpi: [] }).foreign);
  expect(process.env.UCX_ERROR_SIGNALS).toBe('');
  process.env.UCX_ERROR_SIGNALS = 'SIGBUS';
  loadMpi(foreignWith({ mpi: [] }).foreign);
  expect(process.env.UCX_ERROR_SIGNALS).toBe('SIGBUS');
});

test('an error of MPI names the function', () => {
  process.env.TRPO_MPI_LIBRARY = 'mpi';
  const { functions } = loadMpi(foreignWith({ mpi: [] }).foreign);
  functions.init(0n, 0n, 1, new Int32Array(1));
  expect(() => functions.finalize()).toThrow(/MPI answered MPI_Finalize with error 13/);
});
