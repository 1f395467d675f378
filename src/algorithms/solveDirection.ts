import type { ConjugateGradientOptions, ConjugateGradientReport, PolicyObjective } from './objective.js';

/** Each retry's damping is this times the one before, and at least LEAST_DAMPING. */
const GROWTH = 10;
const LEAST_DAMPING = 1e-6;
const MOST_RETRIES = 6;

/**
 * The objective's direction by conjugate gradient. F is positive semidefinite, but a product in float32 may come out with a
 * curvature of 0 or less: then the system is solved again with more damping, and the report says with how much. The next
 * update begins with the option's own damping again.
 */
export function solveDirection(
  objective: Pick<PolicyObjective, 'solveDirection'>,
  options: ConjugateGradientOptions,
): ConjugateGradientReport {
  let report = objective.solveDirection(options);
  let retries = 0;
  while (retries < MOST_RETRIES && report.stopReason === 'non-positive curvature') {
    const damping = Math.max(GROWTH * report.damping, LEAST_DAMPING, -2 * report.smallestCurvature);
    report = objective.solveDirection({ ...options, damping });
    retries++;
  }
  return { ...report, dampingRetries: retries };
}
