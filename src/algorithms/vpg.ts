import type { CreateAlgorithm, PolicyUpdateReport } from './algorithm.js';
import { type AscentOptions, type ascentOptions, createAscent } from './ascent.js';
import type { PolicyObjective } from './objective.js';
import { solveDirection } from './solveDirection.js';
import { fullStep, obstacleTo, refusedStep, stepWithoutSearch } from './step.js';

/** Vanilla policy gradient (Williams 1992). */
export const createVpg: CreateAlgorithm<typeof ascentOptions> = (parts, options) =>
  createAscent(parts, options, false, policyGradientUpdate);

/**
 * theta += scale g. scale is the learning rate; without one the step has the Euclidean length of TRPO's full step
 * sqrt(2 delta / x^T (F + damping I) x) x, so that the two differ in direction alone.
 */
export function policyGradientUpdate(objective: PolicyObjective, options: AscentOptions): PolicyUpdateReport {
  const { surrogate, entropy, largestRatioError } = objective.computeGradient();
  if (options.learningRate > 0) {
    objective.directAlongGradient();
    const step = stepWithoutSearch(objective, surrogate, options.learningRate);
    return { surrogateOld: surrogate, entropy, largestRatioError, conjugateGradient: null, step };
  }
  const conjugateGradient = solveDirection(objective, options);
  const obstacle = obstacleTo(conjugateGradient, objective.directionalDerivative());
  const length = fullStep(options.maxKl, conjugateGradient.quadraticForm) * objective.directionLength();
  objective.directAlongGradient();
  const step =
    obstacle === undefined
      ? stepWithoutSearch(objective, surrogate, length / objective.directionLength())
      : refusedStep(obstacle, 0);
  return { surrogateOld: surrogate, entropy, largestRatioError, conjugateGradient, step };
}
