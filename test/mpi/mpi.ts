import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const projectFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const CLI = projectFile('dist/cli.js');
export const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** A launcher of processes, with its library. */
export interface Mpi {
  readonly name: string;
  readonly program: string;
  /** What it takes to start more processes than there are cores. */
  readonly flags: readonly string[];
}

/** Those that scripts/mpiEnvironment.mjs installs. */
const INSTALLED: readonly Mpi[] = [
  { name: 'mpich', program: projectFile('build/mpi/mpich/bin/mpirun'), flags: [] },
  { name: 'openmpi', program: projectFile('build/mpi/openmpi/bin/mpirun'), flags: ['--oversubscribe'] },
];

export const MPIS = INSTALLED.filter(({ program }) => existsSync(program));

/** Tests for each MPI that is there; where there is none they are skipped, as npm run test:mpi says. */
export const describeWithMpi = MPIS.length === 0 ? describe.skip.each(INSTALLED) : describe.each(MPIS);

/** Open MPI refuses root without being told, and containers have no other user. */
const AS_ROOT = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a program in several processes. */
export function start(
  mpi: Mpi,
  ranks: number,
  command: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(mpi.program, ['-np', String(ranks), ...mpi.flags, ...command], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...AS_ROOT, ...variables },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs the command line on several ranks. */
export function trpo(
  mpi: Mpi,
  ranks: number,
  args: readonly string[],
  folder: string,
  variables?: Readonly<Record<string, string>>,
): Promise<Ended> {
  return start(mpi, ranks, [process.execPath, CLI, ...args], folder, variables).ended;
}

/** Process numbers of the ranks that belong to a started program, in order of rank. */
export function pidsOf(folder: string): number[] {
  const pids: number[] = [];
  for (let rank = 0; existsSync(`${folder}/rank${rank}.pid`); rank++) {
    pids.push(Number(readFileSync(`${folder}/rank${rank}.pid`, 'utf8')));
  }
  return pids;
}

/** Whether a process runs; one that ended and waits to be asked for does not. */
export function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

/** The library that belongs to a launcher; an empty path where there is none. */
export function libraryOf(mpi: Mpi | undefined): string {
  if (mpi === undefined) return '';
  return join(dirname(mpi.program), '../lib', mpi.name === 'openmpi' ? 'libmpi.so.40' : 'libmpi.so.12');
}
