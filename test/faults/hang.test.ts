import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, StandstillError } from '../../src/errors.js';
import { createTrainer, type TrpoOptions, train } from '../../src/node.js';

const request: Partial<TrpoOptions> & { environmentName: string } = JSON.parse(
  readFileSync(new URL('./fixtures/request.json', import.meta.url), 'utf8'),
);

const task = (name: string) => ({
  module: new URL('./fixtures/tasks.mjs', import.meta.url).href,
  export: name,
});

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => expect.unreachable('nothing failed'),
    (error) => error,
  );
}

describe('an environment that does not answer within stepTimeoutMs', () => {
  test.each([
    ['hangsHere', 1],
    ['hangsHere', 2],
    ['hangsInWorker', 2],
    ['neverAnswers', 2],
    ['waitsForever', 1],
  ])(
    '%s with %i threads: the batch fails by name, and the state is that before it',
    async (name, threads) => {
      const trainer = await createTrainer({ ...request, environment: task(name), threads });
      let parameters = trainer.policy.getParameters();
      const error = await failureOf(
        (async () => {
          for await (const _ of trainer.iterations()) parameters = trainer.policy.getParameters();
        })(),
      );
      // on a busy machine, or where it waits, a call that hangs looks like a suspended process
      expect([EnvironmentError, StandstillError]).toContain(error.constructor);
      expect(error.message).toMatch(/Robot \(environment \d, step 1\d\d\) did not answer from step\(\)/);
      expect(error.message).toMatch(/give a larger stepTimeoutMs/);
      expect(trainer.iterationCount).toBe(2);
      expect(trainer.policy.getParameters()).toEqual(parameters);
      await trainer.close();
    },
  );

  test.each(['hangsHere', 'neverAnswers'])('%s: is named in a search without gradients too', async (name) => {
    const { environmentName, stepTimeoutMs, timesteps } = request;
    const search = {
      environmentName,
      stepTimeoutMs,
      timesteps,
      algorithm: 'cem',
      searchEpisodes: 2,
    } as const;
    const error = await failureOf(train({ ...search, environment: task(name) }));
    expect([EnvironmentError, StandstillError]).toContain(error.constructor);
    expect(error.message).toMatch(
      /Robot \(candidate \d+, environment \d, step \d+\) did not answer from step/,
    );
  });

  test.each(['hangsHere', 'neverAnswers'])('%s: is named in the branches of a vine too', async (name) => {
    const vine = { sampling: 'vine', vineStates: 8, vineSteps: 8 } as const;
    const error = await failureOf(train({ ...request, ...vine, environment: task(name) }));
    expect([EnvironmentError, StandstillError]).toContain(error.constructor);
    expect(error.message).toMatch(/Robot \(environment \d, step 64\) did not answer from step\(\)/);
  });

  test('reset() counts too', async () => {
    const error = await failureOf(train({ ...request, environment: task('resetsForever') }));
    expect([EnvironmentError, StandstillError]).toContain(error.constructor);
    expect(error.message).toMatch(/did not answer from reset\(\)/);
  });

  test('many that take most of the time allowed are not late together', async () => {
    const options = { ...request, environments: 4, steps: 1, timesteps: 4, threads: 1 };
    const { finished } = await train({ ...options, environment: task('slow') });
    expect(finished).toBe(true);
  });

  test('the limit does not change results', async () => {
    const policies = [0, 1000].map(async (stepTimeoutMs) => {
      const { trainer } = await train({ ...request, stepTimeoutMs, environment: task('sound') });
      return trainer.encodePolicy();
    });
    const [unlimited, limited] = await Promise.all(policies);
    expect(limited).toEqual(unlimited);
  });
});
