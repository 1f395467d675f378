import { hostname } from 'node:os';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { PlatformError } from '../errors.js';
import type { Ranks, SharedTable } from '../ranks/ranks.js';
import { launchedSize, launcherFault } from './launcher.js';
import {
  type ForeignFunctions,
  type Handle,
  loadMpi,
  type MpiConstants,
  type MpiFunctions,
  type MpiLibrary,
} from './library.js';

/** For so long a rank that waits for others asks again at each turn of the event loop, then by a timer. */
const BUSY_WAIT_MS = 1;
const TIMER_MS = 1;
/** How long an ending process waits for the others to end too, in good order and after a failure. */
const FAREWELL_MS = { ended: 10_000, failed: 2_000 };
/** Counts of MPI are int. */
const MOST_BYTES = 2 ** 31 - 1;
/** Larger than MPI_Status of any library. */
const STATUS_BYTES = 64;
/** As a shell tells of Ctrl-C: the user waits no longer. */
const EXIT_AT_ONCE = 130;

let begun: Promise<Ranks> | undefined;

/**
 * The processes that mpirun, mpiexec or srun started together, of which this is one. The same at every call; MPI ends with the
 * process, and where that fails, all of them end. Throws PlatformError without the package koffi or a library of MPI, and where
 * the library is not the launcher's.
 */
export function mpiRanks(): Promise<Ranks> {
  begun ??= begin();
  return begun;
}

async function begin(): Promise<Ranks> {
  const library = loadMpi(await loadKoffi());
  const ranks = new MpiRanks(library);
  process.once('exit', (code) => ranks.leave(code));
  return ranks;
}

async function loadKoffi(): Promise<ForeignFunctions> {
  try {
    return (await import('koffi')).default as unknown as ForeignFunctions;
  } catch (cause) {
    throw new PlatformError(
      'MPI is called through the package koffi, which cannot be loaded; install it beside wasm-trpo on every machine: npm install koffi',
      { cause },
    );
  }
}

/** Ranks of MPI_COMM_WORLD. */
class MpiRanks implements Ranks {
  readonly rank: number;
  readonly size: number;
  readonly host = hostname();
  private readonly mpi: MpiFunctions;
  private readonly constants: MpiConstants;
  /** For the farewell alone, which would else be taken for the next call of a rank that goes on. */
  private readonly farewell: Handle;
  private readonly columnTypes = new Map<string, Handle>();

  constructor({ path, functions, constants }: MpiLibrary) {
    this.mpi = functions;
    this.constants = constants;
    const { world, threadFunneled, family } = constants;
    const fault = launcherFault(family, process.env);
    if (fault !== undefined) {
      throw new PlatformError(
        `${path} cannot be used: ${fault}; or name the library: TRPO_MPI_LIBRARY=/path/to/libmpi.so`,
      );
    }
    const provided = new Int32Array(1);
    functions.init(0n, 0n, threadFunneled, provided);
    if (provided[0] < threadFunneled) {
      throw new PlatformError(
        `The MPI library ${path} allows no threads beside the one that calls it (level ${provided[0]}); use one that was built with threads`,
      );
    }
    this.rank = intFrom((target) => functions.rank(world, target));
    this.size = intFrom((target) => functions.size(world, target));
    const launched = launchedSize(process.env);
    if (launched !== undefined && launched.size !== this.size) {
      throw new PlatformError(
        `The launcher started ${launched.size} processes (${launched.variable}), and ${path} sees ${this.size}: it is not the launcher's own library (name that: TRPO_MPI_LIBRARY=/path/to/libmpi.so), or srun was not told whose processes it starts (--mpi=pmi2 for MPICH, --mpi=pmix for Open MPI)`,
      );
    }
    this.farewell = handleFrom((target) => functions.duplicate(world, target));
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    const { mpi, size } = this;
    const { world, byte } = this.constants;
    await this.meet();
    const lengths = new Float64Array(size);
    mpi.allgather(Float64Array.of(bytes.length), 8, byte, lengths, 8, byte, world);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    if (total > MOST_BYTES) {
      throw new PlatformError(
        `The ranks tell each other ${total} bytes at once, MPI takes ${MOST_BYTES}; use fewer environments or smaller states of environments`,
      );
    }
    const counts = Int32Array.from(lengths);
    const offsets = offsetsOf(counts);
    const all = new Uint8Array(total);
    mpi.allgatherv(bytes, bytes.length, byte, all, counts, offsets, byte, world);
    return Array.from(counts, (count, rank) => all.subarray(offsets[rank], offsets[rank] + count));
  }

