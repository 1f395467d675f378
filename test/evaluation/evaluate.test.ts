import { beforeAll, describe, expect, test } from 'vitest';
import type { Action, Environment, ResetOptions, StepResult } from '../../src/environments/environment.js';
import { makeEnvironment, Pendulum, TimeLimit } from '../../src/environments/index.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { EnvironmentError, OptionError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import type { Policy } from '../../src/policy/policy.js';
import { evaluationSeed } from '../../src/random/philox.js';
import type { Scene } from '../../src/render/scene.js';
import { Trainer } from '../../src/training/trainer.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import { behindPromises, scriptedEnvironment } from '../support/environments.js';
import { testRuntime } from '../support/runtime.js';

const SMALL = { environments: 1, steps: 128, hiddenSizes: [8], valueHiddenSizes: [8] };

/** The policy of a new run, the same each time. */
async function newPolicy(environment: string): Promise<Policy> {
  return (await Trainer.create(testRuntime(), { ...SMALL, environment, policyOutputGain: 1 })).policy;
}

function vectorOf(count: number, environment: string): EnvironmentVector {
  return new EnvironmentVector(Array.from({ length: count }, () => makeEnvironment(environment)));
}

describe.each(['CartPole-v1', 'Pendulum-v1'])('an evaluation with drawn actions on %s', (name) => {
  const options = { episodes: 7, deterministic: false, seed: 3 };

  test('is the same each time, whatever the policy did before', async () => {
    const policy = await newPolicy(name);
    const first = await evaluate(policy, makeEnvironment(name), options);
    expect(await evaluate(policy, makeEnvironment(name), options)).toEqual(first);
    const { observation } = await makeEnvironment(name).reset({ seed: 1 });
    for (let call = 0; call < 5; call++) policy.act(observation);
    policy.seed = 9;
    const environment = makeEnvironment(name);
    expect(await evaluate(policy, environment, options)).toEqual(first);
    expect(await evaluate(policy, environment, options)).toEqual(first);
    expect(await evaluate(policy, environment, { ...options, seed: 4 })).not.toEqual(first);
    expect(await evaluate(policy, environment, { ...options, deterministic: true })).not.toEqual(first);
  });

  test('plays the same episodes however many environments are stepped together', async () => {
    const policy = await newPolicy(name);
    const one = await evaluate(policy, makeEnvironment(name), options);
    for (const environment of [
      ...[1, 2, 5, 20].map((count) => vectorOf(count, name)),
      behindPromises(name),
    ]) {
      expect(await evaluate(policy, environment, options)).toEqual(one);
    }
  });

  test("leaves the policy's own draws as they are", async () => {
    const [evaluated, other] = [await newPolicy(name), await newPolicy(name)];
    const { observation } = await makeEnvironment(name).reset({ seed: 1 });
    const draw = (policy: Policy) => Array.from({ length: 20 }, () => policy.act(observation));
    expect(draw(evaluated)).toEqual(draw(other));
    await evaluate(evaluated, makeEnvironment(name), options);
    expect(evaluated.seed).toBe(other.seed);
    expect(draw(evaluated)).toEqual(draw(other));
  });
});

test('evaluations of several seeds draw apart, and apart from training with the same seed', () => {
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 53 - 1];
  const drawn = seeds.map(evaluationSeed);
  expect(new Set([...seeds, ...drawn]).size).toBe(2 * seeds.length);
  for (const seed of drawn) expect(Number.isSafeInteger(seed)).toBe(true);
});

describe('an episode that does not end', () => {
  test('is cut at maxEpisodeSteps, and the report says so', async () => {
    const policy = await newPolicy('Pendulum-v1');
    const options = { episodes: 3, maxEpisodeSteps: 50 };
    const cut = await evaluate(policy, new Pendulum(), options);
    expect(cut).toMatchObject({ cutEpisodes: 3, meanLength: 50 });
    const limited = await evaluate(policy, new TimeLimit(new Pendulum(), 50), { episodes: 3 });
    expect(limited).toEqual({ ...cut, cutEpisodes: 0 });
    const vector = new EnvironmentVector([new Pendulum(), new Pendulum()]);
    expect(await evaluate(policy, vector, options)).toEqual(cut);
  });

  test('is cut after 100,000 steps by default', async () => {
    const report = await evaluate(await newPolicy('Pendulum-v1'), new Pendulum(), { episodes: 1 });
    expect(report).toMatchObject({ cutEpisodes: 1, meanLength: 100_000 });
  });

  test('is told from one that ends with its last permitted step', async () => {
    const trainer = await Trainer.create(testRuntime(), {
      ...SMALL,
      environment: () => scriptedEnvironment(),
    });
    const play = (maxEpisodeSteps: number) =>
      evaluate(trainer.policy, scriptedEnvironment(), { episodes: 2, maxEpisodeSteps });
    expect(await play(10)).toMatchObject({ cutEpisodes: 0, meanLength: 10 });
    expect(await play(9)).toMatchObject({ cutEpisodes: 2, meanLength: 9 });
    expect(await play(Number.POSITIVE_INFINITY)).toMatchObject({ cutEpisodes: 0, meanLength: 10 });
  });
});

test.each([
  ['episodes', 0],
  ['episodes', 1.5],
  ['seed', -1],
  ['seed', Number.NaN],
  ['drawnEpisodes', -1],
  ['maxEpisodeSteps', 0],
  ['maxEpisodeSteps', 0.5],
  ['maxEpisodeSteps', Number.NaN],
])('%s = %d is refused', async (name, value) => {
  const failure = evaluate(await newPolicy('CartPole-v1'), makeEnvironment('CartPole-v1'), { [name]: value });
  await expect(failure).rejects.toThrow(OptionError);
  await expect(failure).rejects.toThrow(`${name} = ${value}: it must be a whole number of`);
});

