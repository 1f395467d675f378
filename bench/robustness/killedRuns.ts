import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RandomStream } from '../../src/random/philox.js';
import type { Table } from '../report/table.js';
import { projectFile, runNode } from './programs.js';
import { differences, leftovers, locksIn, rowCount } from './savedRuns.js';

const RUNS = 100;
/** Unkilled runs, whose shortest time is the expected end of the others: the first one warms caches up. */
const TIMED_RUNS = 5;
const SEED = 7;
const CLI = projectFile('dist/cli.js');
/** Twelve iterations in two threads, about as long as the start of the process. */
const TRAINING = [
  ...['--environments', '2', '--steps', '32', '--timesteps', '768', '--threads', '2', '--quiet'],
  ...['--set', 'hiddenSizes=8', '--set', 'valueHiddenSizes=8', '--set', 'valueEpochs=2'],
];

interface Kills {
  kills: number;
  beforeBegun: number;
  beforeSaved: number;
  leftovers: number;
}

/** Runs that are killed and resumed until they end, each compared with one that was never killed. */
export async function killedRuns(folder: string, progress: (message: string) => void): Promise<Table> {
  const durations: number[] = [];
  for (let i = 0; i < TIMED_RUNS; i++) {
    const started = performance.now();
    await train(folder, `whole${i}`);
    durations.push(performance.now() - started);
  }
  const expectedMs = Math.min(...durations);
  const random = new RandomStream(SEED);
  const total: Kills = { kills: 0, beforeBegun: 0, beforeSaved: 0, leftovers: 0 };
  let mostKills = 0;
  let identical = 0;
  for (let i = 0; i < RUNS; i++) {
    if (i % 10 === 0) progress(`killed runs ${i} of ${RUNS}`);
    const run = `killed${i}`;
    const kills = await killUntilDone(folder, run, () => random.uniform() * expectedMs);
    for (const key of Object.keys(total) as (keyof Kills)[]) total[key] += kills[key];
    mostKills = Math.max(mostKills, kills.kills);
    const differing = differences(join(folder, run), join(folder, 'whole0'));
    if (differing.length === 0) identical++;
    else progress(`${run} differs in ${differing.join(', ')}`);
  }
  return {
    title: `${RUNS} runs killed by SIGKILL and resumed until they end`,
    notes: [
      `Each process is killed at a moment between its start and the expected end of an unkilled run (${expectedMs.toFixed(0)} ms), drawn evenly.`,
      'identical: policy, checkpoint, config and rows (but their times) have the bits of a run that was never killed.',
    ],
    rows: [
      {
        runs: RUNS,
        kills: total.kills,
        'most of one run': mostKills,
        'before the run began': total.beforeBegun,
        'before its first checkpoint': total.beforeSaved,
        'half-written files left and removed': total.leftovers,
        identical,
      },
    ],
  };
}

async function killUntilDone(folder: string, run: string, nextDelayMs: () => number): Promise<Kills> {
  const path = join(folder, run);
  const kills: Kills = { kills: 0, beforeBegun: 0, beforeSaved: 0, leftovers: 0 };
  while (!(await train(folder, run, nextDelayMs()))) {
    kills.kills++;
    kills.leftovers += leftovers(path).length;
    if (!existsSync(join(path, 'config.json'))) kills.beforeBegun++;
    else if (!existsSync(join(path, 'checkpoint.safetensors'))) kills.beforeSaved++;
  }
  const kept = [...leftovers(path), ...locksIn(path)];
  if (kept.length > 0) throw new Error(`${run} kept ${kept} after ${rowCount(path)} rows`);
  return kills;
}

/** Begins the run or goes on with it; returns whether it came to its end before it was killed. */
async function train(folder: string, run: string, killAfterMs?: number): Promise<boolean> {
  const hasBegun = existsSync(join(folder, run, 'config.json'));
  const what = hasBegun
    ? ['--resume', run, '--threads', '2', '--quiet']
    : ['CartPole-v1', '--run-directory', run, ...TRAINING];
  const stop = new AbortController();
  const { exitCode, stderr } = await runNode([CLI, 'train', ...what], {
    folder,
    onStart: (child) => {
      if (killAfterMs === undefined) return;
      setTimeout(killAfterMs, undefined, { signal: stop.signal }).then(
        () => child.kill('SIGKILL'),
        () => {},
      );
    },
  });
  stop.abort();
  if (exitCode === 0) return true;
  if (exitCode !== 137 || stderr !== '') throw new Error(`${run} ended with ${exitCode}: ${stderr}`);
  return false;
}
