import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors } from '../../src/files/safetensors.js';
import { TIME_KEYS } from '../../src/logging/sink.js';
import { nodePlatform } from '../../src/platform/node.js';
import { RunLock } from '../../src/run/runLock.js';
import { startCli, temporaryFolder } from '../support/cli.js';
import { readPng } from '../support/pngReader.js';

const folder = temporaryFolder();
const PLAN = ['compare', '--environments', 'CartPole-v1', '--algorithms', 'trpo,vpg:gamma=0.9'];
const QUICK = [
  '--seeds',
  '2',
  '--episodes',
  '2',
  '--parallel',
  '2',
  '--set',
  'hiddenSizes=8',
  '--set',
  'steps=64',
];

function rowsOf(output: string, run: string): Record<string, unknown>[] {
  const text = readFileSync(folder.path(output, 'runs/CartPole-v1', run, 'progress.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const row = JSON.parse(line);
      for (const key of TIME_KEYS) delete row[key];
      return row;
    });
}

const RUNS = ['trpo', 'vpg_gamma=0.9'].flatMap((name) => [`${name}/seed0`, `${name}/seed1`]);

describe('trpo compare', () => {
  test('trains, reports, goes on where it was stopped, and compares run folders', {
    timeout: 120_000,
  }, async () => {
    const whole = [...PLAN, ...QUICK, '--timesteps', '4000', '--output', 'whole'];
    const first = await startCli(whole, folder.path());
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('4 of 4 runs to make');
    expect(first.stdout).toMatch(/\[4\/4\] CartPole-v1 .*: mean return [\d.]+, evaluated [\d.]+/);
    expect(first.stdout).toMatch(/vpg:gamma=0\.9 +2 /);
    expect(readdirSync(folder.path('whole/plots')).sort()).toEqual([
      'CartPole-v1-kl.png',
      'CartPole-v1-kl.svg',
      'CartPole-v1-return.png',
      'CartPole-v1-return.svg',
    ]);
    const png = readPng(readFileSync(folder.path('whole/plots/CartPole-v1-return.png')));
    expect(png.widthPx).toBe(1440);

    // stopped by Ctrl-C as soon as the first run ended, so that others are under way
    const stopped = [...PLAN, ...QUICK, '--timesteps', '4000', '--output', 'stopped'];
    const interrupted = await startCli(stopped, folder.path(), (text, child) => {
      // once: a second request would end it without saving
      if (text.includes('[1/4]') && !child.killed) child.kill('SIGINT');
    });
    expect(interrupted.code).toBe(0);
    expect(interrupted.stderr).toBe('stopped; the same command goes on from here\n');
    expect(existsSync(folder.path('stopped/report.html'))).toBe(false);
    const again = await startCli([...stopped, '--json'], folder.path());
    expect(again.stderr).toMatch(/[1-3] of 4 runs to make, [1-3] finished before/);
    const summary = JSON.parse(again.stdout);
    expect(summary.scoredBy).toBe('evaluation');
    expect(summary.cells.map((cell: { algorithm: string }) => cell.algorithm)).toEqual([
      'trpo',
      'vpg:gamma=0.9',
    ]);
    for (const run of RUNS) expect(rowsOf('stopped', run)).toEqual(rowsOf('whole', run));

    // nothing is left to make
    const before = statSync(folder.path('whole/runs/CartPole-v1/trpo/seed0/progress.jsonl')).mtimeMs;
    const idle = await startCli(whole, folder.path());
    expect(idle.stdout).toContain('0 of 4 runs to make, 4 finished before');
    expect(statSync(folder.path('whole/runs/CartPole-v1/trpo/seed0/progress.jsonl')).mtimeMs).toBe(before);

    // a longer comparison resumes; other options are another comparison
    const longer = await startCli(
      [...PLAN, ...QUICK, '--timesteps', '5000', '--output', 'whole', '--json'],
      folder.path(),
    );
    expect(longer.code).toBe(0);
    expect(rowsOf('whole', 'trpo/seed0').length).toBeGreaterThan(rowsOf('stopped', 'trpo/seed0').length);
    const other = await startCli([...whole, '--set', 'lambda=0.5'], folder.path());
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/seed0 holds a run with lambda = 0\.98, this comparison asks for 0\.5/);

    const folders = ['trpo/seed0', 'trpo/seed1', 'vpg_gamma=0.9/seed0'].map((run) =>
      folder.path('stopped/runs/CartPole-v1', run),
    );
    const existing = await startCli(['compare', ...folders, '--output', 'later'], folder.path());
    expect(existing.stderr).toBe('');
    expect(existing.stdout).toMatch(/trpo:gamma=0\.99 +2 /);
    expect(existing.stdout).toMatch(/vpg:gamma=0\.9 +1 /);
    expect(existsSync(folder.path('later/report.html'))).toBe(true);
  });

  test('when it is killed, its runs save and stop, and can go on', async () => {
    const args = ['compare', '--environments', 'CartPole-v1', '--algorithms', 'trpo', '--seeds', '1'];
    const endless = ['--timesteps', '10000000', '--episodes', '0', '--set', 'hiddenSizes=8'];
    const killed = [...args, ...endless, '--output', 'killed'];
    const run = folder.path('killed/runs/CartPole-v1/trpo/seed0');
    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    let begun: ChildProcess | undefined;
    const ended = startCli(killed, folder.path(), (_, child) => {
      begun = child;
    });
    await until(() => existsSync(`${run}/checkpoint.safetensors`));
    begun!.kill('SIGKILL');
    await ended;
    // its run ends with the iteration under way, well before its ten million steps, and gives its folder back
    await until(() => !existsSync(`${run}/run.lock`));
    const iterations = readFileSync(`${run}/progress.jsonl`, 'utf8').trimEnd().split('\n').length;
    expect(
      decodeSafetensors(readFileSync(`${run}/checkpoint.safetensors`), 'checkpoint').metadata.run,
    ).toContain(`"iteration":${iterations},`);
  });

  test('a run that fails is told, and the others are made', async () => {
    const args = ['compare', '--environments', 'CartPole-v1', '--algorithms', 'vpg:learningRate=1e6,trpo'];
    // a folder that cannot be made: a file is in its way
    const blocked = folder.path('failing/runs/CartPole-v1');
    mkdirSync(blocked, { recursive: true });
    writeFileSync(`${blocked}/trpo`, '');
    const { code, stdout, stderr } = await startCli(
      [...args, '--seeds', '1', '--timesteps', '500', '--episodes', '0', '--output', 'failing'],
      folder.path(),
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/CartPole-v1 trpo seed 0: failed: /);
    expect(stdout).toMatch(/CartPole-v1 vpg:learningRate=1e6 seed 0: mean return/);
    expect(stderr).toMatch(/1 of 2 runs failed: failing\/runs\/CartPole-v1\/trpo\/seed0; mend the cause/);
  });

  test('a run that another process has is told, and neither trained nor evaluated', async () => {
    const args = ['compare', '--environments', 'CartPole-v1', '--algorithms', 'trpo', '--seeds', '1'];
    const made = [...args, '--set', 'steps=64', '--set', 'hiddenSizes=8', '--output', 'owned'];
    await startCli([...made, '--timesteps', '512', '--episodes', '2'], folder.path());
    const run = folder.path('owned/runs/CartPole-v1/trpo/seed0');
    const lock = await RunLock.claim(nodePlatform, run);
    const files = ['checkpoint.safetensors', 'progress.jsonl', 'evaluation.json'];
    const contents = () => files.map((name) => readFileSync(`${run}/${name}`, 'latin1'));
    const before = contents();
    for (const more of [
      ['--timesteps', '1024', '--episodes', '2'],
      ['--timesteps', '512', '--episodes', '3'],
    ]) {
      const { code, stdout, stderr } = await startCli([...made, ...more], folder.path());
      expect(code).toBe(1);
      expect(stdout).toMatch(
        `failed: owned/runs/CartPole-v1/trpo/seed0 belongs to process ${process.pid} on`,
      );
      expect(stderr).toMatch(/1 of 1 runs failed: .*seed0; mend the cause/);
      expect(contents()).toEqual(before);
    }
    await lock.release();
    const after = await startCli([...made, '--timesteps', '512', '--episodes', '3'], folder.path());
    expect(after).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(`${run}/run.lock`)).toBe(false);
  });

  test.each([
    [['compare'], /needs --environments and --algorithms/],
    [[...PLAN, '--seeds', 'x'], /--seeds x: it must be how many/],
    [['compare', '--environments', 'CartPole', '--algorithms', 'trpo'], /CartPole-v1/],
    [['compare', 'here', '--seeds', '2'], /--seeds with run folders/],
    [['compare', 'here'], /here holds no run/],
  ])('%j is refused before anything is made', async (args, reason) => {
    const { code, stderr } = await startCli([...args], folder.path());
    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
    expect(existsSync(folder.path('comparison'))).toBe(false);
  });
});
