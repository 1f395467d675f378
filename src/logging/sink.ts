/** The keys of a row of training, as Stable-Baselines3 names them where it has them; columns.ts explains each. */
export const progressKey = {
  iterations: 'time/iterations',
  totalTimesteps: 'time/total_timesteps',
  timeElapsed: 'time/time_elapsed',
  stepsPerSecond: 'time/fps',
  collectMs: 'time/collect_ms',
  updateMs: 'time/update_ms',
  meanReturn: 'rollout/ep_rew_mean',
  /** Standard deviation over the episodes of that mean. */
  returnStd: 'rollout/ep_rew_std',
  meanEpisodeLength: 'rollout/ep_len_mean',
  episodes: 'rollout/episodes',
  episodesMeanReturn: 'rollout/episodes_rew_mean',
  truncatedEpisodes: 'rollout/truncated_episodes',
  clippedActions: 'rollout/clipped_actions',
  observationsOutOfBounds: 'rollout/observations_out_of_bounds',
  firstOutOfBounds: 'rollout/first_out_of_bounds',
  rewardStd: 'rollout/reward_std',
  rewardLargest: 'rollout/reward_largest',
  normalizerShift: 'rollout/normalizer_shift',
  policyObjective: 'train/policy_objective',
  maxKl: 'train/max_kl',
  klOldNew: 'train/kl_divergence_loss',
  largestKl: 'train/kl_largest',
  klModelRatio: 'train/kl_model_ratio',
  entropy: 'train/entropy',
  entropyChange: 'train/entropy_change',
  std: 'train/std',
  ratioError: 'train/ratio_error',
  lineSearchAccepted: 'train/is_line_search_success',
  lineSearchBacktracks: 'train/line_search_backtracks',
  lineSearchReason: 'train/line_search_reason',
  stepScale: 'train/step_scale',
  improvement: 'train/surrogate_improvement',
  predictedImprovement: 'train/surrogate_improvement_predicted',
  gradientNorm: 'train/gradient_norm',
  stepNorm: 'train/step_norm',
  damping: 'train/damping',
  dampingRetries: 'train/damping_retries',
  cgIterations: 'train/cg_iterations',
  cgResidual: 'train/cg_residual',
  cgStopReason: 'train/cg_stop_reason',
  cgSmallestCurvature: 'train/cg_smallest_curvature',
  advantageMean: 'train/advantage_mean',
  advantageStd: 'train/advantage_std',
  advantageLargest: 'train/advantage_largest',
  explainedVariance: 'train/explained_variance',
  valueLoss: 'train/value_loss',
  valueLossBefore: 'train/value_loss_before',
  valueFitSteps: 'train/value_fit_steps',
  valueFitReason: 'train/value_fit_reason',
  warnings: 'health/warnings',
  stoppedBy: 'health/stopped_by',
} as const;

/** The keys that a row has beside them with the option `guard`. */
export const guardKey = {
  verdict: 'guard/verdict',
  judgedReturn: 'guard/judged_return',
  episodes: 'guard/episodes',
  bestReturn: 'guard/best_return',
  bestLowerBound: 'guard/best_lower_bound',
  bestIteration: 'guard/best_iteration',
  rollbacks: 'guard/rollbacks',
  stepScale: 'guard/step_scale',
} as const;

/** null is a value that does not exist, such as a mean over no episodes. */
type Figure = number | string | boolean | null;

/** Figures of one iteration by the names of their columns; any columns, because it may come from another program's log. */
export type ProgressRow = Readonly<Record<string, Figure>>;

type ValuesOf<Table> = Table[keyof Table];

/** The columns of a run with a guard. */
export type GuardColumns = Readonly<Record<ValuesOf<typeof guardKey>, Figure>>;

/** The columns that every iteration has. */
export type TrainingColumn = ValuesOf<Omit<typeof progressKey, 'warnings' | 'stoppedBy'>>;

/** The row of an iteration of ours; columns.ts explains each. */
export type TrainingRow = ProgressRow &
  Readonly<Record<TrainingColumn, Figure>> &
  Partial<GuardColumns> & { readonly [progressKey.warnings]?: Figure } & Readonly<
    Record<InfoColumn, number | null>
  >;

/** What the names of our columns begin with, those of searches included. */
export const OUR_GROUPS = ['time/', 'rollout/', 'train/', 'health/', 'guard/', 'search/', 'info/'] as const;

const INFO = 'info/';

/** Columns of what environments told at the end of episodes. */
export type InfoColumn = `${typeof INFO}${string}`;

/** Key of the mean of a figure in info. */
export function infoKey(name: string): InfoColumn {
  return `${INFO}${name}`;
}

/** Whether a column is a figure of the environment's info, or one that the user added. */
export function isOfUser(key: string): boolean {
  return key.startsWith(INFO) || !OUR_GROUPS.some((group) => key.startsWith(group));
}

const INACTIVE = { units: 'train/inactive_units_', filters: 'train/inactive_filters_' } as const;

/** Key of the share of inactive units, or filters of a convolution, in a hidden layer of the policy; the first is layer 1. */
export function inactiveKey(of: keyof typeof INACTIVE, layer: number): string {
  return `${INACTIVE[of]}${layer}`;
}

/** The keys of a row that `inactiveKey` made, and their layers. */
export function inactiveKeysOf(
  row: ProgressRow,
  of: keyof typeof INACTIVE,
): { readonly key: string; readonly layer: number }[] {
  return Object.keys(row)
    .filter((key) => key.startsWith(INACTIVE[of]))
    .map((key) => ({ key, layer: Number(key.slice(INACTIVE[of].length)) }));
}

/** Keys whose values are times, and so differ between two runs of one seed. */
export const TIME_KEYS: readonly string[] = [
  progressKey.timeElapsed,
  progressKey.stepsPerSecond,
  progressKey.collectMs,
  progressKey.updateMs,
];

/** What a sink may tell of a run before its first row. */
export interface LoggedRun {
  readonly environmentName: string;
  readonly algorithm: string;
  readonly seed: number;
  /** Environment steps at which the run ends. */
  readonly totalTimesteps: number;
  /** Absent where nothing is written. */
  readonly runDirectory?: string;
}

/** Where progress goes. The caller waits for one call to end before it makes the next. */
export interface LogSink {
  /** Told once of the run, before its first row. */
  begin?(run: LoggedRun): void | Promise<void>;
  write(row: ProgressRow): void | Promise<void>;
  close?(): void | Promise<void>;
}
