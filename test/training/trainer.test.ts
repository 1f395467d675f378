import { describe, expect, test } from 'vitest';
import type { Action, Environment, ResetOptions, StepResult } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { Box, MultiBinary, MultiDiscrete } from '../../src/environments/spaces.js';
import { EnvironmentError, MismatchError, NonFiniteError, ShapeError, TrpoError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import type { Scene } from '../../src/render/scene.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { behindPromises, scriptedEnvironment } from '../support/environments.js';
import { withoutTimes } from '../support/runs.js';
import { testRuntime } from '../support/runtime.js';

const SMALL = { environments: 1, steps: 128, hiddenSizes: [8], valueHiddenSizes: [8], valueEpochs: 2 };

async function run(options: TrainerOptions): Promise<{ trainer: Trainer; rows: ProgressRow[] }> {
  const trainer = await Trainer.create(testRuntime(), options);
  const rows: ProgressRow[] = [];
  for await (const { row } of trainer.iterations()) rows.push(withoutTimes(row));
  return { trainer, rows };
}

describe('evaluate', () => {
  test('hands over the start and every step of the episodes to draw, and no others', async () => {
    const { policy } = await Trainer.create(testRuntime(), { ...SMALL, environment: 'CartPole-v1' });
    for (const drawnEpisodes of [1, 2]) {
      const scenes: Scene[] = [];
      const report = await evaluate(policy, makeEnvironment('CartPole-v1'), {
        episodes: 3,
        drawnEpisodes,
        onScene: (scene) => scenes.push(scene),
      });
      const steps = report.returns
        .slice(0, drawnEpisodes)
        .reduce((sum, episodeReturn) => sum + episodeReturn);
      expect(scenes).toHaveLength(drawnEpisodes + steps);
    }
  });

  const good = { observation: [0, 0, 0, 0], reward: 0, terminated: false, truncated: false };
  test.each([
    ['throws', () => Promise.reject(new Error('lost')), /threw in step\(\): lost/],
    ['answers nothing', () => undefined, /returned undefined from step\(\)/],
    ['observes NaN', () => ({ ...good, observation: [0, Number.NaN, 0, 0] }), /observation\[1\] = NaN/],
    ['observes too little', () => ({ ...good, observation: [0] }), /1 numbers as observation/],
    ['rewards text', () => ({ ...good, reward: '1' }), /reward 1 \(a string\)/],
  ])('an environment that %s is named, with episode and step', async (_, step, message) => {
    const { policy } = await Trainer.create(testRuntime(), { ...SMALL, environment: 'CartPole-v1' });
    const inner = makeEnvironment('CartPole-v1');
    let steps = 0;
    const environment = {
      observationSpace: inner.observationSpace,
      actionSpace: inner.actionSpace,
      reset: (options?: ResetOptions) => inner.reset(options),
      step: (action: Action) => (++steps === 4 ? step() : inner.step(action)) as StepResult,
    };
    const failure = evaluate(policy, environment, { episodes: 1 });
    await expect(failure).rejects.toThrow(TrpoError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(/CartPole-v1 \(episode 0, step 3\)/);
  });

  test('refuses to draw an environment that cannot be drawn', async () => {
    const { policy } = await Trainer.create(testRuntime(), { ...SMALL, environment: 'CartPole-v1' });
    const hidden = behindPromises('CartPole-v1');
    await expect(evaluate(policy, hidden, { episodes: 1, onScene: () => {} })).rejects.toThrow(
      EnvironmentError,
    );
  });
});

describe('learning', () => {
  test.each(['CartPole-v1', 'Pendulum-v1'])(
    '%s: no state changes by more than maxKl',
    async (environment) => {
      const { trainer, rows } = await run({
        ...SMALL,
        environment,
        klConstraint: 'max',
        timesteps: 128 * 20,
      });
      const accepted = rows.filter((row) => row[progressKey.lineSearchAccepted]);
      expect(accepted.length).toBeGreaterThan(15);
      for (const row of accepted) {
        expect(row[progressKey.largestKl]).toBeLessThanOrEqual(trainer.options.maxKl);
        expect(row[progressKey.largestKl]).toBeGreaterThan(row[progressKey.klOldNew] as number);
      }
    },
  );

  test('the trust region shrinks linearly, by the part of it that maxKlDecay names', async () => {
    const given = { environment: 'CartPole-v1', environments: 4, steps: 128, timesteps: 5120, maxKl: 0.02 };
    const trainer = await Trainer.create(testRuntime(), { ...given, maxKlDecay: 0.5 });
    const limits: number[] = [];
    for await (const { row } of trainer.iterations()) {
      const limit = 0.02 * (1 - (0.5 * limits.length) / 10);
      expect(row[progressKey.klOldNew]).toBeLessThanOrEqual(limit);
      expect(row[progressKey.klOldNew]).toBeGreaterThan(limit / 2);
      limits.push(trainer.maxKl);
    }
    expect(limits[0]).toBeCloseTo(0.019, 12);
    expect(limits.at(-1)).toBeCloseTo(0.01, 12);
  });

  test.each([
    ['MultiDiscrete', new MultiDiscrete([3, 2]), (action: ArrayLike<number>) => (action[0] === 2 ? 1 : 0)],
    [
      'MultiBinary',
      new MultiBinary(3),
      (action: ArrayLike<number>) => action[0] + action[1] * (1 - action[2]),
    ],
    ['Box', new Box({ low: -1, high: 1, size: 2 }), (action: ArrayLike<number>) => action[0] - action[1]],
  ] as const)('%s actions: the rewarded ones become likely', async (_, actionSpace, rewardOf) => {
    const environment = (): Environment => {
      let step = 0;
      return {
        observationSpace: new Box({ low: 0, high: 1, size: 1 }),
        actionSpace,
        reset: () => {
          step = 0;
          return { observation: [1] };
        },
        step: (action) => ({
          observation: [1],
          reward: rewardOf(action as ArrayLike<number>),
          terminated: ++step === 8,
          truncated: false,
        }),
      };
    };
    const { rows } = await run({ ...SMALL, environment, timesteps: 128 * 30, maxKl: 0.05 });
    const first = rows[0][progressKey.meanReturn] as number;
    const last = rows[rows.length - 1][progressKey.meanReturn] as number;
    expect(last).toBeGreaterThan(first + 2);
  });
});

describe('determinism', () => {
  test.each([1, 8])('the same seed gives the same bits with %i environments', async (environments) => {
    const options = { ...SMALL, environment: 'Pendulum-v1', environments, timesteps: 128 * environments * 3 };
    const first = await run(options);
    const second = await run(options);
    expect(second.rows).toEqual(first.rows);
    expect(second.trainer.encodePolicy()).toEqual(first.trainer.encodePolicy());
    expect(second.trainer.encodeCheckpoint()).toEqual(first.trainer.encodeCheckpoint());
  });

  test('another seed gives other parameters', async () => {
    const options = { ...SMALL, environment: 'CartPole-v1', timesteps: 128 };
    const first = await run({ ...options, seed: 1 });
    const second = await run({ ...options, seed: 2 });
    expect(second.trainer.policy.getParameters()).not.toEqual(first.trainer.policy.getParameters());
  });

  test('environments that answer with promises give the same bits as those that answer at once', async () => {
    const options = { ...SMALL, environments: 3, timesteps: 128 * 3 * 2, environmentName: 'CartPole-v1' };
    const atOnce = await run({ ...options, environment: () => makeEnvironment('CartPole-v1') });
    const later = await run({ ...options, environment: () => behindPromises('CartPole-v1') });
    expect(later.rows).toEqual(atOnce.rows);
    expect(later.trainer.encodeCheckpoint()).toEqual(atOnce.trainer.encodeCheckpoint());
  });
});

describe('resume', () => {
  test.each([
    ['CartPole-v1', {}],
    ['Pendulum-v1', {}],
    ['MountainCarContinuous-v0', {}],
    ['CartPole-v1', { algorithm: 'npg' }],
    ['CartPole-v1', { algorithm: 'vpg' }],
    ['CartPole-v1', { klConstraint: 'max' }],
    ['Pendulum-v1', { fisher: 'empirical', fisherFraction: 0.3 }],
    ['Pendulum-v1', { algorithm: 'ppo', ppoEpochs: 3 }],
    ['CartPole-v1', { sampling: 'vine', vineStates: 5, vineSteps: 9 }],
    ['Pendulum-v1', { sampling: 'vine', vineStates: 5, vineActions: 3, vineSteps: 9 }],
  ] as const)(
    '%s with %o: stopped after any iteration and restored, a run goes on to the same bits',
    async (environment, given) => {
      const options = { ...SMALL, ...given, environment, environments: 2, timesteps: 128 * 2 * 5 };
      const whole = await Trainer.create(testRuntime(), options);
      const rows: ProgressRow[] = [];
      const checkpoints: Uint8Array[] = [];
      for await (const { row } of whole.iterations()) {
        rows.push(withoutTimes(row));
        checkpoints.push(whole.encodeCheckpoint());
      }
      for (const [index, checkpoint] of checkpoints.slice(0, -1).entries()) {
        const resumed = await Trainer.create(testRuntime(), options);
        await resumed.restoreCheckpoint(checkpoint, 'checkpoint');
        const laterRows: ProgressRow[] = [];
        for await (const { row } of resumed.iterations()) laterRows.push(withoutTimes(row));
        expect(laterRows).toEqual(rows.slice(index + 1));
        expect(resumed.encodeCheckpoint()).toEqual(checkpoints[checkpoints.length - 1]);
        expect(resumed.encodePolicy()).toEqual(whole.encodePolicy());
      }
    },
  );

  test('a checkpoint of another network, environment, number of environments or memory of the algorithm is refused', async () => {
    const { trainer } = await run({ ...SMALL, environment: 'CartPole-v1', timesteps: 128 });
    const checkpoint = trainer.encodeCheckpoint();
    for (const other of [
      { ...SMALL, environment: 'CartPole-v1', hiddenSizes: [9] },
      { ...SMALL, environment: 'Acrobot-v1' },
      { ...SMALL, environment: 'CartPole-v1', environments: 2 },
      { ...SMALL, environment: 'CartPole-v1', algorithm: 'ppo' as const },
    ]) {
      const refusing = await Trainer.create(testRuntime(), other);
      const before = refusing.encodeCheckpoint();
      await expect(refusing.restoreCheckpoint(checkpoint, 'run/checkpoint')).rejects.toThrow(MismatchError);
      expect(refusing.encodeCheckpoint()).toEqual(before);
    }
  });
});

describe('stopping', () => {
  test('an aborted signal ends the iterations after the last whole one', async () => {
    const controller = new AbortController();
    const trainer = await Trainer.create(testRuntime(), {
      ...SMALL,
      environment: 'CartPole-v1',
      timesteps: 1e6,
    });
    let iterations = 0;
    for await (const _ of trainer.iterations(controller.signal)) {
      if (++iterations === 2) controller.abort();
    }
    expect(iterations).toBe(2);
    expect(trainer.totalTimesteps).toBe(256);
  });

  test('an abort in the middle of an iteration gives that iteration up', async () => {
    const controller = new AbortController();
    let steps = 0;
    const environment = () =>
      scriptedEnvironment({
        step: () => {
          if (++steps === 200) controller.abort();
        },
      });
    const trainer = await Trainer.create(testRuntime(), { ...SMALL, environment, timesteps: 1e6 });
    for await (const _ of trainer.iterations(controller.signal)) expect(steps).toBe(128);
    expect(trainer.iterationCount).toBe(1);
    expect(steps).toBe(200);
  });
});

describe('environments that break their contract', () => {
  const good = { observation: [0, 0], reward: 0, terminated: false, truncated: false };
  test.each([
    [
      'NaN from reset',
      { reset: () => ({ observation: [0, Number.NaN] }) },
      NonFiniteError,
      /observation\[1\] = NaN from reset/,
    ],
    [
      'wrong length from reset',
      { reset: () => ({ observation: [0] }) },
      ShapeError,
      /1 numbers as observation from reset.*has 2/,
    ],
    [
      'no observation',
      { step: () => ({ ...good, observation: undefined }) },
      ShapeError,
      /undefined as observation from step/,
    ],
    [
      'wrong length from step',
      { step: () => ({ ...good, observation: [1, 2, 3] }) },
      ShapeError,
      /3 numbers/,
    ],
    [
      'infinite observation',
      { step: () => ({ ...good, observation: [1, Infinity] }) },
      NonFiniteError,
      /Infinity/,
    ],
    [
      'text in an observation',
      { step: () => ({ ...good, observation: [1, '2'] }) },
      NonFiniteError,
      /observation\[1\] = 2/,
    ],
    [
      'false from reset',
      { reset: (): unknown => false },
      EnvironmentError,
      /returned false \(a boolean\) from reset\(\)/,
    ],
    [
      'false from step',
      { step: (): unknown => false },
      EnvironmentError,
      /returned false \(a boolean\) from step\(\); it must return/,
    ],
    ['a number from step', { step: (): unknown => 5 }, EnvironmentError, /returned 5 from step\(\)/],
    [
      'a promise of nothing',
      { step: (): unknown => Promise.resolve() },
      EnvironmentError,
      /returned undefined from step\(\)/,
    ],
    [
      'an observation beyond float32',
      { step: () => ({ ...good, observation: [1e39, 0] }) },
      NonFiniteError,
      /observation\[0\] = 1e\+39.*at most 3\.4e38/,
    ],
    [
      'a reward beyond float32',
      { step: () => ({ ...good, reward: -1e39 }) },
      NonFiniteError,
      /reward -1e\+39.*at most 3\.4e38/,
    ],
    ['NaN reward', { step: () => ({ ...good, reward: Number.NaN }) }, NonFiniteError, /reward NaN/],
    [
      'reward that is no number',
      { step: () => ({ ...good, reward: '1' }) },
      NonFiniteError,
      /reward 1 \(a string\)/,
    ],
    [
      'missing flags',
      { step: () => ({ observation: [0, 0], reward: 0 }) },
      EnvironmentError,
      /terminated undefined/,
    ],
    [
      'an exception',
      {
        step: () => {
          throw new Error('motor on fire');
        },
      },
      EnvironmentError,
      /threw in step\(\): motor on fire/,
    ],
    [
      'a rejection',
      { step: () => Promise.reject(new Error('lost')) },
      EnvironmentError,
      /threw in step\(\): lost/,
    ],
  ] as const)('%s is refused, naming environment and step', async (_, broken, errorClass, message) => {
    const trainer = await Trainer.create(testRuntime(), {
      ...SMALL,
      environment: () => scriptedEnvironment(broken),
      environmentName: 'Robot',
      environments: 2,
    });
    const before = trainer.policy.getParameters();
    const failure = trainer.iterations().next();
    await expect(failure).rejects.toThrow(errorClass);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(/Robot \(environment \d, step 0\)/);
    expect(trainer.policy.getParameters()).toEqual(before);
  });
});

describe('what is no environment is refused with what is missing', () => {
  test.each([
    ['nothing', undefined, /it is undefined \(a function whose body has braces/],
    ['a promise of nothing', Promise.resolve(undefined), /it is undefined/],
    ['a class', class Corridor {}, /it is the function Corridor, not what that makes/],
    ['no action space', { ...scriptedEnvironment(), actionSpace: undefined }, /actionSpace is not one of/],
    ['no step', { ...scriptedEnvironment(), step: undefined }, /no method step\(\)/],
  ])('%s', async (_, value, message) => {
    const environment = () => value as unknown as Environment;
    const made = Trainer.create(testRuntime(), { environment });
    await expect(made).rejects.toThrow(EnvironmentError);
    await expect(made).rejects.toThrow(message);
  });
});

describe('a refused update', () => {
  test('constant rewards give no gradient: the parameters stay, and the row says why', async () => {
    const environment = () =>
      scriptedEnvironment({
        step: () => ({ observation: [0, 0], reward: 1, terminated: true, truncated: false }),
      });
    const trainer = await Trainer.create(testRuntime(), {
      ...SMALL,
      environment,
      timesteps: 128,
      normalizeObservations: false,
    });
    const before = trainer.policy.getParameters();
    for await (const { row } of trainer.iterations()) {
      expect(row[progressKey.lineSearchAccepted]).toBe(false);
      expect(row[progressKey.lineSearchReason]).toBe('zero gradient');
      expect(row[progressKey.klOldNew]).toBe(0);
    }
    expect(trainer.policy.getParameters()).toEqual(before);
  });
});
