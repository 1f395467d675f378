import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { startCli, temporaryFolder } from '../support/cli.js';
import { withoutTimes } from '../support/runs.js';

const folder = temporaryFolder();
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const NETWORKS = ['--set', 'hiddenSizes=8', '--set', 'valueHiddenSizes=8'];
const SMALL = ['--environments', '2', '--steps', '64', '--timesteps', '2560', '--threads', '2', ...NETWORKS];

function trainingArguments(run: string, more: readonly string[] = []): string[] {
  return ['train', 'CartPole-v1', '--run-directory', run, ...SMALL, ...more];
}

function rowsOf(run: string): unknown[] {
  const lines = readFileSync(folder.path(run, 'progress.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => withoutTimes(JSON.parse(line)));
}

function expectSameRun(actual: string, expected: string): void {
  expect(rowsOf(actual)).toEqual(rowsOf(expected));
  for (const name of ['policy.safetensors', 'checkpoint.safetensors']) {
    const [bytes, expectedBytes] = [actual, expected].map((run) => readFileSync(folder.path(run, name)));
    expect(bytes.equals(expectedBytes), name).toBe(true);
  }
}

function eventFilesOf(run: string): string[] {
  return readdirSync(folder.path(run))
    .filter((name) => name.startsWith('events.'))
    .sort();
}

function hasRows(run: string, count: number): boolean {
  const path = folder.path(run, 'progress.jsonl');
  return existsSync(path) && readFileSync(path, 'utf8').split('\n').length > count;
}

/** The code as a shell counts: 128 + N after signal N. */
function inShell(line: string): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', `${line}; exit $?`], { cwd: folder.path() }, (_, __, stderr) =>
      resolve({ code: child.exitCode ?? -1, stderr }),
    );
  });
}

// what the runs below would be if nothing happened to them
beforeAll(async () => {
  expect((await startCli(trainingArguments('whole', ['--quiet']), folder.path())).code).toBe(0);
});

describe('a run survives', () => {
  test('SIGKILL at any moment: it ends with the same bits and leaves no other file', async () => {
    const survives = async (delayMs: number) => {
      const run = `killed-${delayMs}`;
      const child = spawn(process.execPath, [CLI, ...trainingArguments(run)], { cwd: folder.path() });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await setTimeout(delayMs);
      child.kill('SIGKILL');
      await ended;
      const begun = existsSync(folder.path(run, 'config.json'));
      const args = begun ? ['train', '--resume', run, '--quiet'] : trainingArguments(run, ['--quiet']);
      expect(await startCli(args, folder.path())).toMatchObject({ code: 0, stderr: '' });
      expectSameRun(run, 'whole');
      expect(readdirSync(folder.path(run)).sort()).toEqual(readdirSync(folder.path('whole')).sort());
    };
    await Promise.all([120, 240, 360].map(survives));
  });

  test.skipIf(process.platform === 'win32')('a suspension that is longer than a step may take', async () => {
    const limited = ['--set', 'stepTimeoutMs=400', '--timesteps', '10240', '--steps', '256'];
    await startCli(trainingArguments('unsuspended', limited), folder.path());
    let asked = false;
    const suspended = await startCli(trainingArguments('suspended', limited), folder.path(), (_, child) => {
      if (asked || !hasRows('suspended', 3)) return;
      asked = true;
      child.kill('SIGSTOP');
      void setTimeout(1200).then(() => child.kill('SIGCONT'));
    });
    expect(asked).toBe(true);
    expect(suspended).toMatchObject({ code: 0, stderr: '' });
    expectSameRun('suspended', 'unsuspended');
  });
});

test.skipIf(process.platform === 'win32')(
  'a folder that cannot be made is told, and the program ends',
  async () => {
    for (const [path, reason] of [
      ['/proc/x/y', /takes no new folders|EROFS|EACCES|ENOENT/],
      ['/dev/null/x', /not a folder/],
    ] as const) {
      const { code, stderr } = await startCli(trainingArguments(path, ['--quiet']), folder.path());
      expect(stderr).toMatch(reason);
      expect(stderr.startsWith(`trpo: cannot create the folder ${path}: `)).toBe(true);
      expect(code).toBe(1);
    }
  },
);

