import { inactiveKeysOf, progressKey } from '../logging/sink.js';
import { numberAt, type RunHistory } from './history.js';
import { FEW, MANY, only, percent, type Rule, SOME, short } from './rule.js';

/** What a row says of the update: step, solver, networks. */
export const updateRules: readonly Rule[] = [
  {
    name: 'stopped',
    title: 'The run was stopped by an error',
    columns: only(progressKey.stoppedBy),
    remedy: 'mend what the error names, then go on with --resume',
    options: { ours: '', stableBaselines3: '' },
    check: ({ last }) => {
      const reason = last[progressKey.stoppedBy];
      return typeof reason === 'string' ? { severity: 'error', cause: reason } : undefined;
    },
  },
  {
    name: 'stale-batch',
    title: 'Stale or mixed batch',
    columns: only(progressKey.ratioError, progressKey.klOldNew),
    remedy:
      'collect every batch with the very parameters and normaliser that then learn from it, and change neither in between',
    options: { ours: 'none: an environment or a callback changes the policy', stableBaselines3: '' },
    check: ({ last }) => {
      const error = numberAt(last, progressKey.ratioError);
      // float32 rounding of other engines; our own ratios are 1 exactly
      if (error === undefined || error < 1e-3) return undefined;
      const cause = `before the update pi_theta / pi_old should be 1 everywhere, but is off by up to ${short(error)}: other parameters made the batch`;
      return { severity: 'error', cause };
    },
  },
  {
    name: 'not-finite',
    title: 'Numbers that are not finite',
    columns: only(progressKey.lineSearchReason, progressKey.cgStopReason, progressKey.gradientNorm),
    remedy: 'check the scale of observations and rewards, normalise both, and make smaller steps',
    options: {
      ours: 'normalizeObservations, scaleRewards, maxKl, learningRate',
      stableBaselines3: 'VecNormalize, target_kl, learning_rate',
    },
    check: ({ last }) => {
      const reasons = [last[progressKey.lineSearchReason], last[progressKey.cgStopReason]];
      const reason = reasons.find((text) => typeof text === 'string' && text.startsWith('non-finite'));
      return reason === undefined ? undefined : { severity: 'error', cause: `the update met a ${reason}` };
    },
  },
  {
    name: 'kl-explosion',
    title: 'KL explosion',
    columns: only(progressKey.klOldNew, progressKey.largestKl, progressKey.klModelRatio, progressKey.maxKl),
    remedy: 'make smaller steps: each update should change the policy by about 0.01 nats',
    options: {
      ours: 'maxKl; learningRate of npg and vpg, or algorithm=trpo',
      stableBaselines3: 'target_kl of TRPO; learning_rate, n_epochs and target_kl of PPO',
    },
    check: (history) => {
      const kl = history.median(progressKey.klOldNew, FEW);
      if (kl === undefined || kl < 0.1) return undefined;
      const largest = numberAt(history.last, progressKey.largestKl);
      const cause = `an update changes the policy by a mean KL(old || new) of ${short(kl)}${largest === undefined ? '' : `, up to ${short(largest)} in one state`}: what the batch says of the old policy no longer holds for the new`;
      return { severity: kl >= 0.5 ? 'error' : 'warning', cause };
    },
  },
  {
    name: 'curvature',
    title: 'Curvature that is not positive',
    columns: only(
      progressKey.cgStopReason,
      progressKey.cgSmallestCurvature,
      progressKey.damping,
      progressKey.dampingRetries,
    ),
    remedy: 'raise the damping for good; where observations are large, normalise them',
    options: { ours: 'damping, normalizeObservations', stableBaselines3: 'cg_damping' },
    check: ({ last }) => {
      const stopped = last[progressKey.cgStopReason] === 'non-positive curvature';
      const grew = (numberAt(last, progressKey.dampingRetries) ?? 0) > 0;
      if (!stopped && !grew) return undefined;
      const damping = numberAt(last, progressKey.damping);
      const did = stopped
        ? 'conjugate gradient stopped there'
        : `this update was damped with ${damping === undefined ? 'more' : short(damping)}`;
      return { severity: 'warning', cause: `the Fisher matrix looked singular along a direction; ${did}` };
    },
  },
  {
    name: 'cg-not-converged',
    title: 'Conjugate gradient does not converge',
    columns: only(progressKey.cgResidual, progressKey.cgIterations, progressKey.cgStopReason),
    remedy: 'give it more products, or more damping, or precondition it',
    options: {
      ours: 'cgIterations, damping, cgPreconditionerRows',
      stableBaselines3: 'cg_max_steps, cg_damping',
    },
    check: (history) => {
      const residual = history.median(progressKey.cgResidual, MANY);
      const products = history.median(progressKey.cgIterations, MANY);
      if (residual === undefined || products === undefined) return undefined;
      // towards the end of a run of many parameters fifteen products often leave half of the gradient, and still serve
      if (residual < (products <= SOME ? 0.05 : 1.2)) return undefined;
      const cause = `after ${products} products the residual is ${short(residual)} of the gradient: the step is not the natural one`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'updates-refused',
    title: 'Updates are refused',
    columns: only(
      progressKey.lineSearchAccepted,
      progressKey.lineSearchReason,
      progressKey.lineSearchBacktracks,
    ),
    remedy: 'collect larger batches, let conjugate gradient come nearer, or allow more backtracks',
    options: {
      ours: 'steps, environments, cgIterations, damping, maxBacktracks',
      stableBaselines3: 'n_steps, cg_max_steps, cg_damping, line_search_max_iter',
    },
    check: ({ recent }) => {
      const judged = recent.slice(-MANY);
      const refused = judged.filter((row) => {
        const accepted = row[progressKey.lineSearchAccepted];
        // Stable-Baselines3 logs a mean of booleans
        return accepted === false || (typeof accepted === 'number' && accepted < 0.5);
      });
      if (judged.length < MANY || refused.length < 0.8 * MANY) return undefined;
      const reason = refused.at(-1)![progressKey.lineSearchReason];
      const cause = `${refused.length} of the last ${MANY} steps were refused${typeof reason === 'string' ? ` (${reason})` : ''}: the policy stands still`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'advantages-not-normalised',
    title: 'Advantages are not normalised',
    columns: only(progressKey.policyObjective, progressKey.advantageMean, progressKey.advantageStd),
    remedy: 'normalise the advantages of each batch to mean 0 and deviation 1',
    options: { ours: 'normalizeAdvantages=true', stableBaselines3: 'normalize_advantage=True' },
    check: ({ recent }) => {
      const judged = recent.slice(-FEW).map((row) => {
        const objective = numberAt(row, progressKey.policyObjective);
        const improvement = numberAt(row, progressKey.improvement);
        return objective === undefined || improvement === undefined ? 0 : objective - improvement;
      });
      // at theta_old the surrogate is the mean of the advantages, which rounding leaves at about 1e-8
      if (judged.length < FEW || judged.some((mean) => Math.abs(mean) < 1e-4)) return undefined;
      const cause = `the advantages that the update saw have mean ${short(judged.at(-1)!)} instead of 0: every action of the batch is pushed the same way`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'value-under-trained',
    title: 'The value function is not learning',
    columns: only(
      progressKey.explainedVariance,
      progressKey.valueLossBefore,
      progressKey.valueLoss,
      progressKey.valueFitSteps,
    ),
    remedy:
      'fit the value function longer or faster, or slower where it learnt nothing at all: steps of Adam may have driven its units to where they pass no gradient; its targets should be of order 1',
    options: {
      ours: 'valueEpochs, valueLearningRate, valueHiddenSizes, scaleRewards',
      stableBaselines3: 'n_critic_updates or n_epochs, learning_rate, vf_coef',
    },
    check: (history) => {
      const steps = history.numbers(progressKey.valueFitSteps, FEW);
      if (steps.length > 0 && steps.every((count) => count === 0)) {
        return {
          severity: 'error',
          cause: 'the value fit makes no steps, so that advantages are no better than returns',
        };
      }
      const explained = history.median(progressKey.explainedVariance, MANY);
      if (history.count < 2 * MANY || explained === undefined || explained > 0) return undefined;
      const [before, after] = [progressKey.valueLossBefore, progressKey.valueLoss].map((key) =>
        history.median(key, MANY),
      );
      // where returns hardly vary, as in a task that is solved, there is little to explain: then the fit's own losses decide
      if (before === undefined || after === undefined ? history.hasLearned : after < 0.9 * before)
        return undefined;
      const cause = `V explains ${short(explained)} of the variance of returns, no more than a constant would`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'entropy-collapse',
    title: 'Entropy collapse',
    columns: only(progressKey.entropy, progressKey.entropyChange, progressKey.std, progressKey.klOldNew),
    remedy: 'make smaller steps and collect larger batches; a Gaussian policy may start wider',
    options: {
      ours: 'maxKl, steps, initialLogStd',
      stableBaselines3: 'target_kl, n_steps, ent_coef, log_std_init',
    },
    check: (history) => {
      const { first, count } = history;
      if (history.hasLearned) return undefined;
      const std = [numberAt(first!, progressKey.std), history.median(progressKey.std, FEW)];
      if (std[0] !== undefined && std[1] !== undefined) {
        if (std[1] > 0.1 * std[0]) return undefined;
        const cause = `the standard deviation of actions fell from ${short(std[0])} to ${short(std[1])} in ${count} updates, and returns did not rise: nothing new is tried`;
        return { severity: 'warning', cause };
      }
      const entropy = [numberAt(first!, progressKey.entropy), history.median(progressKey.entropy, FEW)];
      if (entropy[0] === undefined || entropy[1] === undefined) return undefined;
      // only the entropy of choices is bounded by 0; that of a density has no such bound
      if (entropy[0] <= 0 || entropy[1] < 0 || entropy[1] > 0.05 * entropy[0]) return undefined;
      const cause = `the entropy fell from ${short(entropy[0])} to ${short(entropy[1])} nats in ${count} updates, and returns did not rise: nothing new is tried`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'inactive-units',
    title: 'Dead or saturated units',
    columns: (row) => inactiveKeysOf(row, 'units').map(({ key }) => key),
    remedy: 'make smaller steps, normalise observations, or use an activation that always has a slope',
    options: {
      ours: 'maxKl, learningRate, normalizeObservations, activation',
      stableBaselines3: 'learning_rate, VecNormalize, activation_fn',
    },
    check: (history) => {
      const { share, layer } = mostInactive(history, 'units');
      if (share <= 0.1) return undefined;
      const cause = `${percent(share)} of the units of hidden layer ${layer} pass no gradient on any row: ReLUs never active, or tanhs always saturated`;
      return { severity: share > 0.5 ? 'error' : 'warning', cause };
    },
  },
  {
    name: 'dead-filters',
    title: 'Dead filters',
    columns: (row) => inactiveKeysOf(row, 'filters').map(({ key }) => key),
    remedy:
      'filters that are dead seldom come back: begin again, or from a policy saved before, with smaller steps or an activation that always has a slope',
    options: { ours: 'maxKl, learningRate, activation', stableBaselines3: '' },
    check: (history) => {
      const { share, layer } = mostInactive(history, 'filters');
      if (share <= 0.1) return undefined;
      const cause = `${percent(share)} of the filters of convolution ${layer} pass no gradient at any position of any image: ReLUs never active, or tanhs always saturated`;
      return { severity: share > 0.5 ? 'error' : 'warning', cause };
    },
  },
];

/** The hidden layer with the largest share of inactive units or filters; share 0 where no layer is known. */
function mostInactive(
  history: RunHistory,
  of: 'units' | 'filters',
): { readonly share: number; readonly layer: number } {
  return inactiveKeysOf(history.last, of)
    .map(({ key, layer }) => ({ share: history.median(key, FEW) ?? 0, layer }))
    .reduce((most, next) => (next.share > most.share ? next : most), { share: 0, layer: 0 });
}
