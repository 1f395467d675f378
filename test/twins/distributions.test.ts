import { describe, expect, it } from 'vitest';
import { type DistributionInputs, type DistributionSpec, distributionOf } from './distributions.js';
import { expectClose } from './support/closeness.js';
import { finiteDifferenceGradient } from './support/finiteDifference.js';
import { randomVector } from './support/random.js';

const ALL_KINDS: DistributionSpec[] = [
  { kind: 'categorical', actionCount: 4 },
  { kind: 'multiCategorical', actionCounts: [2, 3] },
  { kind: 'bernoulli', actionSize: 3 },
  { kind: 'diagonalGaussian', actionSize: 2 },
];
const DISCRETE_KINDS = ALL_KINDS.filter(({ kind }) => kind !== 'diagonalGaussian');

describe.each(ALL_KINDS)('$kind, one row', (spec) => {
  const distribution = distributionOf(spec);
  const oldAt = randomInputs(spec, 1);
  const newAt = randomInputs(spec, 2);
  const action = new Float64Array(distribution.actionSize).fill(1);

  it('the log-probability gradient is its finite difference', () => {
    const gradients = distribution.logProbabilityGradients(oldAt, action);
    const logPAt = (at: DistributionInputs) => distribution.logProbabilities(at, action)[0];
    expectClose(joined(gradients), gradientByDifference(logPAt, oldAt), 1e-8);
  });

  it('the KL gradient is its finite difference', () => {
    const gradients = distribution.klOldNewGradients(oldAt, newAt);
    const klAt = (at: DistributionInputs) => distribution.klOldNew(oldAt, at)[0];
    expectClose(joined(gradients), gradientByDifference(klAt, newAt), 1e-8);
  });

  it('KL(old || new) is positive, KL(old || old) is zero', () => {
    expect(distribution.klOldNew(oldAt, newAt)[0]).toBeGreaterThan(0);
    expect(Math.abs(distribution.klOldNew(oldAt, oldAt)[0])).toBeLessThan(1e-15);
  });
});

describe.each(DISCRETE_KINDS)('$kind, all actions enumerated', (spec) => {
  const distribution = distributionOf(spec);
  const oldAt = randomInputs(spec, 1);
  const newAt = randomInputs(spec, 2);
  const actions = allActions(spec);
  const logPOf = (at: DistributionInputs) =>
    actions.map((action) => distribution.logProbabilities(at, Float64Array.from(action))[0]);
  const expectation = (termOf: (index: number) => number) =>
    logPOf(oldAt).reduce((sum, logP, i) => sum + Math.exp(logP) * termOf(i), 0);

  it('probabilities sum to 1; entropy and KL are expectations', () => {
    const oldLogP = logPOf(oldAt);
    const newLogP = logPOf(newAt);
    expect(expectation(() => 1)).toBeCloseTo(1, 14);
    expect(distribution.entropies(oldAt)[0]).toBeCloseTo(
      expectation((i) => -oldLogP[i]),
      14,
    );
    expect(distribution.klOldNew(oldAt, newAt)[0]).toBeCloseTo(
      expectation((i) => oldLogP[i] - newLogP[i]),
      14,
    );
  });

  it("M v is the expectation of score (score'v)", () => {
    const vector = randomInputs(spec, 3);
    const scores = actions.map(
      (action) => distribution.logProbabilityGradients(oldAt, Float64Array.from(action)).inputs,
    );
    const along = scores.map((score) => score.reduce((sum, s, j) => sum + s * vector.inputs[j], 0));
    const expected = vector.inputs.map((_value, j) => expectation((i) => scores[i][j] * along[i]));
    expectClose(distribution.fisherTimesVector(oldAt, vector).inputs, expected, 1e-13);
  });

  it('stays finite for logits of 800', () => {
    const extreme = { inputs: oldAt.inputs.map((_z, i) => (i % 2 ? 800 : -800)), logStd: oldAt.logStd };
    const opposite = { inputs: extreme.inputs.map((z) => -z), logStd: oldAt.logStd };
    expect(logPOf(extreme).every(Number.isFinite)).toBe(true);
    expect(distribution.entropies(extreme).every(Number.isFinite)).toBe(true);
    expect(distribution.klOldNew(extreme, opposite).every(Number.isFinite)).toBe(true);
  });
});

describe('diagonalGaussian', () => {
  const distribution = distributionOf({ kind: 'diagonalGaussian', actionSize: 1 });
  const standardNormal = { inputs: Float64Array.of(0), logStd: Float64Array.of(0) };

  it('has the density and entropy of a normal', () => {
    const logPAtZero = distribution.logProbabilities(standardNormal, Float64Array.of(0))[0];
    expect(logPAtZero).toBeCloseTo(-0.9189385332046727, 15);
    expect(distribution.entropies(standardNormal)[0]).toBeCloseTo(1.4189385332046727, 15);
  });

  it('tells KL(old || new) from KL(new || old)', () => {
    const wide = { inputs: Float64Array.of(0), logStd: Float64Array.of(Math.log(2)) };
    expect(distribution.klOldNew(standardNormal, wide)[0]).toBeCloseTo(Math.log(2) + 1 / 8 - 1 / 2, 15);
    expect(distribution.klOldNew(wide, standardNormal)[0]).toBeCloseTo(-Math.log(2) + 2 - 1 / 2, 15);
  });

  it('has Fisher information 1 / var for the mean and 2 for logStd, per row', () => {
    const at = { inputs: Float64Array.of(5, -5), logStd: Float64Array.of(Math.log(2)) };
    const vector = { inputs: Float64Array.of(1, 4), logStd: Float64Array.of(3) };
    const product = distribution.fisherTimesVector(at, vector);
    expectClose(product.inputs, [0.25, 1], 1e-15);
    expect([...product.logStd]).toEqual([6, 6]);
  });
});

function randomInputs(spec: DistributionSpec, seed: number): DistributionInputs {
  const { inputSize, logStdSize } = distributionOf(spec);
  return { inputs: randomVector(inputSize, seed, 2), logStd: randomVector(logStdSize, seed + 100, 0.5) };
}

function joined(at: DistributionInputs): Float64Array {
  return Float64Array.of(...at.inputs, ...at.logStd);
}

function gradientByDifference(f: (at: DistributionInputs) => number, at: DistributionInputs): Float64Array {
  const inputSize = at.inputs.length;
  const split = (x: Float64Array) => ({ inputs: x.subarray(0, inputSize), logStd: x.subarray(inputSize) });
  return finiteDifferenceGradient((x) => f(split(x)), joined(at));
}

/** Every action of a discrete kind, by counting through its choices. */
function allActions(spec: DistributionSpec): number[][] {
  const counts =
    spec.kind === 'categorical'
      ? [spec.actionCount]
      : spec.kind === 'multiCategorical'
        ? spec.actionCounts
        : new Array(distributionOf(spec).actionSize).fill(2);
  return counts.reduce(
    (partial: number[][], count: number) =>
      partial.flatMap((action) => Array.from({ length: count }, (_none, choice) => [...action, choice])),
    [[]],
  );
}
