import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RandomStream } from '../../src/random/philox.js';
import { CLI, MPIS, type Mpi, NO_MPI, pidsOf, runs, start, trpo, WITH_PID } from '../../test/mpi/mpi.js';
import type { BenchContext } from '../report/section.js';
import type { Table } from '../report/table.js';
import { differences } from './savedRuns.js';

const KILLS = 50;
const SEED = 11;
const RANKS = 3;
/** All processes of a run must be gone by then. */
const LONGEST_END_MS = 10_000;
const TRAINING = [
  ...['CartPole-v1', '--environments', '5', '--steps', '64', '--timesteps', String(5 * 64 * 40)],
  ...['--set', 'hiddenSizes=16', '--set', 'valueHiddenSizes=16', '--run-directory', 'run'],
];
const HOW = ['--mpi', '--threads', '1', '--quiet'];

/** Kills a rank of each run at a random moment, and resumes the run on another number of ranks. */
export async function killedRanks({ progress }: BenchContext): Promise<Table[]> {
  const title = `${KILLS} runs on ${RANKS} ranks, one of which is killed (SIGKILL) at a random moment`;
  if (MPIS.length === 0) return [{ title, notes: [NO_MPI], rows: [] }];
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-ranks-'));
  try {
    const rows = [];
    for (const [index, mpi] of MPIS.entries()) {
      const count = Math.floor((KILLS + index) / MPIS.length);
      rows.push({ MPI: mpi.name, ...(await killEach(mpi, count, join(folder, mpi.name), progress)) });
    }
    return [
      {
        title,
        notes: [
          'The moment is drawn evenly between the start of the processes and the end of a run that nothing happens to, the rank too; a run that has ended by then does not count.',
          `Ended: no process of the run is left, at most ${LONGEST_END_MS / 1000} s after the kill. Resumed on 1, 2 and 4 ranks in turn.`,
          'Identical: policy, checkpoint, config and rows (but their times) have the bits of that run.',
        ],
        rows,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function killEach(mpi: Mpi, count: number, folder: string, progress: BenchContext['progress']) {
  const random = new RandomStream(SEED);
  const whole = join(folder, 'whole');
  mkdirSync(whole, { recursive: true });
  const started = performance.now();
  await requireDone(mpi, RANKS, ['train', ...TRAINING], whole);
  const wholeMs = performance.now() - started;
  let [killed, tooLate, beforeSaved, slowestMs, identical] = [0, 0, 0, 0, 0];
  for (let i = 0; killed < count; i++) {
    if (i % 5 === 0) progress(`${mpi.name}: run ${i}, ${killed} of ${count} killed`);
    const place = join(folder, String(i));
    mkdirSync(place);
    const endMs = await killOne(mpi, place, random.uniform() * wholeMs, Math.floor(random.uniform() * RANKS));
    if (endMs === undefined) {
      tooLate++;
      continue;
    }
    killed++;
    slowestMs = Math.max(slowestMs, endMs);
    if (!existsSync(join(place, 'run/checkpoint.safetensors'))) beforeSaved++;
    const what = existsSync(join(place, 'run/config.json')) ? ['--resume', 'run'] : TRAINING;
    await requireDone(mpi, [1, 2, 4][i % 3], ['train', ...what], place);
    const differing = differences(join(place, 'run'), join(whole, 'run'));
    if (differing.length === 0) identical++;
    else progress(`${mpi.name} run ${i} differs in ${differing.join(', ')}`);
  }
  return {
    'runs killed': killed,
    'ended before': tooLate,
    'before the first checkpoint': beforeSaved,
    'slowest end, s': (slowestMs / 1000).toFixed(1),
    identical,
  };
}

/** Kills a rank after that time. The answer: ms until no process is left, or undefined where the run had ended before. */
async function killOne(mpi: Mpi, folder: string, delayMs: number, rank: number): Promise<number | undefined> {
  const { ended } = start(mpi, RANKS, [...WITH_PID, CLI, 'train', ...TRAINING, ...HOW], folder);
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  await setTimeout(delayMs);
  while (pidsOf(folder).length < RANKS && !isOver) await setTimeout(5);
  const pids = pidsOf(folder);
  if (isOver || !runs(pids[rank])) {
    await ended;
    return undefined;
  }
  process.kill(pids[rank], 'SIGKILL');
  const killedAt = performance.now();
  while (pids.some(runs)) {
    if (performance.now() - killedAt > LONGEST_END_MS) throw new Error(`${folder}: a process is left`);
    await setTimeout(5);
  }
  const endMs = performance.now() - killedAt;
  await ended;
  return endMs;
}

async function requireDone(mpi: Mpi, ranks: number, args: readonly string[], folder: string): Promise<void> {
  const { code, stderr } = await trpo(mpi, ranks, [...args, ...HOW], folder);
  if (code !== 0) throw new Error(`${args.join(' ')} on ${ranks} ranks ended with ${code}: ${stderr}`);
}