describe('an evaluation that is aborted', () => {
  let policy: Policy;
  beforeAll(async () => {
    policy = await newPolicy('Pendulum-v1');
  });

  test('lets timers run while environments answer at once, and ends by one', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let ticks = 0;
    const ticking = setInterval(() => {
      if (++ticks === 3) controller.abort(reason);
    }, 1);
    const options = { maxEpisodeSteps: Number.POSITIVE_INFINITY, signal: controller.signal };
    await expect(evaluate(policy, new Pendulum(), options)).rejects.toBe(reason);
    clearInterval(ticking);
  });

  test('makes no step more', async () => {
    const controller = new AbortController();
    const environment = new Pendulum();
    const step = environment.step.bind(environment);
    let steps = 0;
    environment.step = (action: Action) => {
      if (++steps === 41) controller.abort(new Error('enough'));
      return step(action);
    };
    await expect(evaluate(policy, environment, { signal: controller.signal })).rejects.toThrow('enough');
    expect(steps).toBe(41);
  });

  /** A Pendulum whose answer number `held` to a method comes when the test lets it. */
  function holding(method: 'reset' | 'step', held: number) {
    const inner = new TimeLimit(new Pendulum(), 10);
    const answers = { asked: () => {}, reject: (_: Error) => {} };
    let calls = 0;
    const answer = <Result>(asked: 'reset' | 'step', call: () => Result): Result | Promise<Result> => {
      if (asked !== method || ++calls !== held) return call();
      answers.asked();
      return new Promise<Result>((_, reject) => {
        answers.reject = reject;
      });
    };
    const environment = {
      observationSpace: inner.observationSpace,
      actionSpace: inner.actionSpace,
      reset: (options?: ResetOptions) => answer('reset', () => inner.reset(options)),
      step: (action: Action) => answer('step', () => inner.step(action) as StepResult),
    } as Environment;
    return { environment, answers };
  }

  /** The same Pendulum as a vector of its user's. */
  function asVector(environment: Environment) {
    const vector = new EnvironmentVector([environment]);
    return {
      count: 1,
      observationSpace: vector.observationSpace,
      actionSpace: vector.actionSpace,
      reset: vector.reset.bind(vector),
      step: vector.step.bind(vector),
    };
  }

  test.each([
    ['reset', 1],
    ['reset', 2],
    ['step', 1],
    ['step', 7],
  ] as const)(
    'does not wait for an answer of %s() that is due, and minds no failure of it',
    async (method, held) => {
      for (const form of [(environment: Environment) => environment, asVector]) {
        const unhandled: unknown[] = [];
        const note = (reason: unknown) => unhandled.push(reason);
        process.on('unhandledRejection', note);
        const { environment, answers } = holding(method, held);
        const controller = new AbortController();
        answers.asked = () => setImmediate(() => controller.abort(new Error('enough')));
        await expect(evaluate(policy, form(environment), { signal: controller.signal })).rejects.toThrow(
          'enough',
        );
        answers.reject(new Error('line is dead'));
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        process.off('unhandledRejection', note);
        expect(unhandled).toEqual([]);
      }
    },
  );

  test('before it began plays nothing', async () => {
    const environment = Object.assign(new Pendulum(), { reset: () => expect.unreachable() });
    const failure = evaluate(policy, environment, {
      signal: AbortSignal.abort(new EnvironmentError('before')),
    });
    await expect(failure).rejects.toThrow('before');
  });
});

describe('images without render()', () => {
  const shown = (channels: number, stackSize: number) =>
    ({
      observationSpace: new Box({ low: 0, high: 255, shape: [2, 3, channels], dtype: 'uint8', stackSize }),
      actionSpace: new Discrete(2),
      reset: () => ({ observation: Uint8Array.from({ length: 6 * channels }, (_, i) => i) }),
      step: () => ({
        observation: Uint8Array.from({ length: 6 * channels }, (_, i) => 100 + i),
        ...{ reward: 1, terminated: true, truncated: false },
      }),
    }) satisfies Environment;
  const play = async (channels: number, stackSize: number) => {
    const environment = () => shown(channels, stackSize);
    const options = { ...SMALL, environment, timesteps: 1 };
    const { policy } = await Trainer.create(testRuntime(), options);
    const scenes: Scene[] = [];
    await evaluate(policy, environment(), { episodes: 1, onScene: (scene) => scenes.push(scene) });
    return scenes.map(({ shapes: [shape] }) => (shape.kind === 'picture' ? shape.image : undefined));
  };

  test('are drawn: the newest of their frames', async () => {
    const [first, last] = await play(4, 4);
    expect(first).toMatchObject({ heightPx: 2, widthPx: 3 });
    // the fourth byte of each pixel, as red, green and blue
    expect([...first!.rgb]).toEqual([3, 7, 11, 15, 19, 23].flatMap((grey) => [grey, grey, grey]));
    expect([...last!.rgb.subarray(0, 3)]).toEqual([103, 103, 103]);
    const [inColours] = await play(6, 2);
    expect([...inColours!.rgb.subarray(0, 6)]).toEqual([3, 4, 5, 9, 10, 11]);
  });

  test('are no pictures where channels are neither grey nor colours', async () => {
    await expect(play(4, 1)).rejects.toThrow(/cannot be drawn: it has no render\(\)/);
  });
});
