import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '../errors.js';
import { launcherLibraries, type MpiFamily } from './launcher.js';

/** The part of the package koffi that is used here. */
export interface ForeignFunctions {
  load(path: string, options: { readonly global: boolean }): ForeignLibrary;
  address(pointer: unknown): bigint;
}

interface ForeignLibrary {
  func(declaration: string): (...args: unknown[]) => number;
  symbol(name: string): unknown;
}

/** A handle of MPI as an integer of a pointer's size, whichever type the library gives it. */
export type Handle = number | bigint;

/** Predefined handles and constants, which are others in each family of libraries. */
export interface MpiConstants {
  readonly family: MpiFamily;
  readonly world: Handle;
  readonly byte: Handle;
  readonly float: Handle;
  /** MPI_IN_PLACE, an address. */
  readonly inPlace: bigint;
  /** MPI_THREAD_FUNNELED: only the main thread calls. */
  readonly threadFunneled: number;
}

const MPICH: MpiConstants = {
  family: 'MPICH',
  world: 0x44000000,
  byte: 0x4c00010d,
  float: 0x4c00040a,
  inPlace: -1n,
  threadFunneled: 1,
};

/** MPI 5.0, chapter 20: Application Binary Interface. */
const STANDARD_ABI: MpiConstants = {
  family: 'standard ABI',
  world: 0x101,
  byte: 0x247,
  float: 0x210,
  inPlace: 1n,
  threadFunneled: 1024,
};

/** Handles as intptr_t: a library whose handles are int reads their lower half. Buffers as void *, which addresses are too. */
const FUNCTIONS = {
  init: 'int MPI_Init_thread(void *argc, void *argv, int required, void *provided)',
  rank: 'int MPI_Comm_rank(intptr_t comm, void *rank)',
  size: 'int MPI_Comm_size(intptr_t comm, void *size)',
  duplicate: 'int MPI_Comm_dup(intptr_t comm, void *duplicate)',
  allgather:
    'int MPI_Allgather(void *sent, int sentCount, intptr_t sentType, void *received, int count, intptr_t type, intptr_t comm)',
  allgatherv:
    'int MPI_Allgatherv(void *sent, int sentCount, intptr_t sentType, void *received, void *counts, void *offsets, intptr_t type, intptr_t comm)',
  barrier: 'int MPI_Ibarrier(intptr_t comm, void *request)',
  test: 'int MPI_Test(void *request, void *flag, void *status)',
  typeVector: 'int MPI_Type_vector(int count, int length, int stride, intptr_t of, void *type)',
  typeResized: 'int MPI_Type_create_resized(intptr_t of, intptr_t lowerBound, intptr_t extent, void *type)',
  typeCommit: 'int MPI_Type_commit(void *type)',
  abort: 'int MPI_Abort(intptr_t comm, int code)',
  finalize: 'int MPI_Finalize()',
} as const;

/** The functions of MPI. Each throws PlatformError where MPI answers with an error. */
export type MpiFunctions = { readonly [Name in keyof typeof FUNCTIONS]: (...args: unknown[]) => void };

/** A loaded library of MPI. */
export interface MpiLibrary {
  readonly path: string;
  readonly functions: MpiFunctions;
  readonly constants: MpiConstants;
}

/** Variables that keep libraries of MPI from what V8 does not bear; what the user has set stays. */
const GUARDS = {
  // UCX would take SIGSEGV from V8, which makes errors of WebAssembly of it
  UCX_ERROR_SIGNALS: '',
  // UCX, libfabric and Open MPI would write over the code of munmap and the like to watch memory, while V8's threads call it
  UCX_MEM_EVENTS: 'n',
  UCX_MEM_MMAP_HOOK_MODE: 'none',
  UCX_MEM_MALLOC_HOOKS: 'n',
  FI_MR_CACHE_MONITOR: 'disabled',
  OMPI_MCA_memory: '^patcher',
} as const;

