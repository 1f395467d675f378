import type { ConjugateGradientReport, Evaluation, PolicyObjective } from './objective.js';
import {
  acceptedStep,
  fullStep,
  isFiniteEvaluation,
  obstacleTo,
  refusedStep,
  type StepReport,
} from './step.js';

export interface LineSearchOptions {
  /** delta: largest mean KL(old || new) of an accepted step. */
  readonly maxKl: number;
  /** Each trial's step is this times the one before. */
  readonly backtrackFactor: number;
  /** Trials after the full step. */
  readonly maxBacktracks: number;
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
): StepReport {
  const slope = objective.directionalDerivative();
  const obstacle = obstacleTo(solution, slope);
  if (obstacle !== undefined) return refusedStep(obstacle, 0);

  let stepScale = fullStep(options.maxKl, solution.quadraticForm);
  let reason = '';
  for (let backtracks = 0; backtracks <= options.maxBacktracks; backtracks++) {
    const trial = objective.evaluateStep(stepScale);
    const improvement = trial.surrogate - surrogateOld;
    reason = refusal(trial, improvement, options.maxKl);
    if (reason === '') {
      return acceptedStep(trial, {
        backtracks,
        improvement,
        stepScale,
        predictedImprovement: stepScale * slope,
      });
    }
    stepScale *= options.backtrackFactor;
  }
  return refusedStep(reason, options.maxBacktracks + 1);
}

function refusal(trial: Evaluation, improvement: number, maxKl: number): string {
  if (!isFiniteEvaluation(trial)) return 'non-finite surrogate or KL';
  if (trial.meanKlOldNew > maxKl) return 'KL above limit';
  if (improvement <= 0) return 'surrogate did not improve';
  return '';
}
