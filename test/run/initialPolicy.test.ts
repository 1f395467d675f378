import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { train as trainInPage } from '../../src/browser/training.js';
import { Box } from '../../src/environments/spaces.js';
import { FileError, MismatchError, NonFiniteError, OptionError, ShapeError } from '../../src/errors.js';
import {
  createTrainer,
  loadPolicy,
  makeEnvironment,
  type Policy,
  policyToSafetensors,
  resume,
  type Trainer,
  type TrainRequest,
  train,
} from '../../src/node.js';
import { ObservationNormalizer } from '../../src/normalization/observationNormalizer.js';
import { startCli, temporaryFolder } from '../support/cli.js';
import { scriptedEnvironment } from '../support/environments.js';

const folder = temporaryFolder();
const SMALL = { environments: 2, steps: 64, valueHiddenSizes: [8], valueEpochs: 1, threads: 1 };
const NETWORK = { hiddenSizes: [6, 5], activation: 'relu' } as const;
const READINGS = [
  [0.3, -1, 2],
  [-0.9, 0.1, -7],
];

/** A policy of Pendulum-v1 whose network, normaliser and units are none of those that runs have by themselves. */
async function pendulumPolicy(options: { runDirectory?: string; seed?: number } = {}): Promise<Trainer> {
  const given = { ...SMALL, ...NETWORK, environment: 'Pendulum-v1', timesteps: 256, seed: 5 };
  const own = { normalizeObservations: true, observationClip: 4, rescaleActions: true, initialLogStd: -0.4 };
  return (await train({ ...given, ...own, ...options })).trainer;
}

const actionsOf = (policy: Policy) => READINGS.map((reading) => policy.act(reading, { deterministic: true }));

