import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { Box, Discrete, MultiDiscrete } from '../../src/environments/spaces.js';
import { TimeLimit } from '../../src/environments/timeLimit.js';
import { EnvironmentError, MismatchError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { createTrainer, train } from '../../src/node.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import { scriptedEnvironment } from '../support/environments.js';
import { task } from '../threads/fixtures/tasks.js';

const SMALL = {
  environmentName: 'Robot',
  environments: 4,
  steps: 32,
  timesteps: 4 * 32 * 2,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 1,
  threads: 1,
} as const;
const SEARCH = {
  environmentName: 'Robot',
  algorithm: 'cem',
  searchEpisodes: 4,
  timesteps: 100,
  hiddenSizes: [4],
} as const;

class Corridor implements Environment {
  readonly observationSpace = new Box({ low: 0, high: 1, size: 1 });
  readonly actionSpace = new Discrete(2);
  private place = 0;
  reset() {
    this.place = 0;
    return { observation: [0] };
  }
  step() {
    return { observation: [1], reward: 1, terminated: ++this.place === 10, truncated: false };
  }
}

describe('a factory that returns one object for several environments is refused', () => {
  const kinds = { training: SMALL, 'a search': SEARCH } as const;
  test.each(Object.entries(kinds))('in %s', async (_, options) => {
    const shared = new Corridor();
    const made = train({ ...options, environment: () => shared });
    await expect(made).rejects.toThrow(EnvironmentError);
    await expect(made).rejects.toThrow(
      /Robot \(environment 0\) and Robot \(environment 1\) are one and the same object.*environment: \(\) => new Corridor\(\)/,
    );
  });

  test('whichever they are, and inside a time limit too', async () => {
    const pool = [new Corridor(), new Corridor(), new Corridor()];
    let made = 0;
    const inTurn = () => new TimeLimit(pool[made++ % 3], 5);
    await expect(train({ ...SMALL, environment: inTurn })).rejects.toThrow(
      /\(environment 0\) and Robot \(environment 3\) are one and the same object.*new Corridor\(\)/,
    );
  });

  test("in a vector of the user's", () => {
    const shared = new Corridor();
    expect(() => new EnvironmentVector([shared, new Corridor(), shared])).toThrow(
      /the environment 0 of the vector and the environment 2 of the vector are one and the same object/,
    );
  });

  test('and one object for one environment is not', async () => {
    const shared = new Corridor();
    for (let run = 0; run < 2; run++) {
      const { finished } = await train({ ...SMALL, environments: 1, environment: () => shared });
      expect(finished).toBe(true);
    }
  });
});

describe('environments of one run have the same spaces', () => {
  const others: [string, Partial<Environment>, RegExp][] = [
    ['more choices', { actionSpace: new Discrete(5) }, /actions {"kind":"Discrete","n":5}/],
    ['another start', { actionSpace: new Discrete(2, { start: 1 }) }, /"n":2,"start":1}/],
    ['another kind of action', { actionSpace: new MultiDiscrete([2]) }, /"MultiDiscrete"/],
    ['longer observations', { observationSpace: new Box({ low: -1, high: 1, size: 3 }) }, /3 observations/],
    [
      'another shape',
      { observationSpace: new Box({ low: -1, high: 1, shape: [2, 1] }) },
      /2 x 1 observations/,
    ],
    [
      'bytes',
      { observationSpace: new Box({ low: 0, high: 1, size: 2, dtype: 'uint8' }) },
      /2 observations of uint8/,
    ],
  ];

  test.each(others)('%s is refused, naming both', async (_, other, fault) => {
    for (const options of [SMALL, SEARCH]) {
      let made = 0;
      const environment = () => ({ ...scriptedEnvironment(), ...(made++ === 2 ? other : {}) });
      const failure = train({ ...options, environment });
      await expect(failure).rejects.toThrow(EnvironmentError);
      await expect(failure).rejects.toThrow(
        /^Robot \(environment 2\) has .*, Robot \(environment 0\) has 2 observations/,
      );
      await expect(failure).rejects.toThrow(fault);
    }
    const vector = () =>
      new EnvironmentVector([scriptedEnvironment(), { ...scriptedEnvironment(), ...other }]);
    expect(vector).toThrow(/the environment 1 of the vector has .*, the environment 0 of the vector has/);
  });

  test('bounds of actions count, those of observations do not', async () => {
    const run = async (change: Partial<Environment>) => {
      let made = 0;
      const actionSpace = new Box({ low: -1, high: 1, size: 1 });
      const environment = () => ({
        ...scriptedEnvironment({ actionSpace }),
        ...(made++ === 1 ? change : {}),
      });
      return train({ ...SMALL, environment });
    };
    await expect(run({ actionSpace: new Box({ low: -2, high: 1, size: 1 }) })).rejects.toThrow(
      /"low":\[-2\]/,
    );
    const wider = new Box({ low: -9, high: 9, size: 2 });
    expect((await run({ observationSpace: wider })).finished).toBe(true);
  });

  test.each(['otherActionsInWorkers', 'otherVectorInWorkers'])('on other threads too: %s', async (name) => {
    const trainer = await createTrainer({ ...SMALL, environment: task(name), threads: 2 });
    const failure = trainer.iterations().next();
    await expect(failure).rejects.toThrow(EnvironmentError);
    await expect(failure).rejects.toThrow(
      /^Robot \(environment 2\) has 4 observations, actions {"kind":"Discrete","n":3}, Robot \(environment 0\) has 4 observations, actions {"kind":"Discrete","n":2}.*\(in worker 1\)$/,
    );
    await trainer.close();
  });

  test('and a policy is evaluated in those of its own', async () => {
    const trainer = await createTrainer({ ...SMALL, environment: () => scriptedEnvironment() });
    for (const [name, other, fault] of others) {
      // a policy takes its observations flat, so that their shape may be told later
      if (name === 'another shape') continue;
      const failure = evaluate(trainer.policy, { ...scriptedEnvironment(), ...other }, { episodes: 1 });
      await expect(failure).rejects.toThrow(MismatchError);
      await expect(failure).rejects.toThrow(/^The policy for Robot was trained on 2 observations, actions/);
      await expect(failure).rejects.toThrow(fault);
    }
    await trainer.close();
  });

  test.each([
    ['a class', Corridor, /Robot is not an environment: it is the function Corridor.*give evaluate\(\) one/],
    ['a factory', () => new Corridor(), /is not an environment: it is a function.*new Corridor\(\)/],
    ['nothing', undefined, /is not an environment: it is undefined/],
  ])('and in an environment: %s is refused', async (_, given, message) => {
    const trainer = await createTrainer({ ...SMALL, environment: () => new Corridor() });
    await expect(evaluate(trainer.policy, given as never)).rejects.toThrow(message);
    await trainer.close();
  });
});

