import { describe, expect, it } from 'vitest';
import { conjugateGradient } from './conjugateGradient.js';
import { distributionOf } from './distributions.js';
import {
  distributionInputs,
  empiricalFisherVectorProduct,
  fisherOperator,
  fisherVectorProduct,
  fullStep,
  logProbabilities,
  maxKlOldNew,
  meanKlOldNew,
  surrogate,
  surrogateGradient,
} from './policyMath.js';
import { expectClose } from './support/closeness.js';
import { loadTrpoMathCase, TRPO_MATH_NAMES } from './support/trpoMathCases.js';

const TOLERANCE = 1e-12;
// Conjugate gradient amplifies rounding: after ten iterations PyTorch's own x'g and x'(F + damping I)x
// differ by 3e-12.
const AFTER_CG_TOLERANCE = 1e-9;

describe.each(TRPO_MATH_NAMES)('PyTorch case %s', (name) => {
  const { policy, theta, batch, probeVector, expected } = loadTrpoMathCase(name);
  const { damping, iterations } = expected.conjugateGradient;
  const dampedFisher = fisherOperator(policy, theta, batch.observations, damping);
  const gradient = surrogateGradient(policy, theta, batch);
  const solveByCg = () =>
    conjugateGradient(dampedFisher, gradient, { maxIterations: iterations, residualTolerance: 0 });

  it('network outputs, log-probabilities and entropies', () => {
    const at = distributionInputs(policy, theta, batch.observations);
    expectClose(at.inputs, expected.distributionInputs.flat(), TOLERANCE);
    expectClose(logProbabilities(policy, theta, batch), expected.logProbabilities, TOLERANCE);
    expectClose(distributionOf(policy.distribution).entropies(at), expected.entropies, TOLERANCE);
  });

  it('surrogate gradient', () => {
    expectClose(gradient, expected.surrogateGradient, TOLERANCE);
  });

  it('Fisher-vector products, analytic and empirical', () => {
    const probe = { vector: probeVector, damping: 0 };
    const analytic = fisherVectorProduct(policy, theta, batch.observations, probe);
    expectClose(analytic, expected.fisherVectorProduct, TOLERANCE);
    const empirical = empiricalFisherVectorProduct(policy, theta, batch, probe);
    expectClose(empirical, expected.empiricalFisherVectorProduct, TOLERANCE);
  });

  it('conjugate gradient', () => {
    const { solution, residualNorms, stopReason } = solveByCg();
    expect(stopReason).toBe('iteration limit');
    expectClose(solution, expected.conjugateGradient.solution, AFTER_CG_TOLERANCE);
    expect(residualNorms.length).toBe(iterations);
    expectClose(residualNorms, expected.conjugateGradient.residualNorms, AFTER_CG_TOLERANCE);
  });

  it('full trust-region step', () => {
    const { step, quadraticForm } = fullStep(dampedFisher, solveByCg().solution, expected.trustRegion.delta);
    expectClose([quadraticForm], [expected.trustRegion.quadraticForm], AFTER_CG_TOLERANCE);
    expectClose(step, expected.trustRegion.fullStep, AFTER_CG_TOLERANCE);
  });

  it('surrogate and KL at the full step', () => {
    const step = Float64Array.from(expected.trustRegion.fullStep);
    const thetas = { thetaOld: theta, thetaNew: theta.map((value, i) => value + step[i]) };
    const { surrogateAtFullStep, meanKlAtFullStep, maxKlAtFullStep } = expected.trustRegion;
    expectClose([surrogate(policy, thetas, batch)], [surrogateAtFullStep], TOLERANCE);
    expectClose([meanKlOldNew(policy, thetas, batch.observations)], [meanKlAtFullStep], TOLERANCE);
    expectClose([maxKlOldNew(policy, thetas, batch.observations)], [maxKlAtFullStep], TOLERANCE);
  });
});
