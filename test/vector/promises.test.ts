import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { createTrainer, train } from '../../src/node.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import { scriptedEnvironment } from '../support/environments.js';

const SMALL = { environmentName: 'Robot', hiddenSizes: [4], stepTimeoutMs: 200, timesteps: 90 } as const;
const BATCH = { environments: 3, steps: 30, valueHiddenSizes: [4], valueEpochs: 1, threads: 1 } as const;
const VINE = { ...BATCH, sampling: 'vine', vineStates: 3 } as const;
const SEARCH = { algorithm: 'cem', searchEpisodes: 3 } as const;

type Method = 'reset' | 'step';

/** Calls of `method` that answer as ever, before those that fail. */
interface Failure {
  readonly method: Method;
  readonly after: number;
  readonly fail: () => unknown;
}

const later = () => new Promise((_, reject) => setTimeout(() => reject(new Error('line is dead')), 20));

/** Three environments: in one tick the first and the last promise what they will reject, the second fails as told. */
function environmentsThat({ method, after, fail }: Failure): () => Environment {
  let made = 0;
  return () => {
    const isSecond = made++ % 3 === 1;
    let calls = 0;
    const inner = scriptedEnvironment();
    const answer = (called: Method, ordinary: () => unknown) =>
      called === method && calls++ >= after ? (isSecond ? fail() : later()) : ordinary();
    return {
      ...inner,
      reset: (options) => answer('reset', () => inner.reset(options)) as never,
      step: (action) => answer('step', () => inner.step(action)) as never,
      saveState: () => [0],
      restoreState: () => {},
    };
  };
}

const WAYS: Record<string, () => unknown> = {
  'throws at once': () => {
    throw new Error('motor on fire');
  },
  'answers nonsense': () => 5,
  'never returns': () => {
    for (;;);
  },
};

const runs: Record<string, (environment: () => Environment) => Promise<unknown>> = {
  collection: (environment) => train({ ...SMALL, ...BATCH, environment }),
  'a search': (environment) => train({ ...SMALL, ...SEARCH, environment }),
};

describe('where environments promised answers of the tick in which another fails', () => {
  const rejections: unknown[] = [];
  const listener = (reason: unknown) => rejections.push(reason);
  beforeEach(() => {
    rejections.length = 0;
    process.on('unhandledRejection', listener);
  });
  afterEach(() => {
    process.off('unhandledRejection', listener);
  });

  /** The run fails with what the second environment did, and nothing is left unhandled when the others reject. */
  async function expectHandled(work: Promise<unknown>): Promise<void> {
    await expect(work).rejects.toThrow(
      /environment 1.*(motor on fire|returned 5 from|did not answer from)|The process stood still/,
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(rejections).toEqual([]);
  }

  for (const [way, fail] of Object.entries(WAYS)) {
    for (const method of ['reset', 'step'] as const) {
      for (const after of [0, 1]) {
        test.each(Object.entries(runs))(`%s: it ${way} in ${method}() number ${after}`, async (_, run) => {
          await expectHandled(run(environmentsThat({ method, after, fail })));
        });
      }
    }

    test(`branches of a vine: it ${way}`, async () => {
      // the trunk has 30 steps
      const environment = environmentsThat({ method: 'step', after: 30, fail });
      await expectHandled(train({ ...SMALL, ...VINE, environment }));
    });
  }

  test.each(['throws at once', 'answers nonsense'])('evaluation: it %s', async (way) => {
    const trainer = await createTrainer({ ...SMALL, ...BATCH, environment: () => scriptedEnvironment() });
    for (const method of ['reset', 'step'] as const) {
      const make = environmentsThat({ method, after: 0, fail: WAYS[way] });
      const vector = new EnvironmentVector([make(), make(), make()]);
      await expectHandled(evaluate(trainer.policy, vector, { episodes: 3 }));
    }
    await trainer.close();
  });
});
