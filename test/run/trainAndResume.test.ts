import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, FileError, MismatchError, OptionError } from '../../src/errors.js';
import {
  createPolicyProblem,
  Discrete,
  type EnvironmentFactory,
  EnvironmentVector,
  loadPolicy,
  makeEnvironment,
  nodePlatform,
  resume,
  train,
  type VectorEnvironment,
} from '../../src/node.js';
import { createTrainer } from '../../src/run/createTraining.js';
import { temporaryFolder } from '../support/cli.js';
import { scriptedEnvironment } from '../support/environments.js';

const folder = temporaryFolder();
const SMALL = {
  environments: 1,
  steps: 64,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 1,
  timesteps: 128,
};

/** Makes vectors of CartPole-v1, some of whose methods are others. */
function vectorOf(replaced: Partial<VectorEnvironment>): EnvironmentFactory {
  return (count) =>
    Object.assign(
      new EnvironmentVector(Array.from({ length: count }, () => makeEnvironment('CartPole-v1'))),
      replaced,
    );
}

describe('train and resume from a program', () => {
  test('without a run folder nothing is written, and every iteration is told', async () => {
    const seen: number[] = [];
    const { trainer, finished } = await train({
      ...SMALL,
      environment: 'CartPole-v1',
      onIteration: ({ timesteps }) => {
        seen.push(timesteps);
      },
    });
    expect(seen).toEqual([64, 128]);
    expect(finished).toBe(true);
    expect(trainer.totalTimesteps).toBe(128);
  });

  test('an environment of the user can be resumed by giving it again', async () => {
    const runDirectory = folder.path('mine');
    const environment = () => scriptedEnvironment();
    await train({ ...SMALL, environment, environmentName: 'Mine', runDirectory });
    await expect(resume({ runDirectory, timesteps: 256 })).rejects.toThrow(EnvironmentError);
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const { trainer } = await resume({ runDirectory, environment, timesteps: 256, onWarning });
    expect(warnings).toEqual([expect.stringMatching(/no saveState.*new episodes/)]);
    expect(trainer.totalTimesteps).toBe(256);
    const rows = readFileSync(folder.path('mine/progress.jsonl'), 'utf8').trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row)['time/iterations'])).toEqual([1, 2, 3, 4]);
    const policy = await loadPolicy(runDirectory);
    expect(policy.spec.environmentName).toBe('Mine');
  });

  test('a resumed run that is aborted while its environments take their states back ends as it was', async () => {
    const runDirectory = folder.path('held');
    await train({ ...SMALL, environment: vectorOf({}), environmentName: 'Mine', runDirectory });
    const before = readFileSync(folder.path('held/checkpoint.safetensors'));
    const { trainer, finished } = await resume({
      runDirectory,
      environment: vectorOf({ restoreStates: () => new Promise(() => {}) }),
      timesteps: 256,
      signal: AbortSignal.timeout(50),
    });
    expect({ finished, steps: trainer.totalTimesteps }).toEqual({ finished: false, steps: 128 });
    expect(readFileSync(folder.path('held/checkpoint.safetensors'))).toEqual(before);
  });

  test('options that change on resuming act from there on, and config.json tells of them', async () => {
    const runDirectory = folder.path('changed');
    const readConfig = () => JSON.parse(readFileSync(folder.path('changed/config.json'), 'utf8'));
    await train({ ...SMALL, environment: 'CartPole-v1', runDirectory });
    const begun = readConfig();
    const options = { maxKl: 0.0001, steps: 128 };
    const { trainer } = await resume({ runDirectory, timesteps: 512, options });
    expect(trainer.iterationCount).toBe(5);
    expect(readConfig()).toEqual({
      ...begun,
      options: { ...begun.options, maxKl: 0.0001, steps: 128, timesteps: 512 },
    });
    const rows = readFileSync(folder.path('changed/progress.jsonl'), 'utf8').trimEnd().split('\n');
    const kl = rows.map((row) => JSON.parse(row)['train/kl_divergence_loss']);
    expect(Math.max(...kl.slice(2))).toBeLessThanOrEqual(0.0001);
    expect(Math.min(...kl.slice(0, 2))).toBeGreaterThan(0.0001);
    await expect(resume({ runDirectory, timesteps: 1024, options: { hiddenSizes: [16] } })).rejects.toThrow(
      MismatchError,
    );
    await expect(resume({ runDirectory, timesteps: 1024, options: { environments: 2 } })).rejects.toThrow(
      MismatchError,
    );
    await expect(resume({ runDirectory, timesteps: 1024, options: { maxKl: -1 } })).rejects.toThrow(
      OptionError,
    );
    expect(readConfig().options.hiddenSizes).toEqual([8]);
  });

  test('a loaded policy acts as the trained one, draw by draw', async () => {
    const runDirectory = folder.path('acting');
    const { trainer } = await train({ ...SMALL, environment: 'Pendulum-v1', runDirectory });
    const loaded = await loadPolicy(folder.path('acting/policy.safetensors'));
    loaded.seed = trainer.policy.seed;
    for (let i = 0; i < 20; i++) {
      const observation = [Math.cos(i), Math.sin(i), i / 10];
      expect(loaded.act(observation)).toEqual(trainer.policy.act(observation));
      expect(loaded.act(observation, { deterministic: true })).toEqual(
        trainer.policy.act(observation, { deterministic: true }),
      );
    }
  });

  test('a run stopped by a signal is saved and goes on', async () => {
    const runDirectory = folder.path('stopped');
    const controller = new AbortController();
    const stopped = await train({
      ...SMALL,
      environment: 'CartPole-v1',
      runDirectory,
      signal: controller.signal,
      onIteration: () => controller.abort(),
    });
    expect(stopped.finished).toBe(false);
    const { trainer, finished } = await resume({ runDirectory });
    expect(finished).toBe(true);
    expect(trainer.totalTimesteps).toBe(128);
  });

  test('sinks are closed when training fails', async () => {
    let closed = false;
    const sink = {
      write: () => {},
      close: () => {
        closed = true;
      },
    };
    const environment = () =>
      scriptedEnvironment({
        step: () => {
          throw new Error('lost');
        },
      });
    await expect(train({ ...SMALL, environment, sinks: [sink] })).rejects.toThrow(/lost/);
    expect(closed).toBe(true);
  });

  test.each([
    [1, ['simd']],
    [2, ['simd-threads']],
  ])('with %i threads only the kernels in use are read: %j', async (threads, expected) => {
    const read: string[] = [];
    const platform = {
      ...nodePlatform,
      readKernels(variant: string) {
        read.push(variant);
        return nodePlatform.readKernels(variant);
      },
    };
    const options = { ...SMALL, environment: 'CartPole-v1', reproducible: true, threads };
    const trainer = await createTrainer(platform, options);
    await trainer.close();
    expect(read).toEqual(expected);
  });

  test('a policy that is not there', async () => {
    await expect(loadPolicy(folder.path('nowhere'))).rejects.toThrow(FileError);
  });

  test('a research problem from a program', async () => {
    const problem = await createPolicyProblem({
      observationSize: 1,
      actionSpace: new Discrete(2),
      hiddenSizes: [],
      activation: 'tanh',
      observations: [1, -1],
      actions: [0, 1],
      advantages: [1, 1],
    });
    // p = 1/2: the gradient of the mean of ln p(a) is x (1[a] - p) / 2 rows
    expect([...problem.surrogateGradient([0, 0, 0, 0])]).toEqual([0.5, -0.5, 0, 0]);
  });
});
