import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, type Ended, FIXTURES, MPIS, type Mpi, NO_MPI, start } from '../../test/mpi/mpi.js';
import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import { openTwoHosts } from './twoHosts.js';

const SIZES = [1, 2, 3, 4];
/** Iterations at the start of a run, which are not counted. */
const WARM_UP = 2;

interface Task {
  readonly name: string;
  readonly args: readonly string[];
  readonly iterations: number;
  /** Steps of all environments in an iteration. */
  readonly steps: number;
}

function task(
  name: string,
  environment: string,
  environments: number,
  steps: number,
  iterations: number,
): Task {
  const shape = ['--environments', String(environments), '--steps', String(steps)];
  return { name, args: [environment, ...shape], iterations, steps: environments * steps };
}

const TASKS: readonly Task[] = [
  task('2 ms a step, without a processor', `${FIXTURES}tasks.mjs#slower`, 12, 96, 8),
  task('Humanoid-v5', 'Humanoid-v5', 12, 64, 12),
  task('CartPole-v1', 'CartPole-v1', 12, 128, 20),
];

/** Times of several processes for the same batch, on this machine and on two hosts, which are namespaces of the network. */
export async function machines({ progress }: BenchContext): Promise<Table[]> {
  if (MPIS.length === 0) return [{ title: 'Several machines', notes: [NO_MPI], rows: [] }];
  const folder = await mkdtemp(join(tmpdir(), 'wasm-trpo-machines-'));
  try {
    return [await onOneMachine(folder, progress), await onTwoHosts(folder, progress)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onOneMachine(folder: string, progress: BenchContext['progress']): Promise<Table> {
  const rows: Row[] = [];
  for (const [index, one] of TASKS.entries()) {
    for (const mpi of MPIS) {
      const timed: Timed[] = [];
      for (const size of SIZES) {
        progress(`${one.name}, ${mpi.name}, ${size} ranks`);
        const run = `one-${index}-${mpi.name}-${size}`;
        await runOn(start(mpi, size, commandOf(one, run), folder).ended);
        timed.push(timesOf(one, join(folder, run)));
        requireSame(join(folder, run), join(folder, `one-${index}-${MPIS[0].name}-1`));
      }
      rows.push(...timed.map((times, i) => rowOf(one, mpi, SIZES[i], times, timed[0])));
    }
  }
  return {
    title: 'Several ranks of one thread on one machine, the same batch for all',
    notes: [
      'collect: from the start of a batch until its rows are on every rank; update: made by every rank; of the fastest iteration, because others use the machine too',
      'Verified: policy and checkpoint have the same bytes on 1 to 4 ranks and with each MPI.',
    ],
    rows,
  };
}

async function onTwoHosts(folder: string, progress: BenchContext['progress']): Promise<Table> {
  const title = 'Two hosts: namespaces of the network and of the host name, joined by a virtual cable; TCP';
  const hosts = openTwoHosts(folder);
  if (typeof hosts === 'string') return { title, notes: [`left out: ${hosts}`], rows: [] };
  const rows: Row[] = [];
  try {
    for (const [index, one] of TASKS.entries()) {
      for (const mpi of MPIS) {
        progress(`${one.name}, ${mpi.name}, two hosts`);
        const run = `two-${index}-${mpi.name}`;
        await runOn(hosts.start(mpi, commandOf(one, run)));
        requireSame(join(folder, run), join(folder, `one-${index}-${MPIS[0].name}-1`));
        const alone = timesOf(one, join(folder, `one-${index}-${mpi.name}-1`));
        rows.push(rowOf(one, mpi, 2, timesOf(one, join(folder, run)), alone));
      }
    }
  } finally {
    hosts.close();
  }
  return {
    title,
    notes: ['Verified: the bytes of one process. Speed-up: over one rank on one machine.'],
    rows,
  };
}

function commandOf({ args, iterations, steps }: Task, run: string): string[] {
  const timesteps = ['--timesteps', String(steps * (WARM_UP + iterations))];
  const how = ['--mpi', '--threads', '1', '--quiet', '--run-directory', run];
  return [process.execPath, CLI, 'train', ...args, ...timesteps, ...how];
}

async function runOn(ended: Promise<Ended>): Promise<void> {
  const { code, stderr } = await ended;
  if (code !== 0) throw new Error(`training ended with ${code}: ${stderr}`);
}

interface Timed {
  readonly collectMs: number;
  readonly updateMs: number;
}

function timesOf({ iterations }: Task, run: string): Timed {
  const lines = readFileSync(join(run, 'progress.jsonl'), 'utf8').trimEnd().split('\n');
  const rows = lines.slice(-iterations).map((line) => JSON.parse(line));
  const times = rows.map((row) => ({ collectMs: row['time/collect_ms'], updateMs: row['time/update_ms'] }));
  return times.reduce((fastest, one) => (totalMs(one) < totalMs(fastest) ? one : fastest));
}

const totalMs = ({ collectMs, updateMs }: Timed) => collectMs + updateMs;

function rowOf(one: Task, mpi: Mpi, ranks: number, times: Timed, alone: Timed): Row {
  return {
    task: one.name,
    MPI: mpi.name,
    ranks,
    'collect, ms': Math.round(times.collectMs * 10) / 10,
    'update, ms': Math.round(times.updateMs * 10) / 10,
    'speed-up': (totalMs(alone) / totalMs(times)).toFixed(2),
  };
}

function requireSame(run: string, reference: string): void {
  for (const name of ['policy.safetensors', 'checkpoint.safetensors']) {
    if (readFileSync(join(run, name)).equals(readFileSync(join(reference, name)))) continue;
    throw new Error(`${run} and ${reference} differ in ${name}`);
  }
}
