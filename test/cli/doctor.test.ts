import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { TensorBoardSink } from '../../src/logging/tensorBoard.js';
import { nodePlatform, train } from '../../src/node.js';
import { startCli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const RUN = {
  environment: 'CartPole-v1',
  environments: 2,
  steps: 128,
  hiddenSizes: [16],
  valueHiddenSizes: [16],
  threads: 1,
} as const;

describe('trpo doctor', () => {
  beforeAll(async () => {
    await train({ ...RUN, maxKl: 2, timesteps: 12 * 256, runDirectory: folder.path('failing') });
    await train({ ...RUN, timesteps: 6 * 256, runDirectory: folder.path('healthy') });
  });

  test('says what ails a run, shows the rows, names the option, and writes a page that needs nothing else', async () => {
    const { code, stdout, stderr } = await startCli(['doctor', 'failing'], folder.path());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^trpo on CartPole-v1, seed 0, 12 updates: .*1 error/);
    expect(stdout).toMatch(/ERROR: KL explosion, updates \d+ to \d+/);
    expect(stdout).toMatch(/change maxKl/);
    expect(stdout).toMatch(/iterations +total_timesteps +kl_divergence_loss/);
    const page = readFileSync(folder.path('failing', 'doctor.html'), 'utf8');
    expect(page).toMatch(/<h2><span class="severity">error<\/span> KL explosion<\/h2>/);
    expect(page).toMatch(/<svg /);
    expect(page).not.toMatch(/<script|src=|href=|@import|url\(/);
    // the warning stands in the log of the run too
    const progress = readFileSync(folder.path('failing', 'progress.jsonl'), 'utf8');
    const warnings = progress
      .trimEnd()
      .split('\n')
      .flatMap((line) => JSON.parse(line)[progressKey.warnings] ?? []);
    expect(warnings.join('\n')).toMatch(/^KL explosion: .* Way out: make smaller steps/m);
  });

  test('finds nothing in a healthy run, and says so', async () => {
    const { code, stdout } = await startCli(['doctor', 'healthy', '--output', 'page.html'], folder.path());
    expect(code).toBe(0);
    expect(stdout).toBe(
      'trpo on CartPole-v1, seed 0, 6 updates: no findings\n\nreport with curves: page.html\n',
    );
    expect(readFileSync(folder.path('page.html'), 'utf8')).toMatch(/No sign of any of the failures/);
  });

  test('reads the CSV and the TensorBoard file of Stable-Baselines3, with its names of options', async () => {
    const rows = Array.from({ length: 6 }, (_, i) => ({
      'time/total_timesteps': 2048 * (i + 1),
      'rollout/ep_rew_mean': 20 + i,
      'train/approx_kl': 0.8,
      'train/entropy_loss': -0.6,
    }));
    mkdirSync(folder.path('sb3'));
    const header = Object.keys(rows[0]).join(',');
    const lines = rows.map((row) => Object.values(row).join(','));
    writeFileSync(folder.path('sb3', 'progress.csv'), `${[header, ...lines].join('\n')}\n`);
    mkdirSync(folder.path('board'));
    const sink = new TensorBoardSink(nodePlatform, folder.path('board'));
    for (const row of rows) await sink.write(row);
    for (const name of ['sb3', join('sb3', 'progress.csv'), 'board']) {
      const { code, stdout } = await startCli(['doctor', name, '--json'], folder.path());
      expect(code).toBe(0);
      const { updates, findings } = JSON.parse(stdout);
      expect(updates).toBe(6);
      expect(findings[0]).toMatchObject({ name: 'kl-explosion', severity: 'error' });
      expect(findings[0].change).toMatch(/target_kl/);
    }
  });

  test.each([
    ['healthy', []],
    ['tooLargeSteps', [{ name: 'kl-explosion', severity: 'error', rows: [4, 16] }]],
  ])('reads what SB3-contrib itself logged: %s', async (run, expected) => {
    const logs = fileURLToPath(new URL(`../recordings/stableBaselines3/${run}`, import.meta.url));
    for (const file of ['progress.csv', 'events.out.tfevents.0']) {
      const args = ['doctor', join(logs, file), '--json', '--output', 'sb3.html'];
      const { code, stdout } = await startCli(args, folder.path());
      expect(code).toBe(0);
      const { updates, findings } = JSON.parse(stdout);
      expect(updates).toBe(16);
      const rowOf = (row: ProgressRow) => row[progressKey.iterations];
      const told = findings.map(
        ({ name, severity, rows }: { rows: ProgressRow[] } & Record<string, unknown>) => ({
          ...{ name, severity },
          rows: [rowOf(rows[0]), rowOf(rows.at(-1)!)],
        }),
      );
      expect(told).toEqual(expected);
    }
  });

  test('what is no run is refused in words', async () => {
    mkdirSync(folder.path('empty'));
    writeFileSync(folder.path('text.csv'), 'nothing');
    for (const [args, message] of [
      [['doctor'], /needs one run folder or file/],
      [['doctor', 'nowhere'], /nowhere does not exist/],
      [['doctor', 'empty'], /empty holds no run: neither config\.json nor progress\.csv/],
      [['doctor', 'text.csv'], /text\.csv is no CSV file of progress/],
    ] as const) {
      const { code, stderr } = await startCli(args, folder.path());
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/unexpected/);
    }
  });
});
