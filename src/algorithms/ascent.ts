import type { OptionValues } from '../options/optionEntry.js';
import type { AlgorithmParts, PolicyAlgorithm, PolicyUpdateReport } from './algorithm.js';
import { type ConjugateGradientOptions, PolicyObjective } from './objective.js';
import { fisherSettings, solverOf, solverOptions } from './solveDirection.js';
import { learningRate, trustRegionOptions } from './step.js';

export const ascentOptions = { learningRate, ...trustRegionOptions, ...solverOptions } as const;

export interface AscentOptions extends ConjugateGradientOptions {
  /** Step along the direction; 0 for the step at which TRPO's line search begins. */
  readonly learningRate: number;
  /** delta of that full step. */
  readonly maxKl: number;
}

/**
 * An algorithm that steps along a direction without a search: nothing limits the KL that a step brings, and what is refused is
 * a step to numbers that are not finite.
 */
export function createAscent(
  { engine, policy, rows, team }: AlgorithmParts,
  options: OptionValues<typeof ascentOptions>,
  followsSolution: boolean,
  update: (objective: PolicyObjective, options: AscentOptions) => PolicyUpdateReport,
): PolicyAlgorithm {
  const objective = new PolicyObjective(engine, policy, rows, team, fisherSettings(options));
  const solver = solverOf(options);
  return {
    objective,
    followsSolution,
    update: ({ maxKl, stepFactor }) =>
      update(objective, { ...solver, maxKl, learningRate: options.learningRate * stepFactor }),
  };
}
