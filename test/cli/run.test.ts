import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors } from '../../src/files/safetensors.js';
import { guardKey, inactiveKey, progressKey, TIME_KEYS } from '../../src/logging/sink.js';
import { chooseVariant } from '../../src/wasm/variant.js';
import { startCli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const QUICK = [
  '--set',
  'environments=1',
  '--steps',
  '128',
  '--set',
  'hiddenSizes=8',
  '--set',
  'valueEpochs=2',
  '--set',
  'valueHiddenSizes=8',
];

function rowsOf(run: string): Record<string, unknown>[] {
  const lines = readFileSync(folder.path(run, 'progress.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const row = JSON.parse(line);
    for (const key of TIME_KEYS) delete row[key];
    return row;
  });
}

function expectSameRun(actual: string, expected: string): void {
  expect(rowsOf(actual)).toEqual(rowsOf(expected));
  for (const name of ['policy.safetensors', 'checkpoint.safetensors']) {
    expect(readFileSync(folder.path(actual, name)).equals(readFileSync(folder.path(expected, name)))).toBe(
      true,
    );
  }
}

describe('trpo train', () => {
  test('leaves a run folder, tells its progress in plain lines, and evaluates', async () => {
    const args = [
      'train',
      'CartPole-v1',
      '--timesteps',
      '1024',
      '--run-directory',
      'first',
      '--tensorboard',
      ...QUICK,
    ];
    const { code, stdout, stderr } = await startCli(args, folder.path());
    expect(stderr).toBe('');
    expect(code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    expect(stdout).toContain('trpo evaluate first');
    expect(rowsOf('first')).toHaveLength(8);
    // the small run has one hidden layer; only a run that fails says why it was stopped
    const columns = Object.values(progressKey).filter((key) => key !== progressKey.stoppedBy);
    expect(new Set(Object.keys(rowsOf('first')[0]))).toEqual(
      new Set([...columns, inactiveKey('units', 1)].filter((key) => !TIME_KEYS.includes(key))),
    );
    const config = JSON.parse(readFileSync(folder.path('first', 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      environment: 'CartPole-v1',
      variant: chooseVariant(false),
      options: { steps: 128, seed: 0 },
    });
    expect(readdirSync(folder.path('first')).some((name) => name.startsWith('events.out.tfevents'))).toBe(
      true,
    );
    const { tensors } = decodeSafetensors(readFileSync(folder.path('first', 'policy.safetensors')), 'policy');
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual(
      expect.arrayContaining([
        ['policy/dense0/weight', [4, 8]],
        ['policy/dense1/bias', [2]],
      ]),
    );

    const evaluated = await startCli(
      ['evaluate', 'first', '--episodes', '3', '--json', '--render', 'film.svg'],
      folder.path(),
    );
    expect(evaluated.code).toBe(0);
    const report = JSON.parse(evaluated.stdout);
    expect(report.returns).toHaveLength(3);
    expect(report.meanReturn).toBe(report.meanLength);
    expect(readFileSync(folder.path('film.svg'), 'utf8')).toContain('<svg');
    const fromFile = await startCli(
      ['evaluate', 'first/policy.safetensors', '--episodes', '3', '--json'],
      folder.path(),
    );
    expect(JSON.parse(fromFile.stdout)).toEqual(report);

    const plotted = await startCli(['plot', 'first', '--output', 'curve.svg'], folder.path());
    expect(plotted.code).toBe(0);
    expect(readFileSync(folder.path('curve.svg'), 'utf8')).toContain('<path');
  });

  test('--json prints one object on standard output and nothing else there', async () => {
    const args = ['train', 'Pendulum-v1', '--timesteps', '512', '--environments', '2', '--json', ...QUICK];
    const { code, stdout, stderr } = await startCli(args, folder.path());
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      environment: 'Pendulum-v1',
      timesteps: 512,
      iterations: 2,
      finished: true,
    });
    expect(stderr).toContain('Pendulum-v1');
    expect(existsSync(folder.path('runs/Pendulum-v1-seed0/config.json'))).toBe(true);
  });

  test('the same seed twice gives identical files; another seed does not', async () => {
    const args = ['train', 'Acrobot-v1', '--timesteps', '384', '--quiet', ...QUICK];
    await startCli([...args, '--run-directory', 'twin-a'], folder.path());
    await startCli([...args, '--run-directory', 'twin-b'], folder.path());
    await startCli([...args, '--run-directory', 'other', '--seed', '1'], folder.path());
    expectSameRun('twin-a', 'twin-b');
    expect(rowsOf('other')).not.toEqual(rowsOf('twin-a'));
  });

  test('options come from a file, under those of the command line', async () => {
    writeFileSync(folder.path('options.json'), JSON.stringify({ maxKl: 0.5, gamma: 0.5, steps: 64 }));
    const args = [
      'train',
      'CartPole-v1',
      '--config',
      'options.json',
      '--timesteps',
      '64',
      '--set',
      'gamma=0.25',
      '--quiet',
      '--run-directory',
      'configured',
    ];
    expect((await startCli(args, folder.path())).code).toBe(0);
    const { options } = JSON.parse(readFileSync(folder.path('configured', 'config.json'), 'utf8'));
    expect(options).toMatchObject({ maxKl: 0.5, gamma: 0.25, steps: 64, timesteps: 64 });
  });
});

describe('trpo train --guard', () => {
  const args = [
    'train',
    'CartPole-v1',
    '--timesteps',
    '1024',
    '--guard',
    '--set',
    'guardEpisodes=5',
    ...QUICK,
  ];

  test('leaves the best policy as a file of its own, says what it is worth, and it evaluates', async () => {
    const told = await startCli([...args, '--run-directory', 'guarded', '--json'], folder.path());
    expect(told.code).toBe(0);
    const { best } = JSON.parse(told.stdout);
    expect(best.policy).toBe('guarded/best.safetensors');
    expect(best.episodes).toBeGreaterThanOrEqual(5);
    expect(best.lowerBound).toBeLessThan(best.meanReturn);
    const { metadata } = decodeSafetensors(readFileSync(folder.path(best.policy)), 'best');
    expect(Number(metadata.timesteps)).toBe(128 * (best.iteration - 1));
    const rows = rowsOf('guarded');
    expect(rows.at(-1)![guardKey.bestIteration]).toBe(best.iteration);
    expect(rows.at(-1)![guardKey.bestLowerBound]).toBe(best.lowerBound);
    expect((await startCli(['evaluate', best.policy, '--episodes', '2'], folder.path())).code).toBe(0);

    const plain = await startCli([...args, '--run-directory', 'plain', '--quiet'], folder.path());
    expect(plain.stdout).toContain(`best policy, of iteration ${best.iteration}: mean return`);
    expect(plain.stdout).toContain('evaluate with: trpo evaluate plain/best.safetensors');
  });

  test('a resumed run has the same best policy, even if its file is gone', async () => {
    const half = [...args, '--timesteps', '512', '--run-directory', 'half', '--quiet'];
    await startCli(half, folder.path());
    rmSync(folder.path('half', 'best.safetensors'));
    const resumed = await startCli(
      ['train', '--resume', 'half', '--timesteps', '1024', '--quiet'],
      folder.path(),
    );
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expectSameRun('half', 'guarded');
    const bytes = (run: string) => readFileSync(folder.path(run, 'best.safetensors'));
    expect(bytes('half').equals(bytes('guarded'))).toBe(true);
  });

  test('a search is refused', async () => {
    const refused = await startCli(['train', 'CartPole-v1', '--guard', '--algorithm', 'cem'], folder.path());
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Option guard = true: algorithm = "cem" does not read it; leave it out/);
  });
});