describe('a run that starts from a policy', () => {
  test('acts at first as the policy does, whichever way that is given', async () => {
    const runDirectory = folder.path('given');
    const before = await pendulumPolicy({ runDirectory });
    const sources = [
      runDirectory,
      folder.path('given/policy.safetensors'),
      before.encodePolicy(),
      before.encodePolicy().slice().buffer,
      before.policy,
      await loadPolicy(runDirectory),
    ];
    for (const initialPolicy of sources) {
      const trainer = await createTrainer({ ...SMALL, environment: 'Pendulum-v1', initialPolicy });
      expect(trainer.policy.getParameters()).toEqual(before.policy.getParameters());
      expect(actionsOf(trainer.policy)).toEqual(actionsOf(before.policy));
      expect(trainer.policy.snapshot).toEqual(before.policy.snapshot);
      expect(trainer.policy.snapshot.observationCount).toBe(256);
      expect(trainer.options).toMatchObject({ ...NETWORK, normalizeObservations: true, observationClip: 4 });
      expect(trainer.options.rescaleActions).toBe(true);
      expect(trainer.totalTimesteps).toBe(0);
      await trainer.close();
    }
  });

  test.each(['trpo', 'npg', 'vpg', 'ppo', 'cem', 'cma-es'] as const)(
    'learns on by %s, the same bits each time',
    async (algorithm) => {
      const before = await pendulumPolicy();
      const search = { searchPopulation: 4, searchStd: 1e-3 };
      const { environments, steps, valueHiddenSizes, valueEpochs, threads } = SMALL;
      const ways = {
        cem: { ...search, extraStd: 0 },
        'cma-es': search,
        gradient: { environments, steps, valueHiddenSizes, valueEpochs },
      };
      const way = algorithm === 'cem' || algorithm === 'cma-es' ? ways[algorithm] : ways.gradient;
      const request = { ...way, algorithm, timesteps: 256, seed: 9, threads, environment: 'Pendulum-v1' };
      const run = async (initialPolicy?: Policy) => {
        let first: Float32Array | undefined;
        const { trainer } = await train({
          ...request,
          initialPolicy,
          ...(initialPolicy ? {} : NETWORK),
          onStart: ({ policy }) => {
            first = policy.getParameters();
          },
        });
        return { first, last: trainer.policy.getParameters(), file: trainer.encodePolicy() };
      };
      const learned = await run(before.policy);
      expect(learned.first).toEqual(before.policy.getParameters());
      expect(learned.last).not.toEqual(learned.first);
      expect(learned.file).toEqual((await run(before.policy)).file);
      expect((await run()).first).not.toEqual(learned.first);
    },
  );

  test('gives the same bits on two threads', async () => {
    const initialPolicy = (await pendulumPolicy()).encodePolicy();
    const request = { ...SMALL, environment: 'Pendulum-v1', timesteps: 256, initialPolicy };
    const [one, two] = [await train(request), await train({ ...request, threads: 2 })];
    expect(two.trainer.encodePolicy()).toEqual(one.trainer.encodePolicy());
  });

  test('goes on with what the normaliser had seen as if it had been its own', () => {
    const moments = { count: 3, mean: Float64Array.of(5, -2), squaredDeviations: Float64Array.of(6, 0) };
    const observed = { count: 2, mean: Float64Array.of(1, -2), squaredDeviations: Float64Array.of(0.5, 0) };
    const first = new ObservationNormalizer(2, true, 10);
    first.restore(moments);
    const second = new ObservationNormalizer(2, true, 10);
    second.startFrom(first.frozen, first.count);
    expect(second.frozen).toEqual(first.frozen);
    first.update([observed]);
    second.update([observed]);
    expect(second.count).toBe(5);
    expect(second.frozen.mean).toEqual(first.frozen.mean);
    second.frozen.scale.forEach((scale, i) => {
      expect(scale / first.frozen.scale[i]).toBeCloseTo(1, 12);
    });
  });

  test('may have another environment with the same spaces, other rewards, and noise of its own', async () => {
    const before = await pendulumPolicy();
    const environment = () => ({ ...wrapped('Pendulum-v1'), reset: () => ({ observation: [1, 0, 0] }) });
    const trainer = await createTrainer({
      ...SMALL,
      environment,
      environmentName: 'Other',
      initialPolicy: before.policy,
      initialLogStd: 0.25,
    });
    const parameters = before.policy.getParameters();
    parameters[parameters.length - 1] = 0.25;
    expect(trainer.policy.getParameters()).toEqual(parameters);
    expect(trainer.spec.environmentName).toBe('Other');
    await trainer.close();
  });

  const pendulum = { environment: 'Pendulum-v1' } as const;
  test.each([
    ['hidden layers', { ...pendulum, hiddenSizes: [6] }, /hidden layers: 6 relu, 5 relu, the run 6 relu;/],
    ['activation', { ...pendulum, activation: 'tanh' }, /6 relu, 5 relu, the run 6 tanh, 5 tanh/],
    ['units of actions', { ...pendulum, rescaleActions: false }, /rescaleActions: true, the run false/],
    ['normaliser', { ...pendulum, normalizeObservations: false }, /normalizeObservations: true, the run fal/],
    ['clip', { ...pendulum, observationClip: 5 }, /observationClip: 4, the run 5/],
    [
      'observations and actions',
      { environment: 'CartPole-v1' },
      /CartPole-v1: it has observations: 3 of float32, the run 4 of float32; actions: .*"Box".*"Discrete"[^;]*; leave/,
    ],
    ['bounds of actions', { environment: () => wrapped('Pendulum-v1', 3) }, /"low":\[-2\].*, the run .*-3/],
  ] as const)('names what differs: %s', async (_, request, message) => {
    const initialPolicy = (await pendulumPolicy()).policy;
    const failure = createTrainer({ ...SMALL, ...request, initialPolicy } as TrainRequest);
    await expect(failure).rejects.toThrow(MismatchError);
    await expect(failure).rejects.toThrow(message);
  });

  test('refuses what is no policy, and what only random weights read', async () => {
    const start = (initialPolicy: unknown, more: Partial<TrainRequest> = {}) =>
      createTrainer({ ...SMALL, ...pendulum, ...more, initialPolicy } as TrainRequest);
    await expect(start(7)).rejects.toThrow(/initialPolicy is 7; give the path/);
    await expect(start({ weights: [] })).rejects.toThrow(OptionError);
    await expect(start(folder.path('nowhere'))).rejects.toThrow(FileError);
    await expect(start(new Uint8Array(20))).rejects.toThrow(/initialPolicy is not a sound safetensors file/);
    const { policy } = await pendulumPolicy();
    await expect(start(policy, { policyOutputGain: 1 })).rejects.toThrow(/random ones are not drawn/);
    expect(() => trainInPage({ ...pendulum, initialPolicy: policy as never })).toThrow(/give the bytes/);
  });
});

