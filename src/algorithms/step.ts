import { fraction, integer, number, positive } from '../options/optionEntry.js';
import type { ConjugateGradientReport, Evaluation, PolicyObjective } from './objective.js';

/** Options of algorithms whose steps come from a KL. */
export const trustRegionOptions = {
  maxKl: positive(0.01, 10, 'δ', 'Trust region: most KL(old || new) of an update'),
  maxKlDecay: fraction(
    0,
    '',
    'Part of maxKl that is gone at the end of the run, linearly in steps: 1 shrinks the trust region to nothing',
  ),
  maxKlDecaySteps: integer(
    0,
    0,
    1e12,
    '',
    'Steps over which maxKlDecay goes, after which maxKl stays as it is; 0 for those of the whole run',
  ),
} as const;

/** The option of algorithms that may take a learning rate instead. */
export const learningRate = number(
  0,
  0,
  1e6,
  '',
  "Step along the (natural) gradient; 0 for one of the length of TRPO's full step, from maxKl",
);

/** What became of a step of the policy's parameters. */
export interface StepReport {
  readonly accepted: boolean;
  /** Why the last trial, or the step as a whole, was refused; "accepted" otherwise. */
  readonly reason: string;
  /** Trials that were refused before the search ended; 0 without a search. */
  readonly backtracks: number;
  /** Of the accepted step; 0 when none was. */
  readonly meanKlOldNew: number;
  readonly largestKlOldNew: number;
  readonly improvement: number;
  /** What the gradient alone predicts for the accepted step. */
  readonly predictedImprovement: number;
  /** Step along the direction. */
  readonly stepScale: number;
}

export function acceptedStep(
  { meanKlOldNew, largestKlOldNew }: Evaluation,
  taken: Pick<StepReport, 'backtracks' | 'improvement' | 'predictedImprovement' | 'stepScale'>,
): StepReport {
  return { accepted: true, reason: 'accepted', meanKlOldNew, largestKlOldNew, ...taken };
}

export function refusedStep(reason: string, backtracks: number): StepReport {
  return {
    accepted: false,
    reason,
    backtracks,
    meanKlOldNew: 0,
    largestKlOldNew: 0,
    improvement: 0,
    predictedImprovement: 0,
    stepScale: 0,
  };
}

/** sqrt(2 delta / x^T (F + damping I) x): the step along x at which the quadratic model of the KL reaches delta. */
export function fullStep(maxKl: number, quadraticForm: number): number {
  return Math.sqrt((2 * maxKl) / quadraticForm);
}

/** Why no step along the solution can be made, if so; slope: gradient . solution. */
export function obstacleTo(solution: ConjugateGradientReport, slope: number): string | undefined {
  if (!Number.isFinite(solution.quadraticForm) || !Number.isFinite(slope)) return 'non-finite direction';
  // the direction is 0 then, for this reason and not for the gradient's
  if (solution.stopReason === 'preconditioner not positive definite' && solution.iterations === 0) {
    return solution.stopReason;
  }
  if (slope === 0) return 'zero gradient';
  if (solution.quadraticForm <= 0 || slope < 0) return 'no direction of ascent';
  return undefined;
}

export function isFiniteEvaluation({ surrogate, meanKlOldNew }: Evaluation): boolean {
  return Number.isFinite(surrogate) && Number.isFinite(meanKlOldNew);
}

/** theta += stepScale x direction, unless a number is not finite; then theta stays exactly as it was. */
export function stepWithoutSearch(
  objective: PolicyObjective,
  surrogateOld: number,
  stepScale: number,
): StepReport {
  const slope = objective.directionalDerivative();
  if (!Number.isFinite(slope)) return refusedStep('non-finite direction', 0);
  if (slope === 0) return refusedStep('zero gradient', 0);
  const evaluation = objective.evaluateStep(stepScale);
  if (!isFiniteEvaluation(evaluation)) return refusedStep('non-finite surrogate or KL', 0);
  // tanh would hide infinite weights from the surrogate
  if (!objective.candidateIsFinite()) return refusedStep('non-finite parameters', 0);
  objective.adoptCandidate();
  return acceptedStep(evaluation, {
    backtracks: 0,
    improvement: evaluation.surrogate - surrogateOld,
    predictedImprovement: stepScale * slope,
    stepScale,
  });
}