describe('trpo train --resume', () => {
  const whole = ['train', 'CartPole-v1', '--timesteps', '2560', '--environments', '2', '--quiet', ...QUICK];

  test('a run that ended and goes on equals one that never ended', async () => {
    await startCli([...whole, '--run-directory', 'whole'], folder.path());
    await startCli([...whole, '--timesteps', '1024', '--run-directory', 'parts'], folder.path());
    const resumed = await startCli(
      ['train', '--resume', 'parts', '--timesteps', '2560', '--quiet'],
      folder.path(),
    );
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expectSameRun('parts', 'whole');
  });

  test('a run killed at any moment and resumed equals one that never was', async () => {
    // test/faults/process.test.ts kills at moments that do not depend on rows
    for (const rows of [1, 6]) {
      const run = `killed-${rows}`;
      const progress = folder.path(run, 'progress.jsonl');
      const args = [
        'train',
        'CartPole-v1',
        '--timesteps',
        '2560',
        '--environments',
        '2',
        '--run-directory',
        run,
        ...QUICK,
      ];
      const killed = await startCli(args, folder.path(), (_, child) => {
        if (existsSync(progress) && readFileSync(progress, 'utf8').split('\n').length > rows)
          child.kill('SIGKILL');
      });
      // null: ended by the signal, not by itself
      expect(killed.code).toBe(null);
      const resumed = await startCli(['train', '--resume', run, '--quiet'], folder.path());
      expect(resumed).toMatchObject({ code: 0, stderr: '' });
      expectSameRun(run, 'whole');
    }
  });

  test('Ctrl-C saves and exits cleanly; the run goes on as if nothing had been', async () => {
    const args = [
      'train',
      'CartPole-v1',
      '--timesteps',
      '2560',
      '--environments',
      '2',
      '--run-directory',
      'stopped',
      ...QUICK,
    ];
    let asked = false;
    const stopped = await startCli(args, folder.path(), (_, child) => {
      if (!asked) child.kill('SIGINT');
      asked = true;
    });
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(stopped.stdout).toContain('trpo train --resume stopped');
    expect((await startCli(['train', '--resume', 'stopped', '--quiet'], folder.path())).code).toBe(0);
    expectSameRun('stopped', 'whole');
  });

  test('a checkpoint whose last row was cut off in the middle is mended', async () => {
    cpSync(folder.path('whole'), folder.path('cut'), { recursive: true });
    appendFileSync(folder.path('cut', 'progress.jsonl'), '{"time/iterations": 11, "train/ent');
    expect((await startCli(['train', '--resume', 'cut', '--quiet'], folder.path())).code).toBe(0);
    expectSameRun('cut', 'whole');
  });
});

test('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const cli = new URL('../../dist/cli.js', import.meta.url);
  expect(execFileSync(process.execPath, [cli.pathname, '--version'], { encoding: 'utf8' })).toBe(
    `${version}\n`,
  );
});
