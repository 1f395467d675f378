import { describe, expect, test } from 'vitest';
import { OptionError } from '../../src/errors.js';
import { mainPolicy, observations, SPACES, trainedPolicy } from '../edge/support.js';

describe.each(Object.entries(SPACES))('a named draw over %s', (_, space) => {
  test('gives the same action each time, and leaves the other draws as they are', async () => {
    const bytes = await trainedPolicy(space);
    const [named, other] = [mainPolicy(bytes), mainPolicy(bytes)];
    const seen = new Set<string>();
    for (const [step, observation] of observations(40).entries()) {
      const draw = { seed: 2 ** 40 + 1, step, firstEnvironment: 7 };
      const action = named.act(observation, { draw });
      expect(named.act(observation, { draw })).toEqual(action);
      expect(named.act(observation)).toEqual(other.act(observation));
      expect(named.act(observation, { draw, deterministic: true })).toEqual(
        other.act(observation, { deterministic: true }),
      );
      seen.add(JSON.stringify(action));
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  test('of a batch has for each row the draw of its environment', async () => {
    const policy = mainPolicy(await trainedPolicy(space));
    const batch = observations(150);
    const draw = { seed: 5, step: 2 ** 33, firstEnvironment: 1000 };
    const expected = batch.map((observation, row) =>
      policy.act(observation, { draw: { ...draw, firstEnvironment: 1000 + row } }),
    );
    expect(policy.actBatch(batch, { draw })).toEqual(expected);
  });

  test('may name what the policy would draw by itself', async () => {
    const bytes = await trainedPolicy(space);
    const [named, other] = [mainPolicy(bytes), mainPolicy(bytes)];
    other.seed = 6;
    for (const [step, observation] of observations(10).entries()) {
      expect(named.act(observation, { draw: { seed: 6, step, firstEnvironment: 0 } })).toEqual(
        other.act(observation),
      );
    }
  });
});

test.each([
  { seed: -1, step: 0, firstEnvironment: 0 },
  { seed: 0, step: 0.5, firstEnvironment: 0 },
  { seed: 0, step: 0, firstEnvironment: 2 ** 32 },
  { seed: 0, step: 0, firstEnvironment: Number.NaN },
])('a draw of %o is refused', async (draw) => {
  const policy = mainPolicy(await trainedPolicy(SPACES.Discrete));
  expect(() => policy.act([0, 0], { draw })).toThrow(OptionError);
  expect(() => policy.actBatch([[0, 0]], { draw })).toThrow(/draw\.\w+ = .*whole number from 0 to/);
});
