import { guardKey, progressKey } from '../logging/sink.js';
import { numberAt } from './history.js';
import { FEW, MANY, only, percent, type Rule, SOME, short } from './rule.js';

/** What rows say of the environment's numbers, and of what comes of the run. */
export const outcomeRules: readonly Rule[] = [
  {
    name: 'observations-out-of-bounds',
    title: 'Observations outside their bounds',
    columns: only(progressKey.observationsOutOfBounds, progressKey.firstOutOfBounds),
    remedy:
      "widen low and high of the observation space's Box to all that reset() and step() give, or mend what gives more; trpo check finds the step",
    options: { ours: 'the environment', stableBaselines3: '' },
    check: ({ last }) => {
      const share = numberAt(last, progressKey.observationsOutOfBounds) ?? 0;
      if (share === 0) return undefined;
      const first = last[progressKey.firstOutOfBounds];
      const cause = `${short(100 * share)} % of the numbers in observations lie outside the bounds of the observation space; the first of the batch: ${first}`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'reward-scale',
    title: 'Rewards out of range',
    columns: only(progressKey.rewardLargest, progressKey.rewardStd, progressKey.valueLossBefore),
    remedy: 'divide the rewards in the environment so that they are of order 1',
    options: {
      ours: 'scaleRewards=true, and the environment',
      stableBaselines3: 'VecNormalize(norm_reward=True)',
    },
    check: (history) => {
      const largest = history.median(progressKey.rewardLargest, FEW);
      if (largest === undefined || largest === 0 || (largest < 1e4 && largest > 1e-4)) return undefined;
      const cause = `rewards go up to ${short(largest)}: float32 keeps seven digits, and the value function has to learn that scale`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'constant-reward',
    title: 'The reward is constant',
    columns: only(progressKey.rewardStd, progressKey.truncatedEpisodes, progressKey.advantageStd),
    remedy:
      'give a reward that depends on what the policy does, or starts from which the goal can be reached',
    options: { ours: 'the environment; initialLogStd and steps to find the goal', stableBaselines3: '' },
    check: (history) => {
      const deviations = history.numbers(progressKey.rewardStd, MANY);
      if (deviations.length === 0 || deviations.some((deviation) => deviation > 0)) return undefined;
      // an episode that ends by itself makes even a constant reward a signal
      const truncated = history.numbers(progressKey.truncatedEpisodes, MANY);
      if (truncated.some((share) => share < 1)) return undefined;
      const { best, earlyReturn } = history;
      if (best !== undefined && earlyReturn !== undefined && best.meanReturn !== earlyReturn)
        return undefined;
      const cause = `in the last ${MANY} batches every reward was the same and no episode ended by itself: no action is better than another`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'normaliser-unsettled',
    title: 'The observation normaliser has not settled',
    columns: only(progressKey.normalizerShift),
    remedy:
      'look for an observation that grows without end, such as a clock or a position, and take it out; or collect larger batches',
    options: { ours: 'steps, normalizeObservations', stableBaselines3: 'VecNormalize' },
    check: (history) => {
      const shift = history.median(progressKey.normalizerShift, SOME);
      if (history.count < 3 * MANY || shift === undefined || shift < 0.1) return undefined;
      const cause = `after ${history.count} updates it still moves by ${short(shift)} deviations in each: the networks' inputs change under them`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'actions-clipped',
    title: 'Almost all actions are clipped',
    columns: only(progressKey.clippedActions, progressKey.std),
    remedy: 'let actions be rescaled to their bounds; where they are, begin with less noise',
    options: { ours: 'rescaleActions=true, initialLogStd', stableBaselines3: 'RescaleAction, log_std_init' },
    check: (history) => {
      const share = history.median(progressKey.clippedActions, MANY);
      if (share === undefined || share < 0.95) return undefined;
      return {
        severity: 'note',
        cause: `${percent(share)} of the actions lie outside the bounds of the action space`,
      };
    },
  },
  {
    name: 'return-fell',
    title: 'The return fell',
    columns: only(
      progressKey.meanReturn,
      progressKey.klOldNew,
      progressKey.entropy,
      progressKey.explainedVariance,
    ),
    remedy: 'make smaller steps and collect larger batches; keep the best policy',
    options: { ours: 'maxKl, maxKlDecay, steps', stableBaselines3: 'target_kl, n_steps, EvalCallback' },
    check: (history) => {
      const { best, earlyReturn } = history;
      const now = history.median(progressKey.meanReturn, MANY);
      if (best === undefined || earlyReturn === undefined || now === undefined) return undefined;
      const gained = best.meanReturn - earlyReturn;
      // the first means are over few episodes, and high or low by chance
      if (!history.hasLearned || best.row < MANY || history.count - best.row < MANY) return undefined;
      if (best.meanReturn - now < 0.5 * gained) return undefined;
      const cause = `the mean return is ${short(now)}, after ${short(best.meanReturn)} at update ${best.row}: more than half of what was learned is lost`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'rolled-back',
    title: 'The guard rolled back',
    columns: only(
      guardKey.judgedReturn,
      guardKey.bestReturn,
      guardKey.bestLowerBound,
      guardKey.rollbacks,
      guardKey.stepScale,
    ),
    remedy:
      'nothing at once, the best policy is kept in best.safetensors; where it happens again, make smaller steps or collect larger batches',
    options: { ours: 'maxKl, learningRate, steps, guardTolerance', stableBaselines3: '' },
    isEvent: true,
    check: ({ last }) => {
      const verdict = last[guardKey.verdict];
      if (verdict !== 'rolled back' && verdict !== 'given up') return undefined;
      const figure = (key: string) => short(numberAt(last, key) ?? Number.NaN);
      const did =
        verdict === 'rolled back'
          ? `from ${figure(guardKey.bestReturn)}: policy, value function and normalisers are again those of iteration ${figure(guardKey.bestIteration)}`
          : 'again after as many rollbacks to the best policy as it gets: its record no longer holds, and the present policy takes its place';
      const cause = `the mean return fell to ${figure(guardKey.judgedReturn)} ${did}; steps are now ${figure(guardKey.stepScale)} times as long as asked for`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'guard-blind',
    title: 'The guard has judged no policy yet',
    columns: only(guardKey.episodes, progressKey.episodes),
    remedy: 'let episodes end, by a time limit in the environment; or let fewer of them make a verdict',
    options: { ours: 'guardEpisodes, environments, steps; TimeLimit', stableBaselines3: '' },
    check: ({ last, count }) => {
      if (last[guardKey.bestReturn] !== null || count < 3 * MANY) return undefined;
      const cause = `in ${count} updates ${numberAt(last, guardKey.episodes) ?? 0} episodes ended: there is no best policy to go back to`;
      return { severity: 'warning', cause };
    },
  },
  {
    name: 'learning-stalled',
    title: 'Learning has stalled',
    columns: only(
      progressKey.meanReturn,
      progressKey.klOldNew,
      progressKey.explainedVariance,
      progressKey.gradientNorm,
    ),
    remedy: 'check that rewards reach the policy, then change the horizon, the exploration or the batch',
    options: {
      ours: 'gamma, lambda, initialLogStd, steps, maxKl',
      stableBaselines3: 'gamma, gae_lambda, ent_coef, n_steps',
    },
    check: (history) => {
      const { best, earlyReturn, count } = history;
      const now = history.median(progressKey.meanReturn, MANY);
      if (count < 10 * MANY || best === undefined || earlyReturn === undefined || now === undefined)
        return undefined;
      const tolerance = 0.02 * Math.abs(earlyReturn);
      if (now > earlyReturn + tolerance || best.meanReturn > earlyReturn + 2 * tolerance) return undefined;
      const cause = `after ${count} updates the mean return is ${short(now)}, as in the beginning (${short(earlyReturn)})`;
      return { severity: 'warning', cause };
    },
  },
];
