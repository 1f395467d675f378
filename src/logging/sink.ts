/** What one iteration has to tell; null is a value that does not exist, such as a mean over no episodes. */
export type ProgressRow = Readonly<Record<string, number | string | boolean | null>>;

/** The keys of a row of training, as Stable-Baselines3 names them where it has them. Written here, read everywhere. */
export const progressKey = {
  iterations: 'time/iterations',
  totalTimesteps: 'time/total_timesteps',
  /** Seconds. */
  timeElapsed: 'time/time_elapsed',
  stepsPerSecond: 'time/fps',
  collectMs: 'time/collect_ms',
  updateMs: 'time/update_ms',
  meanReturn: 'rollout/ep_rew_mean',
  /** Standard deviation over the episodes of that mean. */
  returnStd: 'rollout/ep_rew_std',
  meanEpisodeLength: 'rollout/ep_len_mean',
  /** Episodes that ended within the iteration, and their mean return. */
  episodes: 'rollout/episodes',
  episodesMeanReturn: 'rollout/episodes_rew_mean',
  policyObjective: 'train/policy_objective',
  klOldNew: 'train/kl_divergence_loss',
  largestKl: 'train/kl_largest',
  entropy: 'train/entropy',
  std: 'train/std',
  /** Largest |pi_theta_old / pi_old - 1|: 0 unless a batch is stale. */
  ratioError: 'train/ratio_error',
  lineSearchAccepted: 'train/is_line_search_success',
  lineSearchBacktracks: 'train/line_search_backtracks',
  /** Why the line search rejected the step. */
  lineSearchReason: 'train/line_search_reason',
  stepScale: 'train/step_scale',
  improvement: 'train/surrogate_improvement',
  predictedImprovement: 'train/surrogate_improvement_predicted',
  cgIterations: 'train/cg_iterations',
  cgResidual: 'train/cg_residual',
  cgStopReason: 'train/cg_stop_reason',
  cgSmallestCurvature: 'train/cg_smallest_curvature',
  advantageMean: 'train/advantage_mean',
  advantageStd: 'train/advantage_std',
  explainedVariance: 'train/explained_variance',
  valueLoss: 'train/value_loss',
  valueLossBefore: 'train/value_loss_before',
  valueFitSteps: 'train/value_fit_steps',
  /** Why the value fit ended early. */
  valueFitReason: 'train/value_fit_reason',
} as const;

/** Keys whose values are times, and so differ between two runs of one seed. */
export const TIME_KEYS: readonly string[] = [
  progressKey.timeElapsed,
  progressKey.stepsPerSecond,
  progressKey.collectMs,
  progressKey.updateMs,
];

/** Where progress goes. The caller waits for one call to end before it makes the next. */
export interface LogSink {
  write(row: ProgressRow): void | Promise<void>;
  close?(): void | Promise<void>;
}
