import type { PolicyUpdateReport } from '../training/progressRow.js';
import type { ConjugateGradientOptions, PolicyObjective } from './objective.js';
import { solveDirection } from './solveDirection.js';
import { fullStep, obstacleTo, refusedStep, stepWithoutSearch } from './step.js';

/**
 * Steps of a length known beforehand, without a trust region: no search, no limit on the KL that they bring. What is
 * refused is a step to numbers that are not finite, and then the parameters stay exactly as they were.
 */

export interface AscentOptions extends ConjugateGradientOptions {
  /** Step along the direction; 0 for the step at which TRPO's line search begins. */
  readonly learningRate: number;
  /** delta of that full step. */
  readonly maxKl: number;
}

/**
 * Vanilla policy gradient (Williams 1992): theta += scale g. scale is the learning rate; without one the step has the
 * Euclidean length of TRPO's full step sqrt(2 delta / x^T (F + damping I) x) x, so that the two differ in direction alone.
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

/**
 * Natural policy gradient (Kakade 2002; arXiv:1502.05477, section 7): theta += scale x, x = (F + damping I)^-1 g. scale is
 * the learning rate, which is one over the paper's fixed penalty coefficient; without one TRPO's full step is made.
 */
export function naturalGradientUpdate(
  objective: PolicyObjective,
  options: AscentOptions,
): PolicyUpdateReport {
  const { surrogate, entropy, largestRatioError } = objective.computeGradient();
  const conjugateGradient = solveDirection(objective, options);
  const obstacle = obstacleTo(conjugateGradient, objective.directionalDerivative());
  const scale = options.learningRate || fullStep(options.maxKl, conjugateGradient.quadraticForm);
  const step =
    obstacle === undefined ? stepWithoutSearch(objective, surrogate, scale) : refusedStep(obstacle, 0);
  return { surrogateOld: surrogate, entropy, largestRatioError, conjugateGradient, step };
}
