import type { GuardedLearner, GuardState } from '../checkpoint/guardState.js';
import type { LearnerState } from '../checkpoint/learnerState.js';
import type { GuardColumns } from '../logging/sink.js';
import type { EndedEpisode } from '../rollout/rolloutLayout.js';
import { type GuardOptions, guardColumns, MonotonicGuard } from './guard.js';

/** The best policy that a guarded run has found. */
export interface BestPolicy {
  /** Number of the iteration whose batch it made. */
  readonly iteration: number;
  /** Environment steps that it had learned from. */
  readonly timesteps: number;
  /** Mean return of the episodes that speak for it, drawn actions, and its one-sided 95 % confidence bound. */
  readonly meanReturn: number;
  readonly lowerBound: number;
  readonly episodes: number;
}

/** What a guard watches over. */
interface GuardableLearner {
  capture(): LearnerState;
  restore(state: LearnerState): void;
}

/** The guard at work on a run's learner: copies it before each iteration, and puts the best one back when the return fell. */
export class LearnerGuard {
  private readonly guard: MonotonicGuard<LearnerState>;
  private maker?: GuardedLearner<LearnerState>;

  constructor(
    options: GuardOptions,
    private readonly learner: GuardableLearner,
  ) {
    this.guard = new MonotonicGuard(options);
  }

  /** What steps of the policy are multiplied by; below 1 after a rollback. */
  get stepFactor(): number {
    return this.guard.stepFactor;
  }

  /** Copies who makes the next batch. iteration: its number; timesteps: that it has learned from. */
  beforeIteration(iteration: number, timesteps: number): void {
    this.maker = { iteration, timesteps, learner: this.learner.capture() };
  }

  /**
   * Shows the guard the episodes that ended in that batch of `steps` steps; goes back to the best learner where the return has
   * fallen. Returns the guard's columns of the row of progress.
   */
  afterIteration(ended: readonly EndedEpisode[], steps: number): GuardColumns {
    const report = this.guard.observe(ended, steps, this.maker!);
    if (report.verdict === 'rolled back') this.rollBack(this.guard.best!.learner);
    return guardColumns(this.guard, report);
  }

  /** The best policy so far; undefined before enough episodes have ended. */
  get best(): BestPolicy | undefined {
    const record = this.guard.best;
    if (record === undefined) return undefined;
    const { iteration, timesteps, lowerBound, returns } = record;
    return { iteration, timesteps, lowerBound, meanReturn: returns.mean, episodes: returns.episodes };
  }

  get bestLearner(): LearnerState | undefined {
    return this.guard.best?.learner;
  }

  get state(): GuardState<LearnerState> {
    return this.guard.state;
  }

  set state(state: GuardState<LearnerState>) {
    this.guard.state = state;
  }

  /** Environments go on, and so do the streams that order the rows: what was drawn before the fall is not drawn again. */
  private rollBack(best: LearnerState): void {
    const { valueEpochs, algorithm } = this.learner.capture();
    this.learner.restore({
      ...best,
      valueEpochs,
      algorithm: best.algorithm && { ...best.algorithm, streams: algorithm!.streams },
    });
  }
}
