import type { ConjugateGradientReport, Evaluation, PolicyObjective } from './objective.js';

export interface LineSearchOptions {
  /** delta: largest mean KL(old || new) of an accepted step. */
  readonly maxKl: number;
  /** Each trial's step is this times the one before. */
  readonly backtrackFactor: number;
  /** Trials after the full step. */
  readonly maxBacktracks: number;
}

export interface LineSearchReport {
  readonly accepted: boolean;
  /** Why the last trial, or the search as a whole, was refused; "accepted" otherwise. */
  readonly reason: string;
  /** Trials that were refused before the search ended. */
  readonly backtracks: number;
  /** Of the accepted step; 0 when none was. */
  readonly meanKlOldNew: number;
  readonly largestKlOldNew: number;
  readonly improvement: number;
  /** What the gradient alone predicts for the accepted step. */
  readonly predictedImprovement: number;
  /** Step along the direction; the full step is sqrt(2 delta / x^T (F + damping I) x). */
  readonly stepScale: number;
}

/**
 * Backtracks from the full step until mean KL(old || new) <= delta and the surrogate improves, on the same batch
 * (arXiv:1502.05477, appendix C). On success the objective's candidate holds the new parameters; theta_old is never
 * touched here.
 */
export function lineSearch(
  objective: PolicyObjective,
  solution: ConjugateGradientReport,
  surrogateOld: number,
  options: LineSearchOptions,
): LineSearchReport {
  const slope = objective.directionalDerivative();
  const obstacle = obstacleTo(solution, slope);
  if (obstacle !== undefined) return rejected(obstacle, 0);

  let stepScale = Math.sqrt((2 * options.maxKl) / solution.quadraticForm);
  let reason = '';
  for (let backtracks = 0; backtracks <= options.maxBacktracks; backtracks++) {
    const trial = objective.evaluateStep(stepScale);
    const improvement = trial.surrogate - surrogateOld;
    reason = refusal(trial, improvement, options.maxKl);
    if (reason === '') {
      return {
        accepted: true,
        reason: 'accepted',
        backtracks,
        meanKlOldNew: trial.meanKlOldNew,
        largestKlOldNew: trial.largestKlOldNew,
        improvement,
        predictedImprovement: stepScale * slope,
        stepScale,
      };
    }
    stepScale *= options.backtrackFactor;
  }
  return rejected(reason, options.maxBacktracks + 1);
}

function obstacleTo(solution: ConjugateGradientReport, slope: number): string | undefined {
  if (!Number.isFinite(solution.quadraticForm) || !Number.isFinite(slope)) return 'non-finite direction';
  // the direction is 0 then, for this reason and not for the gradient's
  if (solution.stopReason === 'preconditioner not positive definite' && solution.iterations === 0) {
    return solution.stopReason;
  }
  if (slope === 0) return 'zero gradient';
  if (solution.quadraticForm <= 0 || slope < 0) return 'no direction of ascent';
  return undefined;
}

function refusal(trial: Evaluation, improvement: number, maxKl: number): string {
  if (!Number.isFinite(trial.surrogate) || !Number.isFinite(trial.meanKlOldNew))
    return 'non-finite surrogate or KL';
  if (trial.meanKlOldNew > maxKl) return 'KL above limit';
  if (improvement <= 0) return 'surrogate did not improve';
  return '';
}

function rejected(reason: string, backtracks: number): LineSearchReport {
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
