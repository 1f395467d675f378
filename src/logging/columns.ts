import type { guardKey, progressKey } from './sink.js';

/** What each column of progress means, for the documentation; "batch" is the rows of one iteration. */
export const columnMeanings: Readonly<Record<keyof typeof progressKey, string>> = {
  iterations: 'Iterations so far',
  totalTimesteps: 'Environment steps so far, over all environments',
  timeElapsed: 'Seconds since the run began, over all its sessions',
  stepsPerSecond: 'Environment steps per second since the run began',
  collectMs: 'Milliseconds that the batch took to collect',
  updateMs: 'Milliseconds that advantages, update and value fit took',
  meanReturn: "Mean return of the last 100 episodes, in the environment's own rewards",
  returnStd: 'Their standard deviation',
  meanEpisodeLength: 'Mean length of the last 100 episodes',
  episodes: 'Episodes that ended within the batch',
  episodesMeanReturn: 'Mean return of the episodes that ended within the batch',
  truncatedEpisodes: 'Share of the ended episodes that were truncated (by a time limit), not terminated',
  clippedActions: 'Share of actions clipped to the bounds of a Box',
  observationsOutOfBounds:
    'Share of the numbers of observations outside the bounds of their Box, as float32; null where no bound is finite',
  firstOutOfBounds: 'The first of them, with its bounds; null without any',
  rewardStd: "Standard deviation of the batch's rewards, unscaled",
  rewardLargest: 'Largest magnitude of a reward, unscaled',
  normalizerShift:
    'How far the observation normaliser moved after the batch: largest change of a mean, in deviations, or of the logarithm of a deviation',
  policyObjective: 'Surrogate of the new policy: mean of ratio x advantage',
  maxKl: 'Trust region of this update: delta',
  klOldNew: 'Mean KL(old || new) of the accepted step; 0 when refused',
  largestKl: 'Largest KL(old || new) of a state of the batch',
  klModelRatio: 'Mean KL over what the quadratic model says of the step; 1 where the model holds',
  entropy: 'Mean entropy of the policy that made the batch, nats',
  entropyChange: "Mean entropy of the new policy minus that of the old, on the batch's states",
  std: 'Mean standard deviation of a Gaussian policy',
  ratioError: 'Largest |pi_theta_old / pi_old - 1| at theta_old: 0 unless the batch is stale',
  lineSearchAccepted: 'Whether the step was accepted',
  lineSearchBacktracks: 'Trials that the line search refused before it ended',
  lineSearchReason: 'Why the step was refused, or "accepted"',
  stepScale: 'Step along the search direction',
  stepNorm: 'Euclidean length of the step of the parameters',
  gradientNorm: "Euclidean length of the surrogate's gradient",
  improvement: 'Rise of the surrogate on the batch',
  predictedImprovement: 'Rise that the gradient alone predicts',
  damping: 'Damping of conjugate gradient; above the option where curvature was not positive',
  dampingRetries: 'How often it was raised for that in this update',
  cgIterations: 'Fisher-vector products',
  cgResidual: '|g - (F + damping I) x| / |g| of the solution',
  cgStopReason: 'Why conjugate gradient stopped',
  cgSmallestCurvature: 'Smallest curvature p^T (F + damping I) p / p^T p met on the way',
  advantageMean: 'Mean of the advantages, before they are normalised',
  advantageStd: 'Standard deviation of the advantages, before they are normalised',
  advantageLargest: 'Largest magnitude of an advantage, before they are normalised',
  explainedVariance: '1 - Var(returns - V) / Var(returns), before the value fit',
  valueLoss: 'Mean squared error of V on the batch after its fit',
  valueLossBefore: 'Mean squared error of V on the batch before its fit',
  valueFitSteps: 'Steps of the value fit',
  valueFitReason: '"fitted", or why the value fit ended early',
  warnings: 'Warnings that began with this row, each with its cause and way out; null without any',
  stoppedBy: 'In a last row of its own: the error that ended the run',
};

/** What the columns mean that the option `guard` adds; a block is some consecutive policies' episodes. */
export const guardColumnMeanings: Readonly<Record<keyof typeof guardKey, string>> = {
  verdict:
    'On the block that ended with this iteration: "best" (highest lower bound so far), "kept", "rolled back" (it fell: the run went back to the best policy) or "given up" (it fell again after three rollbacks, and takes the place of the best); null in between',
  judgedReturn: 'Mean return of that block',
  episodes: 'Episodes of the present block so far',
  bestReturn: 'Mean return of the best block, actions drawn',
  bestLowerBound: 'Its lower confidence bound (one-sided, 95 %)',
  bestIteration: "Iteration whose batch the best block's policy made: the policy of best.safetensors",
  rollbacks: 'Rollbacks so far',
  stepScale:
    'What later steps of the policy are multiplied by (maxKl by its square): halved by each rollback, doubled after ten blocks without a fall',
};

/** What the columns of `infoKey` mean. */
export const infoMeaning =
  'Mean of NAME in the info of the last step of an episode, over those of the last 100 episodes that gave it as a finite number, or as a boolean (true is 1); null where none of them did';

/** What the columns of `inactiveKey` mean. */
export const inactiveMeanings = {
  units:
    'For each dense hidden layer of the policy, the share of units whose slope stayed below 0.05 on every row that the Fisher matrix is made from: ReLUs never active, tanhs always saturated',
  filters: 'For each convolution, the share of filters of which that holds at every position of the map',
} as const;
