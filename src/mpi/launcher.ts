import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Libraries of one family have the same predefined handles. */
export type MpiFamily = 'Open MPI' | 'MPICH' | 'standard ABI';

/** What starts processes of MPI, on this machine or for another one. */
const LAUNCHERS =
  /^(mpirun|mpiexec|orterun|orted|prterun|prte|prted|hydra_pmi_proxy|mpiexec\.hydra)(\.\w+)?$/;
/** Between a launcher and the program there may be a shell or npx. */
const MOST_ANCESTORS = 12;

/** Variables in which launchers tell how many processes they started, the most specific first. */
const SIZES = ['OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'MV2_COMM_WORLD_SIZE', 'SLURM_STEP_NUM_TASKS'] as const;

/** How many processes were started together, and the variable that says so; undefined without a launcher. */
export function launchedSize(
  variables: Readonly<Record<string, string | undefined>>,
): { readonly size: number; readonly variable: string } | undefined {
  for (const variable of SIZES) {
    const size = Number(variables[variable]);
    if (Number.isInteger(size) && size > 0) return { size, variable };
  }
  return undefined;
}

/**
 * Why processes that were started together would not find each other, before MPI finds out by ending the process: undefined where
 * nothing speaks against it.
 */
export function launcherFault(
  family: MpiFamily,
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (variables.OMPI_COMM_WORLD_SIZE !== undefined && family === 'MPICH') {
    return 'mpirun is that of Open MPI, and the library is of the family of MPICH: give both of one kind';
  }
  const { PMI_FD } = variables;
  if (PMI_FD === undefined || isConnection(PMI_FD)) return undefined;
  return 'npx or another program stands between mpirun and this process, and has closed the connection to mpirun: start node_modules/.bin/trpo, or node itself';
}

function isConnection(descriptor: string): boolean {
  try {
    return /^(socket|pipe):/.test(readlinkSync(`/proc/self/fd/${descriptor}`));
  } catch {
    // a system without /proc tells nothing
    return !existsSync('/proc/self/fd');
  }
}

/** The folder of libraries that belong to the launcher of this process; undefined where that cannot be seen. */
export function launcherLibraries(pid: number = process.ppid): string | undefined {
  let ancestor = pid;
  for (let i = 0; i < MOST_ANCESTORS && ancestor > 1; i++) {
    try {
      const program = readlinkSync(`/proc/${ancestor}/exe`);
      if (LAUNCHERS.test(basename(program))) return join(dirname(program), '..', 'lib');
      ancestor = parentOf(ancestor);
    } catch {
      // another user's process, or a system without /proc: the library is found by its name
      return undefined;
    }
  }
  return undefined;
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // the name of the program, in parentheses, may hold anything
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
