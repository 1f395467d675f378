import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { EnvironmentError, NonFiniteError, ShapeError } from '../../src/errors.js';
import { putFloat64, putParts } from '../../src/files/namedTensors.js';
import { progressKey } from '../../src/logging/sink.js';
import { makeEnvironment, resume, train } from '../../src/node.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const SMALL = {
  environmentName: 'Robot',
  environments: 2,
  steps: 64,
  timesteps: 512,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 1,
  threads: 1,
};

function robot(changes: Partial<Environment>): Environment {
  const inner = makeEnvironment('CartPole-v1');
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (options) => inner.reset(options),
    step: (action) => inner.step(action),
    saveState: () => inner.saveState!(),
    restoreState: (state) => inner.restoreState!(state),
    ...changes,
  };
}

/** Rewards so large that Adam's moments do not hold the squares of their gradients. */
function largelyRewarded(reward: number): Environment {
  const inner = robot({});
  return {
    ...inner,
    step: (action) => ({ ...(inner.step(action) as object), reward }) as ReturnType<Environment['step']>,
  };
}

describe('numbers that float32 does not hold', () => {
  test.each([1e20, 3e38])(
    'a value fit to rewards of %f is refused, and the run can be resumed',
    async (reward) => {
      const runDirectory = folder.path(`reward${reward}`);
      const environment = () => largelyRewarded(reward);
      const reasons: unknown[] = [];
      const { trainer } = await train({
        ...SMALL,
        environment,
        runDirectory,
        scaleRewards: false,
        onIteration: ({ row }) => {
          reasons.push(row[progressKey.valueFitReason]);
        },
      });
      expect(reasons).toContain('non-finite parameters');
      const resumed = await resume({ runDirectory, environment });
      expect(resumed.trainer.encodePolicy()).toEqual(trainer.encodePolicy());
    },
  );

  test.each([Number.NaN, Infinity, -Infinity])('parameters that hold %f are not saved', (value) => {
    const parts = [{ name: 'weights', shape: [2] }];
    expect(() => putParts(new Map(), 'value', parts, Float32Array.of(0, value))).toThrow(NonFiniteError);
    expect(() => putParts(new Map(), 'value', parts, Float32Array.of(0, value))).toThrow(
      /value holds numbers that are not finite and is not saved; what was saved before stands/,
    );
    expect(() => putFloat64(new Map(), 'rewards/mean', [value])).toThrow(/^rewards\/mean holds numbers/);
  });
});

describe('an environment that cannot be saved or closed', () => {
  const saving = (saveState: () => unknown) =>
    train({ ...SMALL, environment: () => robot({ saveState: saveState as () => number[] }) });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no pen');
      },
      EnvironmentError,
      /threw in saveState\(\): no pen/,
    ],
    ['gives nothing', () => undefined, ShapeError, /returned undefined from saveState\(\)/],
    ['gives a promise', () => Promise.resolve([1]), ShapeError, /returned an object from saveState\(\)/],
    ['gives text', () => ['1'], NonFiniteError, /returned 1 \(a string\) at \[0\] from saveState\(\)/],
    ['gives an infinity', () => [Infinity], NonFiniteError, /returned Infinity at \[0\] from saveState\(\)/],
    ['gives NaN', () => [0, Number.NaN], NonFiniteError, /returned NaN at \[1\] from saveState\(\)/],
  ])('saveState() %s', async (_, saveState, errorClass, message) => {
    const failure = saving(saveState);
    await expect(failure).rejects.toThrow(errorClass);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(/^Robot \(environment 0, step 64\)/);
  });

  const close = () => {
    throw new Error('door is stuck');
  };

  test('close() throws: all are closed, and the first is named', async () => {
    let closed = 0;
    const environment = () =>
      robot({
        close: () => {
          closed++;
          close();
        },
      });
    const failure = train({ ...SMALL, environment });
    await expect(failure).rejects.toThrow(EnvironmentError);
    await expect(failure).rejects.toThrow(/Robot \(environment 0\) threw in close\(\): door is stuck/);
    expect(closed).toBe(2);
  });

  test('close() throws after a failure: the failure is told', async () => {
    const step = () => {
      throw new Error('motor on fire');
    };
    const failure = train({ ...SMALL, environment: () => robot({ step, close }) });
    await expect(failure).rejects.toThrow(/threw in step\(\): motor on fire/);
  });
});