describe('the folder of a run that starts from a policy', () => {
  test('holds what it started from, and goes on without the file that was given', async () => {
    const request = { ...SMALL, environment: 'Pendulum-v1', timesteps: 384, seed: 3 };
    const origin = folder.path('origin');
    await pendulumPolicy({ runDirectory: origin });
    const whole = await train({ ...request, initialPolicy: origin });
    for (const iterations of [0, 1]) {
      const runDirectory = folder.path(`stopped${iterations}`);
      const stop = new AbortController();
      const initialPolicy = folder.path('origin/policy.safetensors');
      await train({
        ...{ ...request, runDirectory, initialPolicy, signal: stop.signal },
        onStart: () => (iterations === 0 ? stop.abort() : undefined),
        onIteration: ({ iteration }) => (iteration === iterations ? stop.abort() : undefined),
      });
      const config = JSON.parse(readFileSync(folder.path(`stopped${iterations}/config.json`), 'utf8'));
      expect(config.initialPolicy).toEqual({ path: initialPolicy, environment: 'Pendulum-v1' });
      expect(config.options.hiddenSizes).toEqual([6, 5]);
      if (iterations === 1) rmSync(origin, { recursive: true });
      const { trainer } = await resume({ runDirectory, threads: 1 });
      expect(trainer.encodePolicy()).toEqual(whole.trainer.encodePolicy());
    }
  });

  test('a search keeps the deviation of the policy when it goes on', async () => {
    const { policy } = await pendulumPolicy();
    const runDirectory = folder.path('search');
    const search = { algorithm: 'cem', searchPopulation: 3, environment: 'Pendulum-v1' } as const;
    await train({ ...search, timesteps: 600, initialPolicy: policy, runDirectory });
    const { trainer } = await resume({ runDirectory, timesteps: 1200 });
    expect(trainer.policy.getParameters().at(-1)).toBe(policy.getParameters().at(-1));
    expect(policy.getParameters().at(-1)).not.toBe(0);
  });

  test('trpo train --policy begins one, with the options of a run too', async () => {
    const runDirectory = folder.path('begun');
    const { policy } = await pendulumPolicy({ runDirectory });
    const flags = ['--policy', 'begun', '--config', 'begun/config.json', '--timesteps', '128', '--quiet'];
    const args = ['train', 'Pendulum-v1', '--run-directory', 'second', ...flags];
    expect(await startCli(args, folder.path())).toMatchObject({ code: 0, stderr: '' });
    // initialLogStd of that run is not that of its last policy
    const started = await loadPolicy(folder.path('second/initial.safetensors'));
    expect(started.getParameters()).toEqual(policy.getParameters());
    const resumed = await startCli(['train', '--resume', 'second', '--policy', 'begun'], folder.path());
    expect(resumed).toMatchObject({ code: 1, stderr: expect.stringMatching(/--policy with --resume/) });
  });

  test('says what is missing when its copy is gone', async () => {
    const runDirectory = folder.path('lost');
    const signal = AbortSignal.abort();
    const { policy } = await pendulumPolicy();
    await train({ ...SMALL, environment: 'Pendulum-v1', initialPolicy: policy, runDirectory, signal });
    rmSync(folder.path('lost/initial.safetensors'));
    await expect(resume({ runDirectory })).rejects.toThrow(
      /initial\.safetensors does not exist, which the run/,
    );
  });
});

describe('setParameters', () => {
  test('makes the policy act by them, and policyToSafetensors keeps it', async () => {
    const { policy } = await pendulumPolicy();
    const other = await pendulumPolicy({ seed: 6 });
    policy.setParameters([...other.policy.getParameters()]);
    const runDirectory = folder.path('set');
    const { trainer } = await train({
      ...{ ...SMALL, environment: 'Pendulum-v1', timesteps: 128, runDirectory },
      initialPolicy: policyToSafetensors(policy),
    });
    expect(trainer.totalTimesteps).toBe(128);
    const started = await loadPolicy(folder.path('set/initial.safetensors'));
    expect(actionsOf(started)).toEqual(actionsOf(policy));
    expect(started.getParameters()).toEqual(other.policy.getParameters());
  });

  test('refuses another length and what is no number, and then has changed nothing', async () => {
    const { policy } = await pendulumPolicy();
    const before = policy.getParameters();
    expect(() => policy.setParameters(before.subarray(1))).toThrow(ShapeError);
    expect(() => policy.setParameters(undefined as never)).toThrow(/has undefined numbers, this policy/);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1e39]) {
      const parameters = [...before];
      parameters[7] = wrong;
      expect(() => policy.setParameters(parameters)).toThrow(NonFiniteError);
      expect(() => policy.setParameters(parameters)).toThrow(`parameters[7] is ${wrong}`);
    }
    expect(policy.getParameters()).toEqual(before);
  });

  test('a trainer learns on from them', async () => {
    const environment = () => scriptedEnvironment();
    const options = { ...SMALL, hiddenSizes: [4], environment, timesteps: 256 };
    const [set, started] = [await createTrainer(options), await createTrainer({ ...options, seed: 8 })];
    set.policy.setParameters(started.policy.getParameters());
    for await (const _ of set.iterations()) break;
    const { trainer } = await train({ ...options, timesteps: 128, initialPolicy: started.policy });
    expect(set.policy.getParameters()).toEqual(trainer.policy.getParameters());
    await set.close();
    await started.close();
  });
});

/** An environment of the list; bound: of its actions, if it is to have others. */
function wrapped(id: string, bound?: number) {
  const inner = makeEnvironment(id);
  return {
    observationSpace: inner.observationSpace,
    actionSpace: bound === undefined ? inner.actionSpace : new Box({ low: -bound, high: bound, size: 1 }),
    reset: inner.reset.bind(inner),
    step: inner.step.bind(inner),
  };
}
