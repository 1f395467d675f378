import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { CartPole, environmentList, makeEnvironment, TimeLimit } from '../../src/environments/index.js';
import { EnvironmentError } from '../../src/errors.js';
import { describeEnvironmentContract } from '../contract/environmentContract.js';
import { readRecordings } from './mujoco/recordings.js';
import { mujocoTasks } from './mujoco/tasks.js';

/** Internal states inside the task's limits, for environments that can start from one. */
const startStates: Readonly<Record<string, readonly number[]>> = {
  'CartPole-v1': [0.5, -0.25, 0.1, 0.75],
  'Pendulum-v1': [2.5, -1.5],
  'Acrobot-v1': [0.5, -1.25, 2, -3],
  'MountainCar-v0': [-0.75, 0.0125],
  'MountainCarContinuous-v0': [-0.75, 0.0125],
  ...Object.fromEntries(Object.keys(mujocoTasks).map((id) => [id, readRecordings(id)[0].starts[0]])),
};

for (const { id, create, maxEpisodeSteps } of environmentList) {
  describeEnvironmentContract(id, create, { startState: startStates[id], longestEpisode: maxEpisodeSteps });
}

describeEnvironmentContract(
  'CartPole behind promises',
  () => new TimeLimit(behindPromises(new CartPole()), 500),
  { startState: startStates['CartPole-v1'] },
);

/** The environment as a remote simulator would offer it. */
function behindPromises(environment: Environment): Environment {
  return {
    observationSpace: environment.observationSpace,
    actionSpace: environment.actionSpace,
    reset: async (options) => environment.reset(options),
    step: async (action) => environment.step(action),
    saveState: () => environment.saveState!(),
    restoreState: (saved) => environment.restoreState!(saved),
  };
}

describe('environmentList', () => {
  it('names each environment once, with a one-line description', () => {
    expect(new Set(environmentList.map(({ id }) => id)).size).toBe(environmentList.length);
    for (const { description } of environmentList) expect(description).toMatch(/^[^\n]{10,100}$/);
  });

  it('makes environments by id, each wrapped in its time limit', () => {
    const environment = makeEnvironment('CartPole-v1') as TimeLimit;
    expect(environment).toBeInstanceOf(TimeLimit);
    expect(environment.maxEpisodeSteps).toBe(500);
    expect(environment.inner).toBeInstanceOf(CartPole);
    expect(makeEnvironment('CartPole-v1')).not.toBe(environment);
  });

  it('refuses an unknown id with the nearest and all known ones', () => {
    expect(() => makeEnvironment('CartPol-v1')).toThrow(EnvironmentError);
    expect(() => makeEnvironment('CartPol-v1')).toThrow(/did you mean "CartPole-v1".*Acrobot-v1/);
  });
});

describe('classic control errors', () => {
  it('name the environment, the value, the rule and the way out', () => {
    const environment = new CartPole();
    expect(() => environment.step(0)).toThrow(
      /^CartPole: step\(\) without a running episode.*call reset\(\)/,
    );
    environment.reset({ seed: 0 });
    expect(() => environment.step(2)).toThrow(
      'CartPole: action 2 is not in Discrete(2); give a whole number from 0 to 1',
    );
    expect(() => environment.reset({ options: { state: [1, 2, 3] } })).toThrow(
      'CartPole: options.state has 3 numbers; give 4: x, xDot, theta, thetaDot',
    );
    expect(() => environment.reset({ options: { state: [1, 2, Infinity, 4] } })).toThrow(
      'CartPole: options.state has theta = Infinity; give a finite number',
    );
  });

  it('accepts out-of-bounds torques, and clips them', () => {
    const [clipped, atBound] = ['Pendulum-v1', 'Pendulum-v1'].map(makeEnvironment);
    for (const environment of [clipped, atBound]) environment.reset({ seed: 1 });
    expect(clipped.step([50])).toEqual(atBound.step([2]));
  });
});
