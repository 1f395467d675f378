import { describe, expect, test } from 'vitest';
import { numbersOf } from '../../src/check/actions.js';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { choicesOf } from '../../src/environments/actionMask.js';
import { type ActionSpace, actionSizeOf, Box, isMasked, startOf } from '../../src/environments/spaces.js';
import { NonFiniteError, OptionError, ShapeError, TrpoError } from '../../src/errors.js';
import { policyToJavaScript } from '../../src/export/javaScript.js';
import type {
  BernoulliDistribution,
  CategoricalDistribution,
  GaussianDistribution,
  MultiCategoricalDistribution,
} from '../../src/policy/actionDistribution.js';
import type { Policy } from '../../src/policy/policy.js';
import { readPolicyFile } from '../../src/policy/policyFile.js';
import { RandomStream } from '../../src/random/philox.js';
import { Trainer } from '../../src/training/trainer.js';
import { edgeModule, mainPolicy, observations, SPACES, trainedPolicy, twinOutputs } from '../edge/support.js';
import { scriptedEnvironment } from '../support/environments.js';
import { Doors, drawMask, MASKED_SPACES } from '../support/maskedTasks.js';
import { testRuntime } from '../support/runtime.js';
import { type DistributionSpec, distributionOf } from '../twins/distributions.js';

const CASES: [name: string, space: ActionSpace, isRescaled: boolean][] = [
  ...Object.entries(SPACES).map(([name, space]): [string, ActionSpace, boolean] => [name, space, false]),
  ['a Box that is rescaled', SPACES.Box, true],
  ['masked Discrete', MASKED_SPACES.Discrete, false],
  ['masked MultiDiscrete', MASKED_SPACES.MultiDiscrete, false],
];

function policyOver(space: ActionSpace, rescaleActions: boolean): Promise<Uint8Array> {
  const environment = isMasked(space)
    ? () => new Doors(space)
    : () => scriptedEnvironment({ actionSpace: space });
  return trainedPolicy(space, { environment, rescaleActions, initialLogStd: -0.5 } as never);
}

/** The twin of a space's distribution. */
function twinOf(space: ActionSpace): DistributionSpec {
  switch (space.kind) {
    case 'Discrete':
    case 'MultiDiscrete':
      return { kind: 'multiCategorical', actionCounts: [...choicesOf(space)] };
    case 'MultiBinary':
      return { kind: 'bernoulli', actionSize: space.n };
    case 'Box':
      return { kind: 'diagonalGaussian', actionSize: space.size };
  }
}

/** Half the range of each number of a rescaled Box; 1 where it has none. */
function halfRanges(space: ActionSpace, isRescaled: boolean): number[] {
  if (space.kind !== 'Box') return [];
  return space.low.map((low, i) => (isRescaled && Number.isFinite(low) ? (space.high[i] - low) / 2 : 1));
}

function centres(space: Box, isRescaled: boolean): number[] {
  return space.low.map((low, i) => (isRescaled && Number.isFinite(low) ? (space.high[i] + low) / 2 : 0));
}

