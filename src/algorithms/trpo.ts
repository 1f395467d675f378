import { choice, integer, number, type OptionValues } from '../options/optionEntry.js';
import type { CreateAlgorithm, PolicyUpdateReport } from './algorithm.js';
import {
  type ConjugateGradientOptions,
  type ConjugateGradientReport,
  type Evaluation,
  PolicyObjective,
} from './objective.js';
import { fisherSettings, solveDirection, solverOf, solverOptions } from './solveDirection.js';
import {
  acceptedStep,
  fullStep,
  isFiniteEvaluation,
  obstacleTo,
  refusedStep,
  type StepReport,
  trustRegionOptions,
} from './step.js';

const searchOptions = {
  klConstraint: choice(
    'mean',
    ['mean', 'max'],
    'What maxKl limits: the mean KL over the states of the batch, or that of every single one',
  ),
  backtrackFactor: number(0.8, 0.01, 0.99, 'α', 'Line search: each trial step is this times the one before'),
  maxBacktracks: integer(10, 0, 100, '', 'Line search: trials after the full step'),
} as const;

export const trpoOptions = { ...trustRegionOptions, ...searchOptions, ...solverOptions } as const;

/** Trust region policy optimization (arXiv:1502.05477), section 6 and appendix C. */
export const createTrpo: CreateAlgorithm<typeof trpoOptions> = ({ engine, policy, rows, team }, options) => {
  const objective = new PolicyObjective(engine, policy, rows, team, fisherSettings(options));
  const solver = solverOf(options);
  return {
    objective,
    followsSolution: true,
    update: ({ maxKl }) => trustRegionUpdate(objective, { ...options, ...solver, maxKl }),
  };
};

export interface LineSearchOptions extends OptionValues<typeof searchOptions> {
  /** delta: most KL(old || new) of an accepted step. */
  readonly maxKl: number;
}

/** One update. A refused step leaves the parameters exactly as they were. */
export function trustRegionUpdate(
  objective: PolicyObjective,
  options: ConjugateGradientOptions & LineSearchOptions,
): PolicyUpdateReport {
  // g, the gradient at theta_old of the surrogate L(theta) = mean[ pi_theta(a|s) / pi_old(a|s) A ] (eq. 14).
  const { surrogate, entropy, largestRatioError } = objective.computeGradient();

  // The search direction x = (F + damping I)^-1 g, F the Fisher matrix: conjugate gradient on products F v (appendix C.1).
  const conjugateGradient = solveDirection(objective, options);

  // From the full step sqrt(2 delta / x^T (F + damping I) x) x, backtrack until
  // mean KL(old || new) <= delta and L improves; only then does theta move.
  const step = lineSearch(objective, conjugateGradient, surrogate, options);
  if (step.accepted) objective.adoptCandidate();
  return { surrogateOld: surrogate, entropy, largestRatioError, conjugateGradient, step };
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
