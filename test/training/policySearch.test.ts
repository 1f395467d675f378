import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Pendulum } from '../../src/environments/index.js';
import { EnvironmentError, MismatchError, OptionError } from '../../src/errors.js';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { createTrainer, evaluate, loadPolicy, makeEnvironment, resume, train } from '../../src/node.js';
import { searchKey } from '../../src/training/policySearch.js';
import { temporaryFolder } from '../support/cli.js';
import { behindPromises, scriptedEnvironment } from '../support/environments.js';
import { withoutTimes } from '../support/runs.js';

const folder = temporaryFolder();
const SMALL = { searchEpisodes: 2, hiddenSizes: [4], timesteps: 3000, searchPopulation: 8 } as const;

function rowsOf(runDirectory: string): ProgressRow[] {
  const lines = readFileSync(`${runDirectory}/progress.jsonl`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => withoutTimes(JSON.parse(line)));
}

describe.each(['cem', 'cma-es'] as const)('%s', (algorithm) => {
  test('learns CartPole', async () => {
    const runDirectory = folder.path(`${algorithm}-learns`);
    const settings = { environment: 'CartPole-v1', hiddenSizes: [8], seed: 1, timesteps: 60_000 } as const;
    const { trainer, finished } = await train({ ...settings, algorithm, runDirectory });
    expect(finished).toBe(true);
    expect(trainer.totalTimesteps).toBeGreaterThanOrEqual(60_000);
    const policy = await loadPolicy(runDirectory);
    const { meanReturn } = await evaluate(policy, makeEnvironment('CartPole-v1'), { episodes: 20 });
    expect(meanReturn).toBeGreaterThan(400);
    expect(trainer.policy.getParameters()).toEqual(policy.getParameters());
  });

  test('a stopped run goes on to the same bits, and its rows have the columns of all runs', async () => {
    const settings = { ...SMALL, algorithm, environment: 'Pendulum-v1', timesteps: 12_000 };
    const whole = folder.path(`${algorithm}-whole`);
    const { trainer } = await train({ ...settings, runDirectory: whole, normalizeObservations: true });
    const stopped = folder.path(`${algorithm}-stopped`);
    const controller = new AbortController();
    await train({
      ...settings,
      runDirectory: stopped,
      normalizeObservations: true,
      signal: controller.signal,
      onIteration: ({ iteration }) => {
        if (iteration === 2) controller.abort();
      },
    });
    expect(rowsOf(stopped)).toHaveLength(2);
    const { finished } = await resume({ runDirectory: stopped });
    expect(finished).toBe(true);
    expect(rowsOf(stopped)).toEqual(rowsOf(whole));
    for (const name of ['policy.safetensors', 'checkpoint.safetensors']) {
      expect(readFileSync(`${stopped}/${name}`).equals(readFileSync(`${whole}/${name}`))).toBe(true);
    }
    const row = rowsOf(whole)[0];
    const keys = new Set(Object.keys(row));
    for (const key of Object.values(progressKey)) expect(keys.has(key) || key.startsWith('time/')).toBe(true);
    // 8 candidates with 2 episodes of 200 steps each
    expect(row).toMatchObject({
      [progressKey.totalTimesteps]: 3200,
      [progressKey.episodes]: 16,
      [progressKey.klOldNew]: null,
    });
    expect(row[searchKey.bestReturn]).toBeGreaterThan(row[progressKey.episodesMeanReturn] as number);
    // the deviation of actions is not searched
    expect([...trainer.policy.getParameters()].at(-1)).toBe(trainer.options.initialLogStd);
  });

  test('environments that answer with promises give the same run', async () => {
    const settings = { ...SMALL, algorithm, environmentName: 'CartPole-v1', timesteps: 500 };
    const rows = async (environment: () => ReturnType<typeof makeEnvironment>) => {
      const seen: ProgressRow[] = [];
      await train({ ...settings, environment, onIteration: ({ row }) => void seen.push(withoutTimes(row)) });
      return seen;
    };
    const direct = await rows(() => makeEnvironment('CartPole-v1'));
    expect(await rows(() => behindPromises('CartPole-v1'))).toEqual(direct);
  });
});

describe('a search that cannot go on says why', () => {
  test('when an environment breaks its contract, or throws', async () => {
    const search = (step: (step: number) => unknown) =>
      train({ ...SMALL, algorithm: 'cem', environment: () => scriptedEnvironment({ step }) });
    const throwing = (step: number) => {
      if (step === 7) throw new Error('motor is hot');
    };
    await expect(search(throwing)).rejects.toThrow(EnvironmentError);
    await expect(search(throwing)).rejects.toThrow(
      /custom \(candidate 0, environment 0, step 6\) threw in step\(\): motor is hot/,
    );
    await expect(search(() => ({ observation: [1] }))).rejects.toThrow(/reward undefined/);
  });

  test('when an episode does not end', async () => {
    const settings = { ...SMALL, environment: () => new Pendulum(), searchEpisodes: 1 };
    for (const algorithm of ['cem', 'cma-es'] as const) {
      const failure = train({ ...settings, algorithm });
      await expect(failure).rejects.toThrow(EnvironmentError);
      await expect(failure).rejects.toThrow(
        /custom \(candidate 0, environment 0, step 1000000\) has not ended its episode; .* wrap the environment in new TimeLimit/,
      );
    }
  });

  test('when the checkpoint is of another algorithm', async () => {
    const runDirectory = folder.path('cem');
    const settings = { ...SMALL, environment: 'CartPole-v1', timesteps: 100 } as const;
    const { trainer: cem } = await train({ ...settings, algorithm: 'cem', runDirectory });
    const { trainer: cma } = await train({ ...settings, algorithm: 'cma-es' });
    const before = cma.encodeCheckpoint();
    await expect(cma.restoreCheckpoint(cem.encodeCheckpoint(), 'file')).rejects.toThrow(MismatchError);
    expect(cma.encodeCheckpoint()).toEqual(before);
  });

  test('when a trainer is asked for, which a search is not', async () => {
    await expect(createTrainer({ environment: 'CartPole-v1', algorithm: 'cem' })).rejects.toThrow(
      OptionError,
    );
  });
});
