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

/** Natural policy gradient (Kakade 2002; arXiv:1502.05477, section 7), without a line search. */
export const npg = defineAlgorithm({
  title: 'natural policy gradient',
  options: { learningRate, ...trustRegionOptions, ...solverOptions },
  create({ engine, policy, rows, team }, options) {
    const objective = new PolicyObjective(engine, policy, rows, team, fisherSettings(options));
    const solver = solverOf(options);
    return {
      objective,
      followsSolution: true,
      update: ({ maxKl, stepFactor }) =>
        naturalGradientUpdate(objective, {
          ...solver,
          maxKl,
          learningRate: options.learningRate * stepFactor,
        }),
    };
  },
});

/**
 * theta += scale x, x = (F + damping I)^-1 g. scale is the learning rate, which is one over the paper's fixed penalty
 * coefficient; without one TRPO's full step is made. No search limits the KL; what is refused is a step to numbers that are
 * not finite.
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
