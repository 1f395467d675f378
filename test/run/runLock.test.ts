import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OwnershipError } from '../../src/errors.js';
import { nodePlatform, resume, type TrainRequest, train } from '../../src/node.js';
import { LONGEST_SILENCE_MS } from '../../src/platform/locking.js';
import { keepFresh } from '../../src/platform/nodeProcesses.js';
import { RunDirectory } from '../../src/run/runDirectory.js';
import { LOCK_FILE, RunLock } from '../../src/run/runLock.js';
import { train as trainOn } from '../../src/run/train.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const here = await nodePlatform.locking!.thisProcess();
const SINCE = '2026-01-02T03:04:05.678Z';
const SMALL: TrainRequest = {
  environment: 'CartPole-v1',
  ...{ environments: 1, steps: 64, hiddenSizes: [8], valueHiddenSizes: [8], valueEpochs: 1, timesteps: 256 },
};

/** An empty folder for a run. */
function emptyFolder(name: string): string {
  const path = folder.path(name);
  mkdirSync(path);
  return path;
}

/** A lock as another owner leaves it. */
function writeLock(runDirectory: string, owner: object, name = LOCK_FILE): void {
  const lock = { format: 'wasm-trpo/lock', ...here, since: SINCE, token: 'another', ...owner };
  writeFileSync(join(runDirectory, name), JSON.stringify(lock));
}

/** A process that has ended, though its number may be another's by now. */
function endedPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

function lockFilesIn(runDirectory: string): string[] {
  return readdirSync(runDirectory).filter((name) => name.startsWith('run.lock') || name.endsWith('.tmp'));
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => expect.unreachable('nothing was refused'),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(OwnershipError);
  return (error as OwnershipError).message;
}

