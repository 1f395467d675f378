import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Row, Table } from '../report/table.js';
import { type Ended, projectFile, runNode } from './programs.js';
import { differences, leftovers, locksIn, rowCount } from './savedRuns.js';

const CLI = projectFile('dist/cli.js');
const LIBRARY = projectFile('dist/node.js');
/** Rows after which the first run is disturbed. */
const DISTURBED_AFTER = 3;
const CONTENDERS = 4;
const TRAINING = [
  ...['--environments', '2', '--steps', '128', '--timesteps', '7680', '--threads', '2', '--reproducible'],
  ...['--set', 'hiddenSizes=8', '--set', 'valueHiddenSizes=8', '--quiet'],
];
/** The same in a program that begins it twice, and tells who was refused. */
const TWICE = `
  import { train } from ${JSON.stringify(LIBRARY)};
  const size = { environments: 2, steps: 128, timesteps: 7680, hiddenSizes: [8], valueHiddenSizes: [8] };
  const request = { environment: 'CartPole-v1', ...size, threads: 2, reproducible: true, runDirectory: process.argv[2] };
  for (const { reason } of await Promise.allSettled([train(request), train(request)])) {
    if (reason === undefined) continue;
    console.error(String(reason));
    process.exitCode = 1;
  }`;
const WHOLE = 'ownerWhole';
const OTHER_HOST = 'far.example';

interface Situation {
  readonly situation: string;
  /** Why it cannot be made here. */
  readonly impossible?: string;
  /** Makes it in the folder `run`; returns the ends of the processes that wanted it. The run has then come to its end. */
  readonly make: (run: string) => Promise<readonly Ended[]>;
}

/** Several processes that want one run folder: who gets it, what the others read, and what is left. */
export async function ownedRuns(folder: string, progress: (message: string) => void): Promise<Table> {
  const { exitCode, stderr } = await begin(WHOLE);
  if (exitCode !== 0) throw new Error(`${WHOLE} ended with ${exitCode}: ${stderr}`);
  const rows: Row[] = [];
  for (const [index, { situation, impossible, make }] of situations().entries()) {
    progress(situation);
    if (impossible !== undefined) {
      rows.push({ situation, refused: `skipped: ${impossible}` });
      continue;
    }
    const run = `owned${index}`;
    const ends = await make(run);
    const refusals = ends.filter((end) => end.exitCode === 1).map((end) => end.stderr.split('\n')[0]);
    rows.push({
      situation,
      'exit codes': ends.map((end) => end.exitCode).join(', '),
      refused: refusals.at(-1)?.replaceAll(`${folder}/`, '') ?? 'nobody',
      left: left(run),
    });
  }
  return {
    title: 'Owners of a run folder',
    notes: [
      '"same bits": policy, checkpoint, config and rows (but their times) of a run that was alone. refused: what the last process that was refused, or stopped, says first.',
    ],
    rows,
  };

  function begin(run: string, onStart?: (child: ChildProcess) => void): Promise<Ended> {
    const what = ['train', 'CartPole-v1', '--run-directory', run];
    return runNode([CLI, ...what, ...TRAINING], { folder, onStart });
  }

  function resume(run: string): Promise<Ended> {
    return runNode([CLI, 'train', '--resume', run, '--threads', '2', '--quiet'], { folder });
  }

  function left(run: string): string {
    const path = join(folder, run);
    const differing = differences(path, join(folder, WHOLE));
    const files = [...locksIn(path), ...leftovers(path)];
    const bits = differing.length === 0 ? 'same bits' : `differs in ${differing.join(', ')}`;
    return files.length === 0 ? bits : `${bits}; kept ${files.join(', ')}`;
  }

  function lockOf(run: string): string {
    return join(folder, run, 'run.lock');
  }

  /** Of all files of a run, with their names. */
  function digestOf(run: string): string {
    const digest = createHash('sha256');
    for (const name of readdirSync(join(folder, run)).sort()) {
      digest.update(name).update(readFileSync(join(folder, run, name)));
    }
    return digest.digest('hex');
  }

  /** Begins a run and does something to its process while it is under way. */
  async function beginDisturbed(
    run: string,
    signal: 'SIGSTOP' | 'SIGKILL',
    meanwhile: (child: ChildProcess) => Promise<unknown> = async () => {},
  ): Promise<Ended> {
    let disturbing: Promise<unknown> = Promise.resolve();
    const ended = await begin(run, (child) => {
      disturbing = (async () => {
        while (rowCount(join(folder, run)) < DISTURBED_AFTER) await setTimeout(5);
        child.kill(signal);
        await meanwhile(child);
      })();
    });
    await disturbing;
    return ended;
  }

  /** Leaves the lock of a killed process, altered. */
  async function leaveLock(run: string, alter: (lock: Record<string, unknown>) => object): Promise<void> {
    await beginDisturbed(run, 'SIGKILL');
    const lock = JSON.parse(readFileSync(lockOf(run), 'utf8'));
    writeFileSync(lockOf(run), JSON.stringify({ ...lock, ...alter(lock) }));
  }

  function situations(): Situation[] {
    const posix = process.platform === 'win32' ? { impossible: 'needs signals' } : {};
    const linux = process.platform === 'linux' ? {} : { impossible: 'needs Linux' };
    return [
      {
        situation: `${CONTENDERS} processes begin it at once`,
        make: (run) => Promise.all(Array.from({ length: CONTENDERS }, () => begin(run))),
      },
      {
        situation: `${CONTENDERS} processes go on with it at once`,
        ...posix,
        make: async (run) => {
          await beginDisturbed(run, 'SIGKILL');
          return Promise.all(Array.from({ length: CONTENDERS }, () => resume(run)));
        },
      },
      {
        situation: 'one process begins it twice at once',
        make: async (run) => {
          writeFileSync(join(folder, 'twice.mjs'), TWICE);
          return [await runNode(['twice.mjs', run], { folder })];
        },
      },
      {
        situation: 'its process is suspended (SIGSTOP), another wants it, the first continues',
        ...posix,
        make: async (run) => {
          const ends: Ended[] = [];
          const first = await beginDisturbed(run, 'SIGSTOP', async (child) => {
            ends.push(await resume(run));
            child.kill('SIGCONT');
          });
          return [first, ...ends];
        },
      },
      {
        situation: 'the same, and its lock is deleted by hand: the second ends the run, the first continues',
        ...posix,
        make: async (run) => {
          const ends: Ended[] = [];
          const first = await beginDisturbed(run, 'SIGSTOP', async (child) => {
            rmSync(lockOf(run));
            ends.push(await resume(run));
            child.kill('SIGCONT');
          });
          return [...ends, first];
        },
      },
      {
        situation: 'its process was killed',
        ...posix,
        make: async (run) => {
          const first = await beginDisturbed(run, 'SIGKILL');
          if (!existsSync(lockOf(run))) throw new Error(`${run}: a killed process left no lock`);
          return [first, await resume(run)];
        },
      },
      {
        situation: 'its process was killed, and its number is that of another program',
        ...linux,
        make: async (run) => {
          await leaveLock(run, () => ({ pid: process.pid }));
          return [await resume(run)];
        },
      },
      {
        situation: 'the lock is of another host; then it is deleted',
        ...posix,
        make: async (run) => {
          await leaveLock(run, () => ({ host: OTHER_HOST, pidSpace: 'of that host' }));
          const before = digestOf(run);
          const refused = await resume(run);
          if (digestOf(run) !== before) throw new Error(`${run} was written in spite of its lock`);
          rmSync(lockOf(run));
          return [refused, await resume(run)];
        },
      },
    ];
  }
}
