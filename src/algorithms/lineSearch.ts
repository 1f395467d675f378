import type { ConjugateGradientReport, Evaluation, PolicyObjective } from './objective.js';
import {
  acceptedStep,
  fullStep,
  isFiniteEvaluation,
  obstacleTo,
  refusedStep,
  type StepReport,
} from './step.js';

export const KL_CONSTRAINTS = ['mean', 'max'] as const;

export interface LineSearchOptions {
  /** delta: most KL(old || new) of an accepted step. */
  readonly maxKl: number;
  /** Of which KL: the mean over the batch's states, or the largest of any state. */
  readonly klConstraint: (typeof KL_CONSTRAINTS)[number];
  /** Each trial's step is this times the one before. */
  readonly backtrackFactor: number;
  /** Trials after the full step. */
  readonly maxBacktracks: number;
}

/**
 * Backtracks from the full step until mean KL(old || new) <= delta and the surrogate improves, on the same batch
 * (arXiv:1502.05477, appendix C); with the constraint on the maximum, until KL <= delta in every state of the batch, as
 * the theory of section 3 asks (the direction stays that of the mean). On success the objective's candidate holds the
 * new parameters; theta_old is never touched here.
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
    reason = refusal(trial, improvement, options);
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

function refusal(trial: Evaluation, improvement: number, options: LineSearchOptions): string {
  const { maxKl, klConstraint } = options;
  if (!isFiniteEvaluation(trial)) return 'non-finite surrogate or KL';
  const kl = klConstraint === 'max' ? trial.largestKlOldNew : trial.meanKlOldNew;
  if (kl > maxKl) return 'KL above limit';
  if (improvement <= 0) return 'surrogate did not improve';
  return '';
}