describe('a run folder that two processes want', () => {
  const until = async (holds: () => boolean) => {
    while (!holds()) await setTimeout(10);
  };
  const lockOf = (run: string) => folder.path(run, 'run.lock');
  const resumed = (run: string) => startCli(['train', '--resume', run, '--quiet'], folder.path());

  test('at once is trained by one', async () => {
    const args = trainingArguments('contested', ['--quiet']);
    const ends = await Promise.all([1, 2, 3].map(() => startCli(args, folder.path())));
    expect(ends.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
    for (const { code, stderr } of ends) {
      expect(stderr).toMatch(
        code === 0 ? /^$/ : /^trpo: contested (belongs to process \d+ on|holds a run already)/,
      );
    }
    expectSameRun('contested', 'whole');
    expect(existsSync(lockOf('contested'))).toBe(false);
  });

  test.skipIf(process.platform === 'win32')(
    'stays with a suspended one while its lock stands; once it is deleted, that one finds out before it writes',
    async () => {
      const suspend = async (isForced: boolean) => {
        const run = isForced ? 'forced' : 'kept';
        let first: ReturnType<typeof spawn> | undefined;
        const ended = startCli(trainingArguments(run), folder.path(), (_, child) => {
          if (first !== undefined || !hasRows(run, 3)) return;
          first = child;
          child.kill('SIGSTOP');
        });
        await until(() => first !== undefined);
        const { code, stderr } = await resumed(run);
        expect(code).toBe(1);
        expect(stderr).toContain(`trpo: ${run} belongs to process ${first!.pid} on host `);
        if (isForced) {
          rmSync(lockOf(run));
          expect(await resumed(run)).toMatchObject({ code: 0, stderr: '' });
          expectSameRun(run, 'whole');
        }
        first!.kill('SIGCONT');
        const end = await ended;
        expect(end.code).toBe(isForced ? 1 : 0);
        if (isForced) expect(end.stderr).toMatch(/^trpo: forced does not belong to this run any more: /);
        expectSameRun(run, 'whole');
        expect(existsSync(lockOf(run))).toBe(false);
      };
      await Promise.all([suspend(false), suspend(true)]);
    },
  );

  test('is taken over from one that was killed', async () => {
    const run = 'widowed';
    await startCli(trainingArguments(run), folder.path(), (_, child) => {
      if (hasRows(run, 3)) child.kill('SIGKILL');
    });
    expect(existsSync(lockOf(run))).toBe(true);
    const ends = await Promise.all([resumed(run), resumed(run)]);
    expect(ends.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(existsSync(lockOf(run))).toBe(false);
    expect(rowsOf(run)).toEqual(rowsOf('whole'));
  });
});

test('a clock that was set back does not put the event file of a later session before that of an earlier one', async () => {
  const run = 'setBack';
  await startCli(trainingArguments(run, ['--tensorboard', '--timesteps', '256']), folder.path());
  const [earlier] = eventFilesOf(run);
  const setBack = 'data:text/javascript,const now=Date.now;Date.now=()=>now()-1e10';
  const args = ['train', '--resume', run, '--timesteps', '512', '--tensorboard'];
  const { code } = await inShell(`'${process.execPath}' --import '${setBack}' ${CLI} ${args.join(' ')}`);
  expect(code).toBe(0);
  expect(eventFilesOf(run)).toHaveLength(2);
  expect(eventFilesOf(run)[0]).toBe(earlier);
});

describe('a run that cannot write', () => {
  const commandLine = (args: readonly string[]) => [process.execPath, CLI, ...args].join(' ');

  test.skipIf(process.platform !== 'linux')(
    'says so and how to go on, and then goes on with the same bits',
    async () => {
      const limited = commandLine(trainingArguments('limited', ['--quiet']));
      const { code, stderr } = await inShell(`ulimit -f 12; ${limited}`);
      expect(code).toBe(1);
      const [first, second] = stderr.split('\n');
      expect(first).toMatch(/^trpo: cannot (append to|write) limited\/.*\(EFBIG\)$/);
      expect(second).toMatch(/^trpo: \d+ iterations are saved; .* trpo train --resume limited$/);
      const resumed = await startCli(['train', '--resume', 'limited', '--quiet'], folder.path());
      expect(resumed).toMatchObject({ code: 0, stderr: '' });
      expectSameRun('limited', 'whole');
    },
  );

  test.skipIf(!existsSync('/dev/full'))('its output says so too', async () => {
    const { code, stderr } = await inShell(`${commandLine(trainingArguments('told'))} > /dev/full`);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'trpo: cannot write to standard output: the disk is full; free some space and try again (ENOSPC)\n',
    );
    const quietly = await inShell(
      `${commandLine(trainingArguments('untold', ['--json', '--timesteps', '128']))} 2> /dev/full`,
    );
    expect(quietly.code).toBe(0);
  });
});

describe('exit codes', () => {
  test('are told by --help', async () => {
    const { stdout } = await startCli(['--help'], folder.path());
    for (const code of [/ 0 {2}done/, / 1 {2}an error/, / 130 {2}Ctrl-C twice/, / 134 {2}/, /128 \+ N/]) {
      expect(stdout).toMatch(code);
    }
  });

  test.skipIf(process.platform === 'win32')(
    '130 after a second Ctrl-C, and nothing saved is lost',
    async () => {
      const run = 'twice';
      // an update of a second, during which both come
      const slow = ['--set', 'valueEpochs=1000', '--set', 'valueMinibatch=1', '--steps', '512'];
      let asked = false;
      const { code } = await startCli(trainingArguments(run, slow), folder.path(), (_, child) => {
        if (asked || !hasRows(run, 1)) return;
        asked = true;
        void (async () => {
          for (let signal = 0; signal < 2; signal++) {
            await setTimeout(signal === 0 ? 80 : 20);
            child.kill('SIGINT');
          }
        })();
      });
      expect(code).toBe(130);
      expect(hasRows(run, 1)).toBe(true);
      expect(existsSync(folder.path(run, 'checkpoint.safetensors'))).toBe(true);
    },
  );
});

test.skipIf(process.platform !== 'linux')(
  'an environment that waits in the system is named, and the process killed',
  async () => {
    const program = fileURLToPath(new URL('./fixtures/program.mjs', import.meta.url));
    const { code, stderr } = await inShell(`'${process.execPath}' ${program} train waiting waitsInSystem`);
    expect(code).toBe(137);
    expect(stderr).toMatch(
      // of whichever thread is caught first
      /^EnvironmentError: environments (0 to 1|2 to 3) of Robot from step 128 on: .*waits in the/,
    );
    expect(stderr).toMatch(/the last checkpoint stands/);
    expect(rowsOf('waiting')).toHaveLength(2);
  },
);
