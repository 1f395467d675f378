import { afterEach, describe, expect, test } from 'vitest';
import type { Action, Environment, ResetOptions, StepResult } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { PolicySearch } from '../../src/training/policySearch.js';
import { Trainer } from '../../src/training/trainer.js';
import type { Training } from '../../src/training/training.js';
import { planOf, type TrainerOptions } from '../../src/training/trainingPlan.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import type { VectorEnvironment } from '../../src/vector/vectorEnvironment.js';
import { testRuntime } from '../support/runtime.js';

/** What the test and its environments tell each other. */
const remote = { calls: 0, heldAt: Number.POSITIVE_INFINITY, onHeld: () => {}, release: () => {} };

afterEach(() => {
  Object.assign(remote, { calls: 0, heldAt: Number.POSITIVE_INFINITY, onHeld: () => {}, release: () => {} });
});

/** CartPole behind promises; the answer to call number `heldAt` of all of them comes when the test lets it. */
function remoteCartPole(): Environment {
  const inner = makeEnvironment('CartPole-v1');
  const answer = async <Result>(call: () => Result | Promise<Result>): Promise<Result> => {
    const isHeld = ++remote.calls === remote.heldAt;
    const { observation, ...rest } = (await call()) as StepResult;
    const copy = { observation: Array.from(observation), ...rest } as Result;
    if (isHeld) {
      await new Promise<void>((resolve) => {
        remote.release = resolve;
        remote.onHeld();
      });
    }
    return copy;
  };
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (options?: ResetOptions) => answer(() => inner.reset(options)),
    step: (action: Action) => answer(() => inner.step(action)),
    saveState: () => inner.saveState!(),
    restoreState: (state) => inner.restoreState!(state),
  };
}

const SMALL = {
  hiddenSizes: [4],
  timesteps: 1500,
  environment: remoteCartPole,
  environmentName: 'CartPole-v1',
};
const GRADIENT = { ...SMALL, environments: 3, steps: 125, valueHiddenSizes: [4], valueEpochs: 1 };

const KINDS: Readonly<Record<string, TrainerOptions>> = {
  'trajectories of trpo': GRADIENT,
  'a vine': { ...GRADIENT, sampling: 'vine', vineStates: 4, vineSteps: 6 },
  'a search': { ...SMALL, algorithm: 'cem', searchPopulation: 5, searchEpisodes: 3 },
};

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe.each(Object.entries(KINDS))('a run by %s that is aborted while an answer is due', (_, options) => {
  const create = async (): Promise<Training> =>
    'algorithm' in options
      ? PolicySearch.ofPlan(testRuntime(), planOf(options))
      : Trainer.create(testRuntime(), options);

  // the first reset of all, one of the first batch, and one of a later batch
  test.each([2, 200, 900])('to call number %i ends at once, and goes on to the same bits', async (heldAt) => {
    const undisturbed = await create();
    for await (const _ of undisturbed.iterations());
    remote.calls = 0;

    const run = await create();
    const controller = new AbortController();
    remote.heldAt = heldAt;
    remote.onHeld = () => setImmediate(() => controller.abort());
    for await (const _ of run.iterations(controller.signal));
    expect(controller.signal.aborted).toBe(true);
    expect(run.totalTimesteps).toBeLessThan(run.options.timesteps);

    // environments are asked nothing else before the answer has come
    await turns(3);
    const { calls } = remote;
    const goingOn = (async () => {
      for await (const _ of run.iterations());
    })();
    await turns(5);
    expect(remote.calls).toBe(calls);
    remote.release();
    await goingOn;
    expect(run.encodeCheckpoint()).toEqual(undisturbed.encodeCheckpoint());
  });

  test('may be aborted again while it waits for that answer, and closed', async () => {
    const run = await create();
    const controller = new AbortController();
    remote.heldAt = 200;
    remote.onHeld = () => setImmediate(() => controller.abort());
    for await (const _ of run.iterations(controller.signal));
    const again = new AbortController();
    setTimeout(() => again.abort(), 20);
    for await (const _ of run.iterations(again.signal)) expect.unreachable();
    await run.close();
  });
});

