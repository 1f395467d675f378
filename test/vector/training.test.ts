import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { EnvironmentError, NonFiniteError, ShapeError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { PolicySearch } from '../../src/training/policySearch.js';
import { Trainer } from '../../src/training/trainer.js';
import { planOf, type TrainerOptions } from '../../src/training/trainingPlan.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import type { EnvironmentFactory } from '../../src/vector/givenSource.js';
import type { VectorEnvironment, VectorOutcomes, VectorResets } from '../../src/vector/vectorEnvironment.js';
import { scriptedEnvironment } from '../support/environments.js';
import { runToEnd } from '../support/runs.js';
import { testRuntime, threadedRuntime } from '../support/runtime.js';

const RUN = {
  environmentName: 'CartPole-v1',
  environments: 3,
  steps: 64,
  timesteps: 3 * 64 * 3,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 2,
} as const;

/** CartPoles behind an interface of a user's own, in plain arrays made anew each time. */
function cartPoles(count: number, later?: () => Promise<void>): VectorEnvironment {
  const inner = new EnvironmentVector(Array.from({ length: count }, () => makeEnvironment('CartPole-v1')));
  const answer = <Result>(result: Result): Result | Promise<Result> =>
    later === undefined ? result : later().then(() => result);
  const rows = (values: ArrayLike<number>, length: number) => Array.from(values).slice(0, length);
  return {
    count,
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset(which, seeds) {
      const { observations } = inner.reset(which, seeds) as VectorResets;
      return answer(rows(observations, 4 * which.length));
    },
    step(which, actions) {
      const { observations, rewards, terminated, truncated } = inner.step(which, actions) as VectorOutcomes;
      return answer({
        observations: rows(observations, 4 * which.length),
        rewards: rows(rewards, which.length),
        terminated: rows(terminated, which.length),
        truncated: rows(truncated, which.length),
      });
    },
    saveStates: (which) => answer(inner.saveStates!(which)) as ReturnType<typeof inner.saveStates & object>,
    restoreStates: (which, states) => answer(inner.restoreStates!(which, states)) as Promise<void>,
    render: inner.render,
    close: () => {},
  };
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

const KINDS: Readonly<Record<string, Partial<TrainerOptions>>> = {
  trajectories: {},
  'a vine': { sampling: 'vine', vineStates: 4, vineSteps: 6 },
};

describe.each(Object.entries(KINDS))('training by %s', (_, given) => {
  const run = async (environment: EnvironmentFactory) =>
    runToEnd(await Trainer.create(testRuntime(), { ...RUN, ...given, environment }));

  test("on a user's vector gives the bits of ordinary environments, at once or by promises", async () => {
    const expected = await run(() => makeEnvironment('CartPole-v1'));
    expect(await run((count) => cartPoles(count))).toEqual(expected);
    expect(await run((count) => cartPoles(count, soon))).toEqual(expected);
    expect(await run(async () => makeEnvironment('CartPole-v1'))).toEqual(expected);
  });
});

test("a search on a user's vector gives the bits of ordinary environments", async () => {
  const run = async (environment: EnvironmentFactory) => {
    const { environmentName } = RUN;
    const options = {
      environmentName,
      algorithm: 'cem',
      searchEpisodes: 3,
      timesteps: 800,
      hiddenSizes: [4],
    };
    const search = await PolicySearch.ofPlan(
      testRuntime(),
      planOf({ ...options, environment } as TrainerOptions),
    );
    for await (const _ of search.iterations());
    return search.encodeCheckpoint();
  };
  const expected = await run(() => makeEnvironment('CartPole-v1'));
  expect(await run((count) => cartPoles(count))).toEqual(expected);
  expect(await run((count) => cartPoles(count, soon))).toEqual(expected);
});

test("a run on a user's vector is restored in the middle of its episodes", async () => {
  const options = { ...RUN, environment: (count: number) => cartPoles(count, soon) };
  const whole = await runToEnd(await Trainer.create(testRuntime(), options));
  const begun = await Trainer.create(testRuntime(), options);
  await begun.iterations().next();
  const resumed = await Trainer.create(testRuntime(), options);
  expect(resumed.resumesExactly).toBe(true);
  await resumed.restoreCheckpoint(begun.encodeCheckpoint(), 'checkpoint');
  expect((await runToEnd(resumed)).checkpoint).toEqual(whole.checkpoint);
});

test('every thread steps a vector of its share', async () => {
  const module = new URL('../threads/fixtures/tasks.mjs', import.meta.url).href;
  const environment = { module, export: 'cartPoleVector' };
  const run = async (threads: number, source: TrainerOptions['environment']) =>
    runToEnd(
      await Trainer.create(threadedRuntime(), { ...RUN, environments: 5, environment: source, threads }),
    );
  const expected = await run(1, 'CartPole-v1');
  expect(await run(1, environment)).toEqual(expected);
  expect(await run(3, environment)).toEqual(expected);
});

describe('evaluation', () => {
  test('plays in a vector the episodes that it plays in one environment', async () => {
    const trainer = await Trainer.create(testRuntime(), { ...RUN, environment: 'CartPole-v1' });
    const one = await evaluate(trainer.policy, makeEnvironment('CartPole-v1'), { episodes: 11, seed: 3 });
    for (const vector of [cartPoles(1), cartPoles(4), cartPoles(20), cartPoles(4, soon)]) {
      expect(await evaluate(trainer.policy, vector, { episodes: 11, seed: 3 })).toEqual(one);
    }
  });

  test('draws the episodes of the first environment of a vector', async () => {
    const trainer = await Trainer.create(testRuntime(), { ...RUN, environment: 'CartPole-v1' });
    const scenes = { one: 0, vector: 0 };
    const options = { episodes: 4, drawnEpisodes: 2 };
    const { returns } = await evaluate(trainer.policy, makeEnvironment('CartPole-v1'), {
      ...options,
      onScene: () => scenes.one++,
    });
    await evaluate(trainer.policy, cartPoles(2), { ...options, onScene: () => scenes.vector++ });
    // a reward of 1 a step, and a scene before the first
    expect(scenes.one).toBe(returns[0] + returns[1] + 2);
    expect(scenes.vector).toBeGreaterThan(2);
  });
});

describe("a user's vector that breaks the contract is named", () => {
  const broken = (change: Partial<VectorEnvironment> | ((outcomes: VectorOutcomes) => unknown)) => {
    const environment = (count: number) => {
      const vector = cartPoles(count);
      if (typeof change !== 'function') return { ...vector, ...change };
      const step = (which: readonly number[], actions: ArrayLike<number>) =>
        change(vector.step(which, actions) as VectorOutcomes) as VectorOutcomes;
      return { ...vector, step };
    };
    return { ...RUN, environmentName: 'Robots', environment };
  };
  const all = /^environments 0 to 2 of Robots from step 0 on /;
  const second = /^Robots \(environment 1, step 0\) /;

  test.each([
    ['outcomes', () => undefined, EnvironmentError, all, /returned undefined from step\(\)/],
    [
      'short observations',
      (outcomes: VectorOutcomes) => ({ ...outcomes, observations: [0, 0, 0, 0] }),
      ...[
        ShapeError,
        all,
        /returned 4 numbers as observations from step\(\); 3 environments were asked, with 4/,
      ],
    ],
    [
      'no rewards',
      (outcomes: VectorOutcomes) => ({ ...outcomes, rewards: undefined }),
      ...[ShapeError, all, /returned undefined as rewards/],
    ],
    [
      'NaN in an observation',
      (outcomes: VectorOutcomes) => ({
        ...outcomes,
        observations: Array.from(outcomes.observations, (value, i) => (i === 6 ? Number.NaN : value)),
      }),
      ...[NonFiniteError, second, /returned observation\[2\] = NaN from step\(\)/],
    ],
    [
      'an infinite reward',
      (outcomes: VectorOutcomes) => ({ ...outcomes, rewards: [1, Infinity, 1] }),
      ...[NonFiniteError, second, /returned reward Infinity/],
    ],
    [
      'a flag that is none',
      (outcomes: VectorOutcomes) => ({ ...outcomes, truncated: [0, 2, 0] }),
      ...[EnvironmentError, second, /returned terminated 0 and truncated 2.*both must be 0 or 1/],
    ],
    [
      'an exception',
      () => {
        throw new Error('bus error');
      },
      ...[EnvironmentError, all, /threw in step\(\): bus error/],
    ],
    [
      'a rejection',
      () => Promise.reject(new Error('line is dead')),
      ...[EnvironmentError, all, /threw in step\(\): line is dead/],
    ],
  ] as const)('%s', async (_, change, errorClass, place, fault) => {
    const trainer = await Trainer.create(
      testRuntime(),
      broken(change as (outcomes: VectorOutcomes) => unknown),
    );
    const failure = trainer.iterations().next();
    await expect(failure).rejects.toThrow(errorClass as typeof EnvironmentError);
    await expect(failure).rejects.toThrow(place as RegExp);
    await expect(failure).rejects.toThrow(fault as RegExp);
  });

  test('a first observation of the wrong length', async () => {
    const trainer = await Trainer.create(testRuntime(), broken({ reset: () => [1, 2, 3] }));
    await expect(trainer.iterations().next()).rejects.toThrow(
      /returned 3 numbers as observations from reset\(\)/,
    );
  });

  test('another number of environments than it was asked for', async () => {
    const made = Trainer.create(testRuntime(), { ...RUN, environment: () => cartPoles(2) });
    await expect(made).rejects.toThrow(EnvironmentError);
    await expect(made).rejects.toThrow(/a vector of 2 environments, and 3 are stepped together here/);
  });

  test('a vine on a vector without states', async () => {
    const options = broken({ saveStates: undefined });
    const made = Trainer.create(testRuntime(), { ...options, sampling: 'vine', vineStates: 4 });
    await expect(made).rejects.toThrow(/saveState\(\) and restoreState\(\)/);
  });

  test('a step that is promised and does not come', async () => {
    const step = () => new Promise<VectorOutcomes>(() => {});
    const trainer = await Trainer.create(testRuntime(), { ...broken({ step }), stepTimeoutMs: 100 });
    await expect(trainer.iterations().next()).rejects.toThrow(/did not answer from step\(\) within 100 ms/);
  });
});

test('promises of one step are all handled when an environment throws at once', async () => {
  const rejections: unknown[] = [];
  const listener = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', listener);
  let made = 0;
  const environment = (): Environment =>
    made++ === 0
      ? scriptedEnvironment({ step: () => soon().then(() => Promise.reject(new Error('line is dead'))) })
      : scriptedEnvironment({
          step: () => {
            throw new Error('motor on fire');
          },
        });
  const trainer = await Trainer.create(testRuntime(), { ...RUN, environments: 2, environment });
  await expect(trainer.iterations().next()).rejects.toThrow(/environment 1.*motor on fire/);
  await soon();
  await soon();
  process.off('unhandledRejection', listener);
  expect(rejections).toEqual([]);
});

test('environments made before one that cannot be made are closed', async () => {
  let made = 0;
  let closed = 0;
  const environment = (): Environment => {
    if (made++ === 2) throw new Error('no licence left');
    return {
      ...scriptedEnvironment(),
      close: () => {
        closed++;
      },
    };
  };
  await expect(Trainer.create(testRuntime(), { ...RUN, environment })).rejects.toThrow('no licence left');
  expect(closed).toBe(2);
});
