import { describe, expect, test } from 'vitest';
import { loadGaeFile } from '../../twins/support/trpoMathCases.js';
import { kernelAdvantages, randomRollout } from '../contracts/advantages.js';
import { relativeError } from '../support/closeness.js';
import { playgroundOf } from '../support/playground.js';
import { VARIANTS } from '../support/wasm.js';

describe.each(VARIANTS)('advantages in %s', (variant) => {
  const { rollout, cases } = loadGaeFile();

  test.each(cases)('equal those of PyTorch at gamma $gamma, lambda $lambda', (expected) => {
    const actual = kernelAdvantages(variant, rollout, expected.gamma, expected.lambda);
    expect(relativeError(actual.advantages, expected.advantages.flat())).toBeLessThanOrEqual(1e-6);
    expect(relativeError(actual.returns, expected.returns.flat())).toBeLessThanOrEqual(1e-6);
  });

  test('with lambda = 1 are discounted rewards (and the last value) minus value', () => {
    const [steps, environments, gamma] = [40, 5, 0.9];
    const random = randomRollout(steps, environments);
    const { advantages } = kernelAdvantages(variant, random, gamma, 1);
    const expected = new Float64Array(steps * environments);
    for (let environment = 0; environment < environments; environment++) {
      let discounted = random.bootstrapValues[environment];
      for (let step = steps - 1; step >= 0; step--) {
        const i = step * environments + environment;
        if (random.truncated[i]) discounted = random.finalObservationValues[i];
        if (random.terminated[i]) discounted = 0;
        discounted = random.rewards[i] + gamma * discounted;
        expected[i] = discounted - random.values[i];
      }
    }
    expect(relativeError(advantages, expected)).toBeLessThanOrEqual(1e-6);
  });

  test('a step with both flags counts as terminated', () => {
    const random = randomRollout(1, 4);
    random.terminated.fill(1);
    random.truncated.fill(1);
    const { returns } = kernelAdvantages(variant, random, 0.99, 0.95);
    expect(relativeError(returns, random.rewards)).toBeLessThanOrEqual(1e-6);
  });

  test('read final values only where an episode was truncated', () => {
    const random = randomRollout(20, 7);
    const clean = kernelAdvantages(variant, random, 0.99, 0.95);
    random.truncated.forEach((flag, i) => {
      if (!flag) random.finalObservationValues[i] = NaN;
    });
    expect(kernelAdvantages(variant, random, 0.99, 0.95)).toEqual(clean);
  });

  test('of an environment have the same bits whatever environments are computed with it', () => {
    const [steps, environments] = [30, 8];
    const random = randomRollout(steps, environments);
    const together = kernelAdvantages(variant, random, 0.99, 0.95).advantages;
    for (let environment = 0; environment < environments; environment++) {
      const column = <Values extends Float64Array | Uint8Array>(values: Values) =>
        values.filter((_, i) => i % environments === environment) as Values;
      const alone = kernelAdvantages(
        variant,
        {
          steps,
          environments: 1,
          rewards: column(random.rewards),
          values: column(random.values),
          terminated: column(random.terminated),
          truncated: column(random.truncated),
          finalObservationValues: column(random.finalObservationValues),
          bootstrapValues: random.bootstrapValues.subarray(environment, environment + 1),
        },
        0.99,
        0.95,
      );
      expect(alone.advantages).toEqual(column(together));
    }
  });

  test('centred and scaled by their mean and deviation have mean 0 and mean square 1', () => {
    const count = 1023;
    const playground = playgroundOf(variant);
    const { kernels } = playground;
    const { rewards } = randomRollout(count, 1);
    const { pointer } = playground.float32(rewards.map((value) => Math.fround(40 * value + 1000)));
    const mean = kernels.meanOf(pointer, count);
    kernels.centreAndScale(pointer, count, mean, 1 / kernels.standardDeviationOf(pointer, count, mean));
    expect(Math.abs(kernels.meanOf(pointer, count))).toBeLessThan(1e-6);
    expect(Math.abs(kernels.standardDeviationOf(pointer, count, 0) - 1)).toBeLessThan(1e-6);
  });
});
