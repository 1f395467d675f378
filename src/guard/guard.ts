import type { GuardedLearner, GuardRecord, GuardState, ReturnSample } from '../checkpoint/guardState.js';
import { type GuardColumns, guardKey } from '../logging/sink.js';
import { studentQuantile, studentTail } from '../numbers/studentT.js';
import type { EndedEpisode } from '../rollout/rolloutLayout.js';

/** Chance that a policy's mean return is below its lower bound. */
const BOUND_RISK = 0.05;
/** Chance that a run whose return never falls by more than the tolerance is rolled back at all, whatever its length. */
const FALSE_ALARM_RISK = 0.05;
/** Rollbacks to one policy, each with steps half as long, after which its record cannot be true any more. */
const MOST_ROLLBACKS = 3;
/** A step a thousand times as short hardly moves a policy; a shorter one would be lost in float32. */
const MOST_HALVINGS = 10;
/** Blocks without a fall after which steps become twice as long again, until they are as the options say. */
const CALM_BLOCKS = 10;

export interface GuardOptions {
  /** Episodes of a block. */
  readonly episodes: number;
  /** Part of what was gained since the first block that a policy may lose. */
  readonly tolerance: number;
  /** Environments that are stepped together. */
  readonly environments: number;
}

/** What the guard found after an iteration. */
export interface GuardReport {
  /**
   * 'best': the block has the highest lower bound so far. 'kept': it has not, but has not fallen either. 'rolled back': it
   * fell. 'given up': it fell again after all rollbacks to the best policy, whose record is replaced by this block's.
   * null: the block is not full.
   */
  readonly verdict: 'best' | 'kept' | 'rolled back' | 'given up' | null;
  /** Of the judged block. */
  readonly judged?: ReturnSample;
}

/**
 * Keeps the policy with the highest lower confidence bound of its mean return, and says when the return has fallen.
 *
 * Returns are those of training, of actions that were drawn. An episode belongs to the policy that made most of its steps.
 * Policies that follow each other are pooled into blocks, because one alone may make no whole episode: a block ends with
 * the policy that brings it to enough episodes. Its mean speaks for the policy in its middle, whatever the trend.
 *
 * A block has fallen when Welch's one-sided test (Biometrika 34, 1947) rejects that its mean is at least that of the
 * best block less the tolerance. The k-th block could have been compared with any of k - 1 earlier ones, since the best was
 * chosen by its returns: each pair has level FALSE_ALARM_RISK / (k (k - 1)^2), which sums to FALSE_ALARM_RISK over all pairs.
 *
 * `Learner` is all that must fit together: policy, value function, normalisers, moments of Adam.
 */
export class MonotonicGuard<Learner> {
  private looks = 0;
  private firstMean = 0;
  private rollbacks = 0;
  private stepHalvings = 0;
  private calmBlocks = 0;
  private watchedSteps = 0;
  private returns: number[] = [];
  private openReturns: number[] = [];
  private candidate?: GuardedLearner<Learner>;
  private record?: GuardRecord<Learner>;
  private readonly blockEpisodes: number;
  private readonly tolerance: number;

  constructor({ episodes, tolerance, environments }: GuardOptions) {
    // the episodes that end first are the short ones: two of each environment, so that they do not speak for all
    this.blockEpisodes = Math.max(episodes, 2 * environments);
    this.tolerance = tolerance;
  }

  /** The best policy so far; undefined before the first block is full. */
  get best(): GuardRecord<Learner> | undefined {
    return this.record;
  }

  /** What steps of the policy are to be multiplied by: 1/2 to the power of the rollbacks that still count. */
  get stepFactor(): number {
    return 2 ** -this.stepHalvings;
  }

  get rollbackCount(): number {
    return this.rollbacks;
  }

  /** Episodes of the present block so far, and how many it takes. */
  get progress(): { readonly episodes: number; readonly needed: number } {
    return { episodes: this.returns.length + this.openReturns.length, needed: this.blockEpisodes };
  }

  /**
   * Takes in the episodes that ended in a batch of `steps` steps of each environment, which `maker` made. With the
   * verdict 'rolled back' the next batch must be made by `best`.
   */
  observe(ended: readonly EndedEpisode[], steps: number, maker: GuardedLearner<Learner>): GuardReport {
    this.assign(ended, steps);
    let report: GuardReport = { verdict: null };
    if (this.returns.length >= this.blockEpisodes) {
      // half of them ended an iteration earlier at least, unless a resumed run made the blocks smaller
      report = this.judge(sampleOf(this.returns), this.candidate ?? maker);
      this.returns = [];
      this.candidate = undefined;
    }
    if (report.verdict === 'rolled back') {
      this.openReturns = [];
      this.watchedSteps = 0;
    } else if (2 * this.progress.episodes >= this.blockEpisodes) {
      this.candidate ??= maker;
    }
    return report;
  }

  get state(): GuardState<Learner> {
    const { looks, firstMean, rollbacks, stepHalvings, calmBlocks, watchedSteps, candidate, record } = this;
    const blocks = { returns: [...this.returns], openReturns: [...this.openReturns] };
    return {
      ...{ looks, firstMean, rollbacks, stepHalvings, calmBlocks, watchedSteps, candidate, record },
      ...blocks,
    };
  }