/** Names by which the system finds libraries, those of Open MPI, of MPICH and its kin, and of the standard ABI. */
const NAMES_BY_SYSTEM: Readonly<Record<string, readonly string[]>> = {
  linux: ['libmpi.so.40', 'libmpi.so.12', 'libmpi_abi.so.1', 'libmpi_abi.so', 'libmpi.so'],
  darwin: ['libmpi.40.dylib', 'libmpi.12.dylib', 'libmpi_abi.dylib', 'libmpi.dylib'],
};

/**
 * The MPI library that TRPO_MPI_LIBRARY names, else the launcher's own, else one that the system knows. Throws PlatformError where
 * there is none.
 */
export function loadMpi(foreign: ForeignFunctions): MpiLibrary {
  for (const [name, value] of Object.entries(GUARDS)) process.env[name] ??= value;
  const tried: string[] = [];
  for (const path of candidates()) {
    let library: ForeignLibrary;
    try {
      // global: Open MPI's parts, which it loads itself, look for its symbols
      library = foreign.load(path, { global: true });
    } catch (error) {
      tried.push(`${path} (${(error as Error).message})`);
      continue;
    }
    return { path, constants: constantsOf(library, foreign), functions: functionsOf(library) };
  }
  throw new PlatformError(
    `No MPI library was found: ${tried.join('; ')}; install Open MPI or MPICH (such as apt-get install libopenmpi3, or pip install mpich), start with its mpirun, or name the library: TRPO_MPI_LIBRARY=/path/to/libmpi.so`,
  );
}

function candidates(): readonly string[] {
  const given = process.env.TRPO_MPI_LIBRARY;
  if (given !== undefined && given !== '') return [given];
  const names = namesByLauncher();
  const folder = launcherLibraries();
  const own = folder === undefined ? [] : names.map((name) => join(folder, name)).filter(existsSync);
  return [...own, ...names];
}

/** The names, those of the launcher's family first. */
function namesByLauncher(): readonly string[] {
  const names = NAMES_BY_SYSTEM[process.platform] ?? [];
  if (process.env.OMPI_COMM_WORLD_SIZE !== undefined || process.env.PMI_SIZE === undefined) return names;
  const isOpenMpi = (name: string) => name.includes('40');
  return [...names.filter((name) => !isOpenMpi(name)), ...names.filter(isOpenMpi)];
}

function constantsOf(library: ForeignLibrary, foreign: ForeignFunctions): MpiConstants {
  const addressOf = (name: string) => foreign.address(library.symbol(name));
  if (has(library, 'ompi_mpi_comm_world')) {
    return {
      family: 'Open MPI',
      world: addressOf('ompi_mpi_comm_world'),
      byte: addressOf('ompi_mpi_byte'),
      float: addressOf('ompi_mpi_float'),
      inPlace: 1n,
      threadFunneled: 1,
    };
  }
  return isStandard(library) ? STANDARD_ABI : MPICH;
}

/** Whether the handles are those of the standard ABI: other libraries have the function too, and say that they are not. */
function isStandard(library: ForeignLibrary): boolean {
  if (!has(library, 'MPI_Abi_get_version')) return false;
  const [major, minor] = [new Int32Array(1), new Int32Array(1)];
  library.func('int MPI_Abi_get_version(void *major, void *minor)')(major, minor);
  return major[0] >= 1;
}

function has(library: ForeignLibrary, name: string): boolean {
  try {
    library.symbol(name);
    return true;
  } catch {
    return false;
  }
}

function functionsOf(library: ForeignLibrary): MpiFunctions {
  return Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, declaration]) => {
      const call = library.func(declaration);
      const checked = (...args: unknown[]) => {
        const code = call(...args);
        if (code === 0) return;
        throw new PlatformError(
          `MPI answered ${declaration.split('(')[0].slice('int '.length)} with error ${code}; the ranks cannot go on: resume from the last checkpoint`,
        );
      };
      return [name, checked];
    }),
  ) as unknown as MpiFunctions;
}