describe('an environment that is in use', () => {
  test('by training is not evaluated in, until training has ended', async () => {
    for (const options of [
      { ...SMALL, environments: 1 },
      { ...SEARCH, searchEpisodes: 1 },
    ]) {
      const environment = new Corridor();
      const failures: unknown[] = [];
      const { trainer } = await train({
        ...options,
        environment: () => environment,
        onIteration: async (_, { policy }) => {
          const games = [environment, new TimeLimit(environment, 5)];
          for (const game of games)
            await evaluate(policy, game, { episodes: 1 }).catch((e) => failures.push(e));
          expect((await evaluate(policy, new Corridor(), { episodes: 2 })).meanLength).toBe(10);
        },
      });
      expect(failures.length).toBeGreaterThanOrEqual(2);
      for (const failure of failures) {
        expect(failure).toBeInstanceOf(EnvironmentError);
        expect((failure as Error).message).toMatch(
          /^Robot is in use by the training on Robot, .*make another environment for an evaluation/,
        );
      }
      expect((await evaluate(trainer.policy, environment, { episodes: 2 })).meanLength).toBe(10);
    }
  });

  test('inside a time limit is not evaluated in, and a vector neither', async () => {
    const environment = new Corridor();
    const limited = await createTrainer({
      ...SMALL,
      environments: 1,
      environment: () => new TimeLimit(environment, 5),
    });
    await expect(evaluate(limited.policy, environment)).rejects.toThrow(/is in use by the training/);
    await limited.close();
    const inside = new Corridor();
    const vector = new EnvironmentVector([new Corridor(), new TimeLimit(inside, 20)]);
    const trainer = await createTrainer({ ...SMALL, environments: 2, environment: () => vector });
    for (const used of [vector, inside]) {
      await expect(evaluate(trainer.policy, used)).rejects.toThrow(/is in use by the training/);
    }
    await trainer.close();
    expect((await evaluate(trainer.policy, vector, { episodes: 3 })).meanLength).toBe(10);
  });

  test('is neither trained on nor evaluated in a second time', async () => {
    const environment = new Corridor();
    const options = { ...SMALL, environments: 1, environment: () => environment };
    const trainer = await createTrainer(options);
    await expect(createTrainer(options)).rejects.toThrow(/is in use by the training on Robot/);
    await trainer.close();
    const again = await createTrainer(options);
    await again.close();
    const both = [evaluate(again.policy, environment), evaluate(again.policy, environment)];
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((outcomes[1] as PromiseRejectedResult).reason.message).toMatch(/is in use by an evaluation/);
  });

  test('is free again after a run that could not begin, and an evaluation that failed', async () => {
    const environment = new Corridor();
    const options = { ...SMALL, environments: 1, environment: () => environment };
    await expect(createTrainer({ ...options, sampling: 'vine', vineStates: 4 })).rejects.toThrow(/saveState/);
    const trainer = await createTrainer({ ...SMALL, environment: () => new Corridor() });
    await expect(evaluate(trainer.policy, environment, { onScene: () => {} })).rejects.toThrow(
      /cannot be drawn/,
    );
    await trainer.close();
    expect((await train(options)).finished).toBe(true);
  });

  test('is not one of a known name, which each caller makes anew', async () => {
    const { trainer } = await train({
      ...SMALL,
      environment: 'CartPole-v1',
      onIteration: async (_, { policy }) => {
        await evaluate(policy, makeEnvironment('CartPole-v1'), { episodes: 1 });
      },
    });
    expect(trainer.iterationCount).toBe(2);
  });
});