  async gatherColumns(tables: readonly SharedTable[]): Promise<void> {
    const { mpi } = this;
    const { world, float, inPlace } = this.constants;
    await this.meet();
    for (const table of tables) {
      const counts = Int32Array.from(table.counts);
      const type = this.columnType(table);
      mpi.allgatherv(inPlace, 0, float, table.numbers, counts, offsetsOf(counts), type, world);
    }
  }

  /** Ends MPI, when the process does, together with the others; or ends all of them where one of them does not come. */
  leave(exitCode: number): void {
    const { mpi } = this;
    const limitMs = exitCode === 0 ? FAREWELL_MS.ended : FAREWELL_MS.failed;
    if (exitCode !== EXIT_AT_ONCE && this.othersLeave(limitMs)) mpi.finalize();
    else mpi.abort(this.constants.world, exitCode === 0 ? 1 : exitCode);
  }

  private othersLeave(limitMs: number): boolean {
    const isOver = this.beginBarrier(this.farewell);
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const deadline = performance.now() + limitMs;
    while (!isOver()) {
      if (performance.now() > deadline) return false;
      Atomics.wait(cell, 0, 0, TIMER_MS);
    }
    return true;
  }

  /** Waits until every rank is here, so that what follows answers at once; meanwhile timers and signals have their turns. */
  private async meet(): Promise<void> {
    const isOver = this.beginBarrier(this.constants.world);
    const started = performance.now();
    while (!isOver()) {
      if (performance.now() - started < BUSY_WAIT_MS) await setImmediate();
      else await setTimeout(TIMER_MS);
    }
  }

  /** Says that this rank is there; the answer is a function that asks whether all of them are. */
  private beginBarrier(communicator: Handle): () => boolean {
    const { mpi } = this;
    const request = new BigInt64Array(1);
    const flag = new Int32Array(1);
    const status = new Uint8Array(STATUS_BYTES);
    mpi.barrier(communicator, request);
    return () => {
      mpi.test(request, flag, status);
      return flag[0] !== 0;
    };
  }

  /** The type of one column of a table: `rows` pieces of `width` numbers, and the next column follows after `width`. */
  private columnType({ rows, width, counts }: SharedTable): Handle {
    const stride = counts.reduce((sum, count) => sum + count, 0) * width;
    const key = `${rows} ${width} ${stride}`;
    const known = this.columnTypes.get(key);
    if (known !== undefined) return known;
    const { mpi } = this;
    const { float } = this.constants;
    const column = handleFrom((target) => mpi.typeVector(rows, width, stride, float, target));
    const type = handleFrom((target) => mpi.typeResized(column, 0, width * 4, target));
    mpi.typeCommit(BigInt64Array.of(BigInt(type)));
    this.columnTypes.set(key, type);
    return type;
  }
}

function offsetsOf(counts: Int32Array): Int32Array {
  const offsets = new Int32Array(counts.length);
  for (let i = 1; i < counts.length; i++) offsets[i] = offsets[i - 1] + counts[i - 1];
  return offsets;
}

function intFrom(write: (target: Int32Array) => void): number {
  const target = new Int32Array(1);
  write(target);
  return target[0];
}

/** A library whose handles are int writes their lower half. */
function handleFrom(write: (target: BigInt64Array) => void): Handle {
  const target = new BigInt64Array(1);
  write(target);
  return target[0];
}