/** As many CartPoles as one vector, some of whose methods are others. */
function cartPoles(count: number, replaced: (inner: EnvironmentVector) => Partial<VectorEnvironment>) {
  const inner = new EnvironmentVector(Array.from({ length: count }, () => makeEnvironment('CartPole-v1')));
  return {
    count,
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (which, seeds) => inner.reset(which, seeds),
    step: (which, actions) => inner.step(which, actions),
    saveStates: (which) => inner.saveStates!(which),
    restoreStates: (which, states) => inner.restoreStates!(which, states),
    ...replaced(inner),
  } satisfies VectorEnvironment;
}

test('an abort does not wait for states that a vector saves either', async () => {
  const controller = new AbortController();
  let release = () => {};
  let saved = 0;
  const vector = (count: number, heldAt: number): VectorEnvironment =>
    cartPoles(count, (inner) => ({
      async saveStates(which) {
        const states = await inner.saveStates!(which);
        if (++saved !== heldAt) return states;
        setImmediate(() => controller.abort());
        return new Promise((resolve) => {
          release = () => resolve(states);
        });
      },
    }));
  const create = (heldAt: number) =>
    Trainer.create(testRuntime(), { ...GRADIENT, environment: (count: number) => vector(count, heldAt) });
  const undisturbed = await create(0);
  for await (const _ of undisturbed.iterations());
  saved = 0;
  const run = await create(2);
  for await (const _ of run.iterations(controller.signal));
  expect(run.iterationCount).toBe(1);
  release();
  for await (const _ of run.iterations());
  expect(run.encodeCheckpoint()).toEqual(undisturbed.encodeCheckpoint());
});

describe('states that a vector takes back', () => {
  const environment = (count: number) => cartPoles(count, () => ({}));

  test('are not waited for when a resumed run is aborted, and the run goes on to the same bits', async () => {
    const undisturbed = await Trainer.create(testRuntime(), { ...GRADIENT, environment });
    let middle: Uint8Array | undefined;
    for await (const _ of undisturbed.iterations()) middle ??= undisturbed.encodeCheckpoint();

    const controller = new AbortController();
    let release = () => {};
    let restored = 0;
    const held = (count: number) =>
      cartPoles(count, (inner) => ({
        async restoreStates(which, states) {
          if (++restored === 1) {
            setImmediate(() => controller.abort());
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          }
          await inner.restoreStates!(which, states);
        },
      }));
    const run = await Trainer.create(testRuntime(), { ...GRADIENT, environment: held });
    await run.restoreCheckpoint(middle!, 'checkpoint', controller.signal);
    for await (const _ of run.iterations(controller.signal)) expect.unreachable();
    expect(run.encodeCheckpoint()).toEqual(middle);
    const goingOn = (async () => {
      for await (const _ of run.iterations());
    })();
    // nothing else is asked before the answer has come
    await turns(5);
    expect(restored).toBe(1);
    release();
    await goingOn;
    expect(restored).toBe(2);
    expect(run.encodeCheckpoint()).toEqual(undisturbed.encodeCheckpoint());
  });

  test('and refuses by name leave the trainer as it was', async () => {
    const begun = await Trainer.create(testRuntime(), { ...GRADIENT, environment });
    for await (const _ of begun.iterations()) break;
    const refusing = (count: number) =>
      cartPoles(count, () => ({ restoreStates: () => Promise.reject(new Error('another world')) }));
    const run = await Trainer.create(testRuntime(), { ...GRADIENT, environment: refusing });
    await expect(run.restoreCheckpoint(begun.encodeCheckpoint(), 'old.safetensors')).rejects.toThrow(
      /old\.safetensors holds a state that an environment does not take back: .*another world/,
    );
    expect(run.iterationCount).toBe(0);
  });
});
