import { describe, expect, it } from 'vitest';
import { type GaeRollout, generalizedAdvantages, normalizeAdvantages } from './gae.js';
import { expectClose } from './support/closeness.js';
import { randomVector } from './support/random.js';
import { loadGaeFile } from './support/trpoMathCases.js';

const { rollout, cases } = loadGaeFile();

describe('generalizedAdvantages', () => {
  it.each(cases)('reference case gamma $gamma, lambda $lambda', ({ gamma, lambda, advantages, returns }) => {
    const computed = generalizedAdvantages(rollout, gamma, lambda);
    expectClose(computed.advantages, advantages.flat(), 1e-14);
    expectClose(computed.returns, returns.flat(), 1e-14);
  });

  it('with lambda = 1 is the discounted return minus the value', () => {
    const gamma = 0.97;
    const expected = rollout.values.map((value, i) => discountedReturn(rollout, i, gamma) - value);
    expectClose(generalizedAdvantages(rollout, gamma, 1).advantages, expected, 1e-13);
  });

  it('never reads the value of a terminated episode or of a step inside one', () => {
    const poisoned = rollout.finalObservationValues.map((value, i) =>
      rollout.truncated[i] ? value : Number.NaN,
    );
    const clean = generalizedAdvantages(rollout, 0.99, 0.95);
    const computed = generalizedAdvantages({ ...rollout, finalObservationValues: poisoned }, 0.99, 0.95);
    expect(computed).toEqual(clean);
  });

  it('tells a last step that terminates, truncates or goes on', () => {
    const lastStep = (terminated: number, truncated: number): GaeRollout => ({
      steps: 1,
      environments: 1,
      rewards: Float64Array.of(1),
      values: Float64Array.of(0.5),
      terminated: Uint8Array.of(terminated),
      truncated: Uint8Array.of(truncated),
      finalObservationValues: Float64Array.of(10),
      bootstrapValues: Float64Array.of(20),
    });
    const advantage = (terminated: number, truncated: number) =>
      generalizedAdvantages(lastStep(terminated, truncated), 0.5, 0.9).advantages[0];
    expect(advantage(1, 0)).toBe(0.5);
    expect(advantage(0, 1)).toBe(5.5);
    expect(advantage(0, 0)).toBe(10.5);
    expect(advantage(1, 1)).toBe(0.5);
  });
});

describe('normalizeAdvantages', () => {
  it('gives mean 0 and population standard deviation 1', () => {
    const { normalized } = normalizeAdvantages(randomVector(1023, 1, 30).map((value) => value + 100));
    const mean = normalized.reduce((sum, value) => sum + value, 0) / 1023;
    const meanSquare = normalized.reduce((sum, value) => sum + value * value, 0) / 1023;
    expect(mean).toBeCloseTo(0, 13);
    expect(meanSquare).toBeCloseTo(1, 13);
  });

  it('only centres advantages without spread, and says so', () => {
    const result = normalizeAdvantages(Float64Array.of(3, 3, 3));
    expect(result).toEqual({ normalized: new Float64Array(3), mean: 3, standardDeviation: 0 });
  });
});

/** Sum of gamma^k r_{t+k} to the end of the episode or rollout, plus the value that stands in there. */
function discountedReturn(from: GaeRollout, start: number, gamma: number): number {
  let sum = 0;
  let discount = 1;
  for (let i = start; i < from.rewards.length; i += from.environments) {
    sum += discount * from.rewards[i];
    discount *= gamma;
    if (from.terminated[i]) return sum;
    if (from.truncated[i]) return sum + discount * from.finalObservationValues[i];
  }
  return sum + discount * from.bootstrapValues[start % from.environments];
}
