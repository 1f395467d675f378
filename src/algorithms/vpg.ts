import { defineAlgorithm, type PolicyUpdateReport } from './algorithm.js';
import { PolicyObjective } from './objective.js';
import { fisherSettings, solveDirection, solverOf, solverOptions } from './solveDirection.js';
import {
  type AscentOptions,
  fullStep,
  learningRate,
  obstacleTo,
  refusedStep,
  stepWithoutSearch,
  trustRegionOptions,
} from './step.js';

/** Vanilla policy gradient (Williams 1992). */
export const vpg = defineAlgorithm({
  title: 'vanilla policy gradient',
  options: { learningRate, ...trustRegionOptions, ...solverOptions },
  create({ engine, policy, rows, team }, options) {
    const objective = new PolicyObjective(engine, policy, rows, team, fisherSettings(options));
    const solver = solverOf(options);
    return {
      objective,
      followsSolution: false,
      update: ({ maxKl, stepFactor }) =>
        policyGradientUpdate(objective, {
          ...solver,
          maxKl,
          learningRate: options.learningRate * stepFactor,
        }),
    };
  },
});

/**
 * theta += scale g. scale is the learning rate; without one the step has the Euclidean length of TRPO's full step
 * sqrt(2 delta / x^T (F + damping I) x) x, so that the two differ in direction alone. No search limits the KL; what is refused
 * is a step to numbers that are not finite.
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
