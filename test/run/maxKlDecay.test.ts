import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { progressKey } from '../../src/logging/sink.js';
import { type GivenOptions, resume, train } from '../../src/node.js';
import { startCli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const BEGUN = {
  ...{ environment: 'CartPole-v1', environments: 1, steps: 64, hiddenSizes: [4], valueHiddenSizes: [4] },
  ...{ valueEpochs: 1, threads: 1, timesteps: 256, maxKl: 0.01, maxKlDecay: 0.8 },
};

const readConfig = (run: string) => JSON.parse(readFileSync(folder.path(run, 'config.json'), 'utf8'));
const limitsOf = (run: string): number[] =>
  readFileSync(folder.path(run, 'progress.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line)[progressKey.maxKl]);

async function goOn(run: string, timesteps: number, options?: GivenOptions): Promise<string[]> {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  await resume({ runDirectory: folder.path(run), timesteps, options, threads: 1, onWarning });
  return warnings;
}

const PLANNED = [0.01, 0.008, 0.006, 0.004];

function expectLimits(run: string, expected: readonly number[]): void {
  const limits = limitsOf(run);
  expect(limits).toHaveLength(expected.length);
  limits.forEach((limit, i) => {
    expect(limit).toBeCloseTo(expected[i], 12);
  });
}

describe('a run whose trust region shrinks and that goes on to another end', () => {
  test('keeps the last value where it was finished, and says so', async () => {
    await train({ ...BEGUN, runDirectory: folder.path('finished') });
    const warnings = await goOn('finished', 448);
    expect(warnings).toEqual([
      expect.stringMatching(
        /over 256 steps \(maxKlDecay = 0\.8\), and stays at 0\.002 from there on; to let it/,
      ),
    ]);
    expectLimits('finished', [...PLANNED, 0.002, 0.002, 0.002]);
    // and once more
    expect(await goOn('finished', 512)).toHaveLength(1);
    expectLimits('finished', [...PLANNED, 0.002, 0.002, 0.002, 0.002]);
  });

  test('keeps its course where it was stopped, to a later end and to an earlier one', async () => {
    for (const [run, timesteps, text] of [
      ['later', 448, /stays at 0\.002/],
      ['earlier', 192, /to 0\.004 at the end of this run/],
    ] as const) {
      const stop = new AbortController();
      const onIteration = ({ iteration }: { iteration: number }) => iteration === 2 && stop.abort();
      await train({
        ...{ ...BEGUN, runDirectory: folder.path(run), signal: stop.signal },
        onIteration: (iteration) => void onIteration(iteration),
      });
      expect(await goOn(run, timesteps)).toEqual([expect.stringMatching(text)]);
    }
    expectLimits('later', [...PLANNED, 0.002, 0.002, 0.002]);
    expectLimits('earlier', PLANNED.slice(0, 3));
  });

  test('stays above 0 where it shrinks to nothing', async () => {
    await train({ ...BEGUN, maxKlDecay: 1, runDirectory: folder.path('nothing') });
    await goOn('nothing', 320);
    expectLimits('nothing', [0.01, 0.0075, 0.005, 0.0025, 0.0025]);
  });

  test('shrinks over the new length when that is asked for, and config.json says so', async () => {
    await train({ ...BEGUN, runDirectory: folder.path('asked') });
    expect(await goOn('asked', 512, { maxKlDecaySteps: 0 })).toEqual([]);
    expectLimits('asked', [...PLANNED, 0.006, 0.005, 0.004, 0.003]);
    expect(readConfig('asked').options).toMatchObject({ timesteps: 512, maxKlDecaySteps: 0 });
    // other options leave the schedule alone, and what was kept is written down
    expect(await goOn('asked', 640, { gamma: 0.9 })).toHaveLength(1);
    expectLimits('asked', [...PLANNED, 0.006, 0.005, 0.004, 0.003, 0.002, 0.002]);
    expect(readConfig('asked').options).toMatchObject({ timesteps: 640, maxKlDecaySteps: 512 });
  });

  test('an interrupted run that keeps its end, and one without decay, are told nothing', async () => {
    await train({ ...BEGUN, maxKlDecay: 0, runDirectory: folder.path('constant') });
    expect(await goOn('constant', 320)).toEqual([]);
    await train({ ...BEGUN, runDirectory: folder.path('same') });
    expect(await goOn('same', 256)).toEqual([]);
    expectLimits('same', PLANNED);
  });

  test('trpo train --stretch-decay asks for it, and needs an end', async () => {
    await train({ ...BEGUN, runDirectory: folder.path('stretched') });
    const resuming = ['train', '--resume', 'stretched', '--quiet'];
    const refused = await startCli([...resuming, '--stretch-decay'], folder.path());
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/give --resume DIR and --timesteps/),
    });
    const flags = ['--timesteps', '512', '--stretch-decay'];
    expect(await startCli([...resuming, ...flags], folder.path())).toMatchObject({ code: 0, stderr: '' });
    expectLimits('stretched', [...PLANNED, 0.006, 0.005, 0.004, 0.003]);
  });
});