function iterationsIn(runDirectory: string): number[] {
  const lines = readFileSync(join(runDirectory, 'progress.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)['time/iterations']);
}

describe('a run folder', () => {
  test('is locked from the start of a run to its end, by who the lock names', async () => {
    const runDirectory = folder.path('locked');
    const onIteration = () => {
      const lock = JSON.parse(readFileSync(join(runDirectory, LOCK_FILE), 'utf8'));
      expect(lock).toMatchObject({ ...here, pid: process.pid });
      expect(Math.abs(Date.parse(lock.since) - Date.now())).toBeLessThan(60_000);
    };
    await train({ ...SMALL, runDirectory, onIteration });
    expect(lockFilesIn(runDirectory)).toEqual([]);
    await resume({ runDirectory, timesteps: 320, onIteration });
    expect(lockFilesIn(runDirectory)).toEqual([]);
    expect(iterationsIn(runDirectory)).toEqual([1, 2, 3, 4, 5]);
  });

  test('is given back by a run that fails or is refused', async () => {
    const runDirectory = folder.path('failing');
    const onIteration = () => {
      throw new Error('enough');
    };
    await expect(train({ ...SMALL, runDirectory, onIteration })).rejects.toThrow('enough');
    expect(lockFilesIn(runDirectory)).toEqual([]);
    await expect(resume({ runDirectory, options: { maxKl: -1 } })).rejects.toThrow('maxKl');
    await expect(train({ ...SMALL, runDirectory })).rejects.toThrow(/holds a run already/);
    expect(lockFilesIn(runDirectory)).toEqual([]);
  });

  test('that holds no run gets no lock from being resumed', async () => {
    const runDirectory = emptyFolder('nothing');
    await expect(resume({ runDirectory })).rejects.toThrow(/holds no run/);
    expect(readdirSync(runDirectory)).toEqual([]);
  });

  test('cannot be written by who opened it to read', async () => {
    const runDirectory = folder.path('read');
    await train({ ...SMALL, timesteps: 64, runDirectory });
    const opened = await RunDirectory.open(nodePlatform, runDirectory);
    expect(await refusal(opened.save(new Uint8Array(), new Uint8Array()))).toMatch(/opened to be read/);
    expect(await opened.readRows()).toHaveLength(1);
  });
});

describe('of two runs in one process', () => {
  test('that begin in one folder at once one trains, the other is told who has it', async () => {
    const runDirectory = folder.path('begun');
    const ends = await Promise.allSettled([1, 2, 3].map(() => train({ ...SMALL, runDirectory })));
    const refused = ends.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(OwnershipError);
      expect(reason.message).toContain(`process ${process.pid} on host ${here.host}, since 2`);
      expect(reason.message).toMatch(/which is this process: wait for the end of that run, or give another/);
    }
    expect(iterationsIn(runDirectory)).toEqual([1, 2, 3, 4]);
    expect(lockFilesIn(runDirectory)).toEqual([]);
  });

  test('that go on with one folder at once one goes on', async () => {
    const runDirectory = folder.path('resumed');
    await train({ ...SMALL, runDirectory, timesteps: 64 });
    const both = [1, 2].map(() => resume({ runDirectory, timesteps: 256 }));
    const statuses = (await Promise.allSettled(both)).map(({ status }) => status);
    expect(statuses.sort()).toEqual(['fulfilled', 'rejected']);
    expect(iterationsIn(runDirectory)).toEqual([1, 2, 3, 4]);
  });
});

describe('a lock that another process left', () => {
  test('is in force while that process runs', async () => {
    const runDirectory = emptyFolder('running');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const { started } = startOf(child.pid!);
    // however long it has been suspended
    writeLock(runDirectory, { pid: child.pid, started });
    utimesSync(join(runDirectory, LOCK_FILE), 0, 0);
    if (started !== undefined) {
      expect(await refusal(train({ ...SMALL, runDirectory }))).toBe(
        `${runDirectory} belongs to process ${child.pid} on host ${here.host}, since ${SINCE}: wait for its end, or stop it (kill ${child.pid}), or give another run folder (if this one is a copy of the folder of that run, delete ${join(runDirectory, LOCK_FILE)})`,
      );
    }
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    await train({ ...SMALL, runDirectory });
    expect(lockFilesIn(runDirectory)).toEqual([]);
  });

  test('is taken over once the process is gone', async () => {
    const runDirectory = emptyFolder('gone');
    writeLock(runDirectory, { pid: endedPid() });
    await train({ ...SMALL, runDirectory });
    expect(lockFilesIn(runDirectory)).toEqual([]);
  });

  test.skipIf(here.started === undefined)(
    'is taken over when its number is another process by now',
    async () => {
      const runDirectory = emptyFolder('reused');
      writeLock(runDirectory, { pid: process.pid, started: '1' });
      await train({ ...SMALL, runDirectory });
      writeLock(runDirectory, { pid: process.ppid, started: '1' });
      await resume({ runDirectory, timesteps: 320 });
      expect(lockFilesIn(runDirectory)).toEqual([]);
    },
  );

  test.skipIf(process.platform !== 'linux')('is taken over when its process is a zombie', async () => {
    const runDirectory = emptyFolder('zombie');
    // a parent that becomes another program never asks how its child ended
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60']);
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.on('data', (text) => resolve(Number(text))),
    );
    await expect.poll(() => startOf(pid).state).toBe('Z');
    writeLock(runDirectory, { pid, started: startOf(pid).started });
    await train({ ...SMALL, runDirectory });
    parent.kill('SIGKILL');
  });

  test('is in force while it is fresh, where starts of processes cannot be read, or pids mean others', async () => {
    for (const [i, owner] of [
      { pid: process.ppid, started: undefined },
      { pid: endedPid(), pidSpace: 'another container' },
    ].entries()) {
      const runDirectory = emptyFolder(`silent-${i}`);
      writeLock(runDirectory, owner);
      const message = await refusal(train({ ...SMALL, runDirectory }));
      expect(message).toMatch(
        / belongs to process .*: wait for its end; if it has ended, try again 2 minutes/,
      );
      expect(message).not.toContain('kill');
      const then = new Date(Date.now() - LONGEST_SILENCE_MS - 5000);
      utimesSync(join(runDirectory, LOCK_FILE), then, then);
      await train({ ...SMALL, runDirectory });
      expect(lockFilesIn(runDirectory)).toEqual([]);
    }
  });

  test('of another host is never taken over: the file to delete is named', async () => {
    const runDirectory = emptyFolder('elsewhere');
    const lock = join(runDirectory, LOCK_FILE);
    writeLock(runDirectory, { host: 'far.example', pid: 12, pidSpace: 'of that host' });
    utimesSync(lock, 0, 0);
    expect(await refusal(train({ ...SMALL, runDirectory }))).toBe(
      `${runDirectory} belongs to process 12 on host far.example, since ${SINCE}; whether that process still runs cannot be seen from host ${here.host}: if it surely does not, delete ${lock} and try again`,
    );
    expect(readdirSync(runDirectory)).toEqual([LOCK_FILE]);
    rmSync(lock);
    await train({ ...SMALL, runDirectory });
  });

  test.each([
    ['', /is not JSON/],
    ['{}', /its format is not/],
    ['[]', /its format is not/],
    [{ token: '../../evil' }, /its token is not letters and digits/],
    [{ pid: -1 }, /its pid is not/],
    [{ pid: 0 }, /its pid is not/],
    [{ host: 3 }, /its host or since/],
  ] as const)('that tells nothing is left alone: %j', async (content, fault) => {
    const runDirectory = folder.path('unreadable');
    mkdirSync(runDirectory, { recursive: true });
    const lock = join(runDirectory, LOCK_FILE);
    if (typeof content === 'string') writeFileSync(lock, content);
    else writeLock(runDirectory, content);
    const before = readFileSync(lock, 'utf8');
    const message = await refusal(train({ ...SMALL, runDirectory }));
    expect(message).toMatch(fault);
    expect(message).toContain(`if surely no process writes that folder, delete the file`);
    expect(readFileSync(lock, 'utf8')).toBe(before);
    expect(readdirSync(runDirectory)).toEqual([LOCK_FILE]);
  });

  test.skipIf(process.platform === 'win32')('that leads nowhere ends in an error', async () => {
    const runDirectory = emptyFolder('dangling');
    execFileSync('ln', ['-s', 'nowhere', join(runDirectory, LOCK_FILE)]);
    await expect(train({ ...SMALL, runDirectory })).rejects.toThrow(/can neither be created nor read/);
  });

  test('is taken over by one of many that find it', async () => {
    const runDirectory = emptyFolder('many');
    for (let round = 0; round < 5; round++) {
      writeLock(runDirectory, { pid: endedPid(), token: `dead-${round}` });
      const claims = await Promise.allSettled(
        Array.from({ length: 20 }, () => RunLock.claim(nodePlatform, runDirectory)),
      );
      const held = claims.flatMap((claim) => (claim.status === 'fulfilled' ? [claim.value] : []));
      expect(held).toHaveLength(1);
      await held[0].confirm();
      await held[0].release();
      expect(lockFilesIn(runDirectory)).toEqual([]);
    }
  });

  test('and that of one who was killed while taking it over', async () => {
    const runDirectory = emptyFolder('twice');
    writeLock(runDirectory, { pid: endedPid(), token: 'first' });
    writeLock(runDirectory, { pid: endedPid(), token: 'second' }, `${LOCK_FILE}-first`);
    writeLock(runDirectory, { pid: endedPid(), token: 'third' }, `${LOCK_FILE}-second`);
    const lock = await RunLock.claim(nodePlatform, runDirectory);
    await lock.confirm();
    expect(lockFilesIn(runDirectory)).toEqual([LOCK_FILE]);
    await lock.release();
    expect(lockFilesIn(runDirectory)).toEqual([]);
  });
});

