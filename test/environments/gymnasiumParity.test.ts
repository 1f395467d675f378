import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Action, ResetResult, StepResult } from '../../src/environments/environment.js';
import { makeEnvironment, type TimeLimit } from '../../src/environments/index.js';
import type { StateTask } from '../../src/environments/stateTask.js';

/** A recorded episode, one row per step (scripts/compactGymnasiumReference.mjs). */
interface Episode {
  actionStyle: string;
  startState: number[];
  firstObservation: number[];
  actions: Action[];
  states: number[][];
  observations: number[][];
  rewards: number[];
  terminated: number[];
  truncated: number[];
}

const FLOAT64 = 1e-9;
const FLOAT32 = 1e-6;

/** tolerance: of the internal state, by the precision in which Gymnasium keeps it. */
const cases = [
  { id: 'CartPole-v1', tolerance: FLOAT64 },
  { id: 'Pendulum-v1', tolerance: FLOAT64 },
  { id: 'Acrobot-v1', tolerance: FLOAT64 },
  { id: 'MountainCar-v0', tolerance: FLOAT64 },
  { id: 'MountainCarContinuous-v0', tolerance: FLOAT32 },
];

describe.each(cases)('$id is Gymnasium', ({ id, tolerance }) => {
  const episodes = readEpisodes(id);

  it.each(episodes)('one step from every recorded state ($actionStyle)', (episode) => {
    const { environment, internal } = make(id);
    const first = environment.reset({ options: { state: episode.startState } }) as ResetResult;
    expectRelative(first.observation, episode.firstObservation, FLOAT32, 'observation of reset');

    episode.actions.forEach((action, step) => {
      const from = step === 0 ? episode.startState : episode.states[step - 1];
      environment.reset({ options: { state: from } });
      const result = environment.step(action) as StepResult;
      const where = `step ${step}`;
      expectRelative(internal.state, episode.states[step], tolerance, `state after ${where}`);
      expectRelative(result.observation, episode.observations[step], FLOAT32, `observation of ${where}`);
      expectRelative([result.reward], [episode.rewards[step]], FLOAT64, `reward of ${where}`);
      expect(result.terminated, where).toBe(episode.terminated[step] === 1);
    });
  });

  // an unstable balance without feedback: differences of one bit grow without limit
  const replayable = episodes.filter(
    ({ actionStyle }) => !(id === 'CartPole-v1' && actionStyle === 'control'),
  );

  it.each(replayable)('whole episodes ($actionStyle)', (episode) => {
    const { environment, internal } = make(id);
    environment.reset({ options: { state: episode.startState } });
    episode.actions.forEach((action, step) => {
      const result = environment.step(action) as StepResult;
      const where = `step ${step}`;
      expect([result.terminated, result.truncated], where).toEqual([
        episode.terminated[step] === 1,
        episode.truncated[step] === 1,
      ]);
      // absolute: rounding errors that earlier steps left do not shrink when a number passes through zero
      expectAbsolute(internal.state, episode.states[step], tolerance, `state after ${where}`);
    });
  });
});

function readEpisodes(id: string): Episode[] {
  const file = new URL(`../recordings/gymnasium/${id}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).episodes;
}

function make(id: string) {
  const environment = makeEnvironment(id) as TimeLimit;
  return { environment, internal: environment.inner as StateTask };
}

type Numbers = ArrayLike<number>;

function expectRelative(actual: Numbers, expected: Numbers, tolerance: number, what: string) {
  expectWithin(actual, expected, (number) => tolerance * Math.abs(number), what);
}

function expectAbsolute(actual: Numbers, expected: Numbers, tolerance: number, what: string) {
  expectWithin(actual, expected, () => tolerance, what);
}

/** Plain comparisons: an expect() for each of 30,000 numbers would take seconds. */
function expectWithin(actual: Numbers, expected: Numbers, bound: (number: number) => number, what: string) {
  expect(actual.length, `length of ${what}`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(actual[i] - expected[i]) <= bound(expected[i])) continue;
    expect.fail(`${what}: number ${i} is ${actual[i]}, Gymnasium has ${expected[i]}`);
  }
}