  set state(state: GuardState<Learner>) {
    this.looks = state.looks;
    this.firstMean = state.firstMean;
    this.rollbacks = state.rollbacks;
    this.stepHalvings = state.stepHalvings;
    this.calmBlocks = state.calmBlocks;
    this.watchedSteps = state.watchedSteps;
    this.returns = [...state.returns];
    this.openReturns = [...state.openReturns];
    this.candidate = state.candidate;
    this.record = state.record;
  }

  /** Gives each episode to this batch's policy or to the one before; to none where it began before the last rollback. */
  private assign(ended: readonly EndedEpisode[], steps: number): void {
    const ofThisPolicy: number[] = [];
    this.returns.push(...this.openReturns);
    for (const { step, length, episodeReturn } of ended) {
      if (length > this.watchedSteps + step + 1) continue;
      const stepsNow = Math.min(length, step + 1);
      // a policy before the last one made at most as many steps as that one
      const stepsBefore = Math.min(length - stepsNow, steps);
      (stepsNow >= stepsBefore ? ofThisPolicy : this.returns).push(episodeReturn);
    }
    this.openReturns = ofThisPolicy;
    this.watchedSteps += steps;
  }

  private judge(judged: ReturnSample, candidate: GuardedLearner<Learner>): GuardReport {
    this.looks++;
    const { record } = this;
    const asRecord = { ...candidate, returns: judged, lowerBound: lowerBoundOf(judged), rollbacks: 0 };
    if (record === undefined) {
      this.firstMean = judged.mean;
      this.record = asRecord;
      return { verdict: 'best', judged };
    }
    if (this.hasFallen(judged, record.returns)) {
      this.stepHalvings = Math.min(this.stepHalvings + 1, MOST_HALVINGS);
      this.calmBlocks = 0;
      if (record.rollbacks >= MOST_ROLLBACKS) {
        this.record = asRecord;
        return { verdict: 'given up', judged };
      }
      this.rollbacks++;
      this.record = { ...record, rollbacks: record.rollbacks + 1 };
      return { verdict: 'rolled back', judged };
    }
    if (this.stepHalvings > 0 && ++this.calmBlocks === CALM_BLOCKS) {
      this.stepHalvings--;
      this.calmBlocks = 0;
    }
    // of equals the later one: it has learned from more
    if (asRecord.lowerBound < record.lowerBound) return { verdict: 'kept', judged };
    this.record = asRecord;
    return { verdict: 'best', judged };
  }

  private hasFallen(now: ReturnSample, best: ReturnSample): boolean {
    const tolerated = this.tolerance * Math.max(0, best.mean - this.firstMean);
    const before = this.looks - 1;
    const level = FALSE_ALARM_RISK / (this.looks * before * before);
    return welchTail(best, now, tolerated) < level;
  }
}

/** The guard's columns in a row of progress. */
export function guardColumns(guard: MonotonicGuard<unknown>, { verdict, judged }: GuardReport): GuardColumns {
  const { best } = guard;
  return {
    [guardKey.verdict]: verdict,
    [guardKey.judgedReturn]: judged?.mean ?? null,
    [guardKey.episodes]: guard.progress.episodes,
    [guardKey.bestReturn]: best?.returns.mean ?? null,
    [guardKey.bestLowerBound]: best?.lowerBound ?? null,
    [guardKey.bestIteration]: best?.iteration ?? null,
    [guardKey.rollbacks]: guard.rollbackCount,
    [guardKey.stepScale]: guard.stepFactor,
  };
}

/** Mean and variance of returns [at least 2]. */
export function sampleOf(returns: readonly number[]): ReturnSample {
  const episodes = returns.length;
  const mean = returns.reduce((sum, value) => sum + value, 0) / episodes;
  // products, since engines may round powers differently
  const squares = returns.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { episodes, mean, variance: squares / (episodes - 1) };
}

/** One-sided confidence bound of the mean: mean - t s / sqrt(n). */
export function lowerBoundOf({ episodes, mean, variance }: ReturnSample): number {
  return mean - studentQuantile(BOUND_RISK, episodes - 1) * Math.sqrt(variance / episodes);
}

/** Chance of a difference higher - lower at least as large as seen if the true one is `difference` (Welch 1947). */
export function welchTail(higher: ReturnSample, lower: ReturnSample, difference: number): number {
  const excess = higher.mean - lower.mean - difference;
  const [ofHigher, ofLower] = [higher, lower].map(({ variance, episodes }) => variance / episodes);
  const ofBoth = ofHigher + ofLower;
  if (ofBoth === 0) return excess > 0 ? 0 : 1;
  const degreesOfFreedom =
    (ofBoth * ofBoth) /
    ((ofHigher * ofHigher) / (higher.episodes - 1) + (ofLower * ofLower) / (lower.episodes - 1));
  return studentTail(excess / Math.sqrt(ofBoth), degreesOfFreedom);
}