describe('a run whose folder is taken while it trains', () => {
  /** Calls `disturb` after the second iteration of a run of four; returns what the run ended with, and the files then. */
  async function disturbed(name: string, disturb: (runDirectory: string) => void): Promise<string> {
    const runDirectory = folder.path(name);
    let before: Record<string, Buffer> = {};
    const onIteration: TrainRequest['onIteration'] = ({ iteration }) => {
      if (iteration !== 2) return;
      disturb(runDirectory);
      before = contentsOf(runDirectory);
    };
    const rows: unknown[] = [];
    const sinks = [{ write: (row: unknown) => void rows.push(row) }];
    const message = await refusal(train({ ...SMALL, runDirectory, onIteration, sinks }));
    expect(rows).toHaveLength(2);
    expect(contentsOf(runDirectory)).toEqual(before);
    return message;
  }

  function contentsOf(runDirectory: string): Record<string, Buffer> {
    return Object.fromEntries(
      readdirSync(runDirectory).map((name) => [name, readFileSync(join(runDirectory, name))]),
    );
  }

  test('by another stops and writes nothing more: no row, no policy, no checkpoint, no failure', async () => {
    const message = await disturbed('taken', (runDirectory) => writeLock(runDirectory, { pid: 4711 }));
    expect(message).toBe(
      `${folder.path('taken')} does not belong to this run any more: process 4711 on host ${here.host} took it over at ${SINCE}, perhaps while this run was suspended; this run stops and writes nothing more there: go on with --resume when no other process writes it`,
    );
    expect(existsSync(folder.path('taken', LOCK_FILE))).toBe(true);
  });

  test('by someone who deletes its lock stops as well', async () => {
    const message = await disturbed('deleted', (runDirectory) => rmSync(join(runDirectory, LOCK_FILE)));
    expect(message).toContain(`its lock ${folder.path('deleted', LOCK_FILE)} was deleted`);
  });

  test('while a file is being written keeps the other content', async () => {
    const runDirectory = folder.path('halfway');
    const platform = {
      ...nodePlatform,
      replaceFile: async (path: string, content: Uint8Array | string, confirm?: () => Promise<void>) => {
        const isSecond = path.endsWith('checkpoint.safetensors') && existsSync(path);
        if (isSecond) writeLock(runDirectory, { pid: 4711 });
        return nodePlatform.replaceFile(path, content, confirm);
      },
    };
    const saved: Buffer[] = [];
    const onIteration = () => void saved.push(readFileSync(join(runDirectory, 'checkpoint.safetensors')));
    expect(await refusal(trainOn(platform, { ...SMALL, runDirectory, onIteration }))).toMatch(/4711/);
    expect(saved).toHaveLength(1);
    expect(readFileSync(join(runDirectory, 'checkpoint.safetensors')).equals(saved[0])).toBe(true);
    expect(iterationsIn(runDirectory)).toEqual([1, 2]);
  });

  test('goes on where the other one ended', async () => {
    const runDirectory = folder.path('after');
    let other: Promise<unknown> | undefined;
    const first = train({
      ...SMALL,
      runDirectory,
      onIteration: async ({ iteration }) => {
        if (iteration !== 2) return;
        rmSync(join(runDirectory, LOCK_FILE));
        other = resume({ runDirectory });
        await other;
      },
    });
    expect(await refusal(first)).toMatch(/was deleted/);
    expect(iterationsIn(runDirectory)).toEqual([1, 2, 3, 4]);
    const undisturbed = folder.path('undisturbed');
    await train({ ...SMALL, runDirectory: undisturbed });
    for (const name of ['policy.safetensors', 'checkpoint.safetensors']) {
      expect(readFileSync(join(runDirectory, name)).equals(readFileSync(join(undisturbed, name)))).toBe(true);
    }
  });
});

test('a file is kept fresh until that is stopped', async () => {
  const file = folder.path('fresh');
  writeFileSync(file, '');
  utimesSync(file, 0, 0);
  const mtime = () => statSync(file).mtimeMs;
  const stop = keepFresh(file, 5);
  await expect.poll(mtime).toBeGreaterThan(Date.now() - 60_000);
  stop();
  // one may be under way
  await new Promise((resolve) => setTimeout(resolve, 50));
  utimesSync(file, 0, 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(mtime()).toBe(0);
});

/** From /proc; on other systems nothing. */
function startOf(pid: number): { readonly state?: string; readonly started?: string } {
  if (process.platform !== 'linux') return {};
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.replace(/^.*\) /s, '').split(' ');
  return { state: fields[0], started: fields[19] };
}
