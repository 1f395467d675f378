import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { resume } from '../../src/node.js';
import { supportsVariant } from '../../src/wasm/variant.js';
import { startCli, temporaryFolder } from '../support/cli.js';
import { withoutTimes } from '../support/runs.js';

const folder = temporaryFolder();
const QUICK = ['--set', 'hiddenSizes=8', '--set', 'valueHiddenSizes=8', '--set', 'valueEpochs=2', '--quiet'];
const RUN = ['--environments', '5', '--steps', '60', '--timesteps', '1200', ...QUICK];

function read(run: string, name: string): Buffer {
  return readFileSync(folder.path(run, name));
}

function rowsOf(run: string): unknown[] {
  const lines = read(run, 'progress.jsonl').toString().trimEnd().split('\n');
  return lines.map((line) => withoutTimes(JSON.parse(line)));
}

function configOf(run: string): Record<string, unknown> {
  return JSON.parse(read(run, 'config.json').toString());
}

function expectSameRun(actual: string, expected: string): void {
  expect(rowsOf(actual)).toEqual(rowsOf(expected));
  for (const name of ['policy.safetensors', 'checkpoint.safetensors', 'config.json']) {
    expect(read(actual, name).equals(read(expected, name)), name).toBe(true);
  }
}

async function train(run: string, ...flags: string[]): Promise<void> {
  const args = ['train', 'Pendulum-v1', '--run-directory', run, ...RUN, ...flags];
  expect(await startCli(args, folder.path())).toMatchObject({ code: 0, stderr: '' });
}

describe('trpo train', () => {
  test('--threads changes no file, and a run goes on with other --threads', async () => {
    await train('one', '--threads', '1');
    await train('three', '--threads', '3');
    expectSameRun('three', 'one');
    await train('parts', '--threads', '3', '--timesteps', '600');
    const args = ['train', '--resume', 'parts', '--timesteps', '1200', '--threads', '2', '--quiet'];
    expect(await startCli(args, folder.path())).toMatchObject({ code: 0, stderr: '' });
    expect(rowsOf('parts')).toEqual(rowsOf('one'));
    expect(read('parts', 'policy.safetensors').equals(read('one', 'policy.safetensors'))).toBe(true);
  });

  test.each(['0', '65', '-1', '1.5', 'all'])('--threads %s is refused', async (threads) => {
    const args = ['train', 'CartPole-v1', '--run-directory', 'refused', `--threads=${threads}`, ...RUN];
    const { code, stdout, stderr } = await startCli(args, folder.path());
    expect(code).toBe(1);
    expect(stderr).toMatch(/^trpo: .*threads/);
    expect(stderr).toMatch(/whole number/);
    expect(stderr).not.toMatch(/unexpected error|\n\s+at /);
    expect(stdout).toBe('');
    expect(() => configOf('refused')).toThrow(/ENOENT/);
  });

  test('--reproducible takes the strict kernels, and config.json says so', async () => {
    await train('reproducible', '--reproducible');
    expect(configOf('reproducible').variant).toBe('simd');
    if (!supportsVariant('relaxed')) expectSameRun('reproducible', 'one');
  });
});

describe('a run that was begun with other kernels', () => {
  test.each(['relaxed', 'simd', 'future'])('"%s": resuming warns where they do not run', async (variant) => {
    const run = `begun-${variant}`;
    await train(run, '--timesteps', '600');
    const config = { ...configOf(run), variant };
    writeFileSync(folder.path(run, 'config.json'), JSON.stringify(config));
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const { trainer, finished } = await resume({
      runDirectory: folder.path(run),
      timesteps: 900,
      threads: 2,
      onWarning,
    });
    expect(finished).toBe(true);
    const isKnown = variant === 'relaxed' || variant === 'simd';
    const runsHere = isKnown && supportsVariant(variant);
    if (runsHere) {
      expect(warnings).toEqual([]);
      expect(trainer.variant).toBe(variant);
    } else {
      expect(warnings).toEqual([
        expect.stringMatching(
          new RegExp(`begun with kernels "${variant}", which do not run here; "\\w+" are used`),
        ),
      ]);
      expect(trainer.variant).not.toBe(variant);
    }
  });
});

describe('a program', () => {
  const run = (name: string, ...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const program = fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url));
      const child = execFile(process.execPath, [program, ...args], { timeout: 50_000 }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });

  test('ends by itself though its trainers are never closed', async () => {
    expect(await run('unclosed')).toEqual({ code: 0, stdout: 'made 512 and 1280 steps\n', stderr: '' });
  });

  test('that gives up an answer ends before its limit of ten minutes', async () => {
    expect(await run('abandoned')).toEqual({ code: 0, stdout: 'made 128 steps\n', stderr: '' });
  });

  test('that closes trainers while their threads come up goes on', async () => {
    expect(await run('closedAtOnce')).toEqual({ code: 0, stdout: 'closed 40 trainers\n', stderr: '' });
  });

  test.each([
    [
      'throwsInWorkers',
      /EnvironmentError: Robot \(environment \d, step 99\) threw in step\(\): motor on fire/,
    ],
    ['exitsInWorkers', /PlatformError: Worker \d ended: it exited with code 7/],
    ['exitsAtOnceInWorkers', /PlatformError: Worker \d ended: it exited with code 7/],
  ])('that does not catch the failure of %s ends with it', async (name, message) => {
    const { code, stderr } = await run('failing', name);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});