describe.each(CASES)('over %s', (_, space, isRescaled) => {
  const batch = observations(40);
  const random = new RandomStream(5);
  const masks = batch.map(() => (isMasked(space) ? drawMask(choicesOf(space), random) : undefined));

  test('log-probabilities and entropies are those of the float64 twin', async () => {
    const bytes = await policyOver(space, isRescaled);
    const policy = mainPolicy(bytes);
    const twin = distributionOf(twinOf(space));
    const { parameters } = readPolicyFile(bytes, 'policy');
    const logStd = Float64Array.from(parameters.subarray(parameters.length - twin.logStdSize));
    const ranges = halfRanges(space, isRescaled);
    const logRange = ranges.reduce((sum, range) => sum + Math.log(range), 0);
    batch.forEach((observation, row) => {
      const mask = masks[row];
      const inputs = twinOutputs(bytes, observation).map((logit, i) => (mask?.[i] === 0 ? -1e30 : logit));
      const at = { inputs, logStd };
      expect(policy.entropy(observation, { mask })).toBeCloseTo(twin.entropies(at)[0] + logRange, 4);
      // within the bounds, so that it is not clipped
      const action =
        space.kind === 'Box'
          ? centres(space, true).map((centre) => centre + 0.1)
          : policy.act(observation, { mask });
      const numbers = numbersOf(action).map((number, i) =>
        space.kind === 'Box'
          ? (number - centres(space, isRescaled)[i]) / ranges[i]
          : number - startOf(space, i),
      );
      const [expected] = twin.logProbabilities(at, Float64Array.from(numbers));
      const actual = policy.logProbability(observation, action, { mask });
      expect(Math.abs(actual - (expected - logRange))).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
    });
  });

  test('draws have the frequencies, or the mean and the deviation, that it tells', async () => {
    const policy = mainPolicy(await policyOver(space, isRescaled));
    const DRAWS = 20_000;
    const observation = [0.4, -0.3];
    const mask = masks[0];
    const drawn = policy
      .actBatch(new Array<number[]>(DRAWS).fill(observation), {
        masks: mask && new Array<number[]>(DRAWS).fill(mask),
      })
      .map(numbersOf);
    const told = policy.distribution(observation, { mask });
    for (let part = 0; part < actionSizeOf(space); part++) {
      const numbers = drawn.map((action) => action[part]);
      const frequency = (value: number) => numbers.filter((number) => number === value).length / DRAWS;
      if (space.kind === 'Box') {
        const { mean, std } = told as GaussianDistribution;
        // those of a number without bounds; of the others the share below the mean, which clipping leaves
        if (!Number.isFinite(space.low[part])) {
          const average = numbers.reduce((sum, number) => sum + number, 0) / DRAWS;
          const square = numbers.reduce((sum, number) => sum + (number - average) ** 2, 0) / DRAWS;
          expect(Math.abs(average - mean[part])).toBeLessThan((5 * std[part]) / Math.sqrt(DRAWS));
          expect(Math.sqrt(square) / std[part]).toBeCloseTo(1, 1);
        } else if (mean[part] > space.low[part] && mean[part] < space.high[part]) {
          expect(numbers.filter((number) => number < mean[part]).length / DRAWS).toBeCloseTo(0.5, 1);
        }
      } else if (space.kind === 'MultiBinary') {
        expect(Math.abs(frequency(1) - (told as BernoulliDistribution).probabilities[part])).toBeLessThan(
          0.02,
        );
      } else {
        const { probabilities } = told as CategoricalDistribution | MultiCategoricalDistribution;
        const own = (space.kind === 'Discrete' ? probabilities : probabilities[part]) as readonly number[];
        own.forEach((probability, choice) => {
          expect(Math.abs(frequency(choice + startOf(space, part)) - probability)).toBeLessThan(0.02);
        });
        expect(own.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 6);
      }
    }
  });

  test('the edge tells the same to the bit, a JavaScript module within rounding', async () => {
    const bytes = await policyOver(space, isRescaled);
    const [main, edge] = [mainPolicy(bytes), createPolicy(edgeModule(), bytes)];
    const module = await import(
      /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(policyToJavaScript(bytes)).toString('base64')}`
    );
    const action = main.act(batch[0], { mask: masks[0], deterministic: true });
    batch.forEach((observation, row) => {
      const options = { mask: masks[row] };
      const told = main.distribution(observation, options);
      expect(edge.distribution(observation, options)).toEqual(told);
      expect(edge.entropy(observation, options)).toBe(main.entropy(observation, options));
      expect(edge.logProbability(observation, action, options)).toBe(
        main.logProbability(observation, action, options),
      );
      const written = module.distribution(observation, options);
      expect(Object.keys(written)).toEqual(Object.keys(told));
      for (const [name, numbers] of Object.entries(told)) {
        numbers.flat().forEach((number: number, i: number) => {
          expect(Math.abs(number - written[name].flat()[i])).toBeLessThan(1e-5);
        });
      }
    });
  });
});

test.each(Object.entries(MASKED_SPACES))(
  'what a mask forbids over %s has probability 0',
  async (_, space) => {
    const policy = mainPolicy(await policyOver(space, false));
    const counts = choicesOf(space);
    // only the last choice of each part
    const mask = counts.flatMap((count) => Array.from({ length: count }, (_, i) => Number(i === count - 1)));
    const { probabilities } = policy.distribution([0.1, 0.2], { mask }) as {
      probabilities: number[] | number[][];
    };
    expect(probabilities.flat()).toEqual(mask);
    expect(policy.entropy([0.1, 0.2], { mask })).toBeCloseTo(0, 6);
    const last = counts.map((count, part) => count - 1 + startOf(space, part));
    const first = counts.map((_, part) => startOf(space, part));
    const asAction = (numbers: number[]) => (space.kind === 'Discrete' ? numbers[0] : numbers);
    expect(policy.logProbability([0.1, 0.2], asAction(last), { mask })).toBeCloseTo(0, 6);
    expect(policy.logProbability([0.1, 0.2], asAction(first), { mask })).toBe(-Infinity);
    expect(() => policy.distribution([0.1, 0.2])).toThrow(/for scripted acts under masks/);
    expect(() => policy.entropy([0.1, 0.2], { mask: [1] })).toThrow(OptionError);
  },
);

test('a number of a Box whose two bounds are the same is certain and adds nothing', async () => {
  const whole = new Box({ low: [-2, 3], high: [2, 3] });
  const policy = mainPolicy(await policyOver(whole, true));
  const { mean, std } = policy.distribution([0.1, 0.2]) as GaussianDistribution;
  expect([mean[1], std[1]]).toEqual([3, 0]);
  expect(policy.entropy([0.1, 0.2])).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E * std[0] ** 2), 5);
  const z = (0.5 - mean[0]) / std[0];
  const density = Math.exp((-z * z) / 2) / (std[0] * Math.sqrt(2 * Math.PI));
  expect(policy.logProbability([0.1, 0.2], [0.5, 3])).toBeCloseTo(Math.log(density), 5);
});

describe('refuses', () => {
  test.each<[name: string, action: unknown, error: new (text: string) => Error, message: RegExp]>([
    ['Discrete', 5, OptionError, /^policy for scripted: action\[0\] is 5; give a whole number from 0 to 4$/],
    ['Discrete', 0.5, OptionError, /is 0\.5/],
    ['Discrete', [1], OptionError, /is 1; give a whole number/],
    ['Discrete with a start', 3, OptionError, /is 3; give a whole number from -2 to 2/],
    ['MultiDiscrete', [1, 2], ShapeError, /action has 2 numbers; give 3/],
    ['MultiDiscrete', [1, 2, 4], OptionError, /action\[2\] is 4; give a whole number from 0 to 3/],
    ['MultiBinary', [0, 1, 2], OptionError, /action\[2\] is 2; give a whole number from 0 to 1/],
    ['Box', [0, 0, Number.NaN], OptionError, /action\[2\] is NaN; give a finite number/],
    ['Box', 0, ShapeError, /action has no numbers; give 3/],
    ['Box', undefined, ShapeError, /action has no numbers/],
  ])('over %s the action %j', async (name, action, error, message) => {
    const policy = mainPolicy(await trainedPolicy(SPACES[name]));
    expect(() => policy.logProbability([0, 0], action as never)).toThrow(error);
    expect(() => policy.logProbability([0, 0], action as never)).toThrow(message);
  });

  test('observations and masks that act() refuses, and a policy that is closed or has diverged', async () => {
    const policy = mainPolicy(await trainedPolicy(SPACES.Discrete));
    for (const ask of ['distribution', 'entropy', 'value'] as const) {
      if (ask === 'value') continue;
      expect(() => policy[ask]([0])).toThrow(ShapeError);
      expect(() => policy[ask]([0, Number.NaN])).toThrow(NonFiniteError);
      expect(() => policy[ask]([0, 0], { mask: [1] })).toThrow(/was trained without masks/);
    }
    policy.setParameters(policy.getParameters().fill(3e38));
    expect(() => policy.distribution([1, 1])).toThrow(/its parameters have diverged/);
    policy.close();
    expect(() => policy.distribution([1, 1])).toThrow(/was closed/);
  });
});

describe('the value of an observation', () => {
  test('is the discounted return, in units of the rewards, whatever they are scaled by', async () => {
    for (const scaleRewards of [true, false]) {
      const trainer = await Trainer.create(testRuntime(), {
        // reward 3 at each step, forever
        environment: () =>
          scriptedEnvironment({
            step: (step) => ({
              observation: [Math.sin(step), Math.cos(step)],
              reward: 3,
              terminated: false,
              truncated: false,
            }),
          }),
        ...{ gamma: 0.5, steps: 256, timesteps: 2048, scaleRewards, valueLearningRate: 0.01 },
      });
      for await (const _ of trainer.iterations());
      // 3 / (1 - gamma)
      expect(trainer.policy.value([0, 1]) / 6).toBeCloseTo(1, 1);
      await trainer.close();
    }
  });

  test('is refused by a policy that came without a value function, with the way to one', async () => {
    const policy: Policy = mainPolicy(await trainedPolicy(SPACES.Discrete));
    expect(() => policy.value([0, 0])).toThrow(TrpoError);
    expect(() => policy.value([0, 0])).toThrow(
      /load the run's checkpoint\.safetensors, or take the policy of a trainer/,
    );
  });
});
