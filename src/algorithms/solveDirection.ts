import { choice, fraction, integer, number, type OptionValues, positive } from '../options/optionEntry.js';
import {
  type ConjugateGradientOptions,
  type ConjugateGradientReport,
  FISHER_KINDS,
  type ObjectiveSettings,
  type PolicyObjective,
} from './objective.js';

/** Options of algorithms that solve (F + damping I) x = g. */
export const solverOptions = {
  damping: number(0.1, 0, 1e6, '', 'Added to the diagonal of the Fisher matrix in conjugate gradient'),
  cgIterations: integer(15, 1, 1000, 'k', 'Most Fisher-vector products of one update'),
  cgTolerance: fraction(1e-6, '', 'Conjugate gradient stops at this residual, relative to the gradient'),
  cgPreconditionerRows: integer(
    0,
    0,
    4096,
    'm',
    'Rows of the batch whose Fisher matrix preconditions conjugate gradient; 0 for none',
  ),
  fisher: choice(
    'analytic',
    FISHER_KINDS,
    'Fisher matrix: the expectation over actions, or the mean over the actions taken',
  ),
  fisherFraction: positive(
    1,
    1,
    '',
    'Part of the batch that Fisher-vector products are made on; gradient and line search see all of it',
  ),
} as const;

type SolverOptions = OptionValues<typeof solverOptions>;

/** How the objective makes products, by these options. */
export function fisherSettings(options: SolverOptions): ObjectiveSettings {
  const { cgPreconditionerRows: preconditionerRows, fisher, fisherFraction } = options;
  return { preconditionerRows, fisher, fisherFraction };
}

/** How conjugate gradient goes, by these options. */
export function solverOf(options: SolverOptions): ConjugateGradientOptions {
  return { damping: options.damping, tolerance: options.cgTolerance, iterations: options.cgIterations };
}

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
