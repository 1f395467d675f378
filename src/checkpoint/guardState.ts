/** Returns of whole episodes, in the environment's own rewards. */
export interface ReturnSample {
  readonly episodes: number;
  readonly mean: number;
  /** Unbiased: over episodes - 1. */
  readonly variance: number;
}

/** A learner and when it was at work. */
export interface GuardedLearner<Learner> {
  /** Number of the iteration whose batch its policy made; the first is 1. */
  readonly iteration: number;
  /** Environment steps that it had learned from. */
  readonly timesteps: number;
  readonly learner: Learner;
}

/** The best learner so far and what speaks for it. */
export interface GuardRecord<Learner> extends GuardedLearner<Learner> {
  readonly returns: ReturnSample;
  /** Lower confidence bound of the mean return. */
  readonly lowerBound: number;
  /** How often the run went back to it. */
  readonly rollbacks: number;
}

/** All that the guard's later verdicts depend on. */
export interface GuardState<Learner> {
  /** Blocks judged. */
  readonly looks: number;
  /** Mean return of the first block. */
  readonly firstMean: number;
  readonly rollbacks: number;
  readonly stepHalvings: number;
  /** Blocks without a fall since the steps were last made shorter or longer. */
  readonly calmBlocks: number;
  /** Steps of each environment since the start, or since the last rollback. */
  readonly watchedSteps: number;
  /** Of the present block: returns that belong to it, and those of the newest policy, whose last episodes are under way. */
  readonly returns: readonly number[];
  readonly openReturns: readonly number[];
  /** Whose policy was at work when half the block's episodes had ended. */
  readonly candidate?: GuardedLearner<Learner>;
  readonly record?: GuardRecord<Learner>;
}
