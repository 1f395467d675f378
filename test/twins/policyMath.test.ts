import { describe, expect, it } from 'vitest';
import { dot } from './conjugateGradient.js';
import {
  empiricalFisherVectorProduct,
  fisherVectorProduct,
  meanEntropy,
  meanKlGradient,
  meanKlOldNew,
  policyParameterCount,
  surrogate,
  surrogateGradient,
} from './policyMath.js';
import { expectClose } from './support/closeness.js';
import { finiteDifferenceAlong, finiteDifferenceGradient, shifted } from './support/finiteDifference.js';
import { randomVector } from './support/random.js';
import { loadTrpoMathCase, TRPO_MATH_NAMES } from './support/trpoMathCases.js';

describe.each(TRPO_MATH_NAMES)('laws of the policy mathematics: %s', (name) => {
  const { policy, theta, batch, probeVector, expected } = loadTrpoMathCase(name);
  const { observations } = batch;
  const fisherTimes = (vector: Float64Array) =>
    fisherVectorProduct(policy, theta, observations, { vector, damping: 0 });

  it('the gradient of the mean KL is its finite difference', () => {
    const thetaNew = shifted(theta, probeVector, 0.05);
    const klAt = (trial: Float64Array) =>
      meanKlOldNew(policy, { thetaOld: theta, thetaNew: trial }, observations);
    const gradient = meanKlGradient(policy, { thetaOld: theta, thetaNew }, observations);
    expectClose(gradient, finiteDifferenceGradient(klAt, thetaNew), 1e-8);
  });

  it('F v is the finite difference of the KL gradient', () => {
    const klGradientAt = (thetaNew: Float64Array) =>
      meanKlGradient(policy, { thetaOld: theta, thetaNew }, observations);
    expectClose(fisherTimes(probeVector), finiteDifferenceAlong(klGradientAt, theta, probeVector), 1e-8);
  });

  it("u'F v = v'F u, and v'F v is not negative", () => {
    const other = randomVector(theta.length, 3);
    const forwards = dot(other, fisherTimes(probeVector));
    expectClose([dot(probeVector, fisherTimes(other))], [forwards], 1e-12);
    expect(dot(probeVector, fisherTimes(probeVector))).toBeGreaterThanOrEqual(0);
  });

  it('damping adds damping times v', () => {
    const damped = fisherVectorProduct(policy, theta, observations, { vector: probeVector, damping: 0.1 });
    expectClose(damped, shifted(fisherTimes(probeVector), probeVector, 0.1), 1e-15);
  });

  it('the surrogate gradient is its finite difference, and the ratio is 1 at theta_old', () => {
    const surrogateAt = (thetaNew: Float64Array) => surrogate(policy, { thetaOld: theta, thetaNew }, batch);
    expectClose(surrogateGradient(policy, theta, batch), finiteDifferenceGradient(surrogateAt, theta), 1e-8);
    const meanAdvantage = batch.advantages.reduce((a, b) => a + b, 0) / batch.advantages.length;
    expect(surrogateAt(theta)).toBeCloseTo(meanAdvantage, 15);
  });

  it('KL(old || old) and its gradient are zero', () => {
    const same = { thetaOld: theta, thetaNew: theta };
    expect(Math.abs(meanKlOldNew(policy, same, observations))).toBeLessThan(1e-15);
    const largest = Math.max(...meanKlGradient(policy, same, observations).map(Math.abs));
    expect(largest).toBeLessThan(1e-15);
  });

  it('the empirical Fisher is the mean outer product of single-row scores', () => {
    const rows = batch.advantages.length;
    const sum = new Float64Array(policyParameterCount(policy));
    for (let row = 0; row < rows; row++) {
      const single = {
        observations: rowOf(observations, row, rows),
        actions: rowOf(batch.actions, row, rows),
        advantages: Float64Array.of(1), // with A = 1 and one row the surrogate gradient is the score
      };
      const score = surrogateGradient(policy, theta, single);
      const along = dot(score, probeVector) / rows;
      for (let i = 0; i < score.length; i++) sum[i] += along * score[i];
    }
    const probe = { vector: probeVector, damping: 0 };
    expectClose(empiricalFisherVectorProduct(policy, theta, batch, probe), sum, 1e-12);
  });

  it("the mean entropy is the mean of PyTorch's entropies", () => {
    const meanOfEntropies = expected.entropies.reduce((a, b) => a + b, 0) / expected.entropies.length;
    expectClose([meanEntropy(policy, theta, observations)], [meanOfEntropies], 1e-13);
  });

  it('refuses a theta of another length', () => {
    expect(() => surrogateGradient(policy, theta.subarray(1), batch)).toThrow(
      /theta holds .* the policy has/,
    );
  });
});

function rowOf(matrix: Float64Array, row: number, rows: number): Float64Array {
  const columns = matrix.length / rows;
  return matrix.subarray(row * columns, (row + 1) * columns);
}
