import type { CreateAlgorithm, PolicyUpdateReport } from './algorithm.js';
import { type AscentOptions, type ascentOptions, createAscent } from './ascent.js';
import type { PolicyObjective } from './objective.js';
import { solveDirection } from './solveDirection.js';
import { fullStep, obstacleTo, refusedStep, stepWithoutSearch } from './step.js';

/** Natural policy gradient (Kakade 2002; arXiv:1502.05477, section 7). */
export const createNpg: CreateAlgorithm<typeof ascentOptions> = (parts, options) =>
  createAscent(parts, options, true, naturalGradientUpdate);

/**
 * theta += scale x, x = (F + damping I)^-1 g. scale is the learning rate, which is one over the paper's fixed penalty
 * coefficient; without one TRPO's full step is made.
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
