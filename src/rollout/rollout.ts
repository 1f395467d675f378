import { StandstillError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import { Stopped } from '../ranks/agreement.js';
import type { ValueFunction } from '../value/valueFunction.js';
import type { Batch } from './batch.js';
import { type BoundsReport, joinReports } from './boundsWatch.js';
import type { Collector } from './collector.js';
import { type EpisodesState, meanOrNull, RecentEpisodes } from './episodes.js';
import {
  type CollectorReport,
  type EndedEpisode,
  type EnvironmentProgress,
  Interruption,
} from './rolloutLayout.js';
import type { SharedBatch } from './sharedBatch.js';
import type { PoolWorker, WorkerPool, WorkerReply } from './workerPool.js';

export interface RolloutProgress {
  /** Steps that every environment has made. */
  ticks: number;
  recent: EpisodesState;
  environments: EnvironmentProgress[];
}

export interface RolloutReport {
  /** Steps of environments that the batch took, those of a vine's branches included. */
  readonly steps: number;
  /** Episodes that ended within the batch. */
  readonly episodes: number;
  /** Their mean return, in the environment's own rewards; null without any. */
  readonly meanReturn: number | null;
  /** The episodes themselves, in order of time. */
  readonly ended: readonly EndedEpisode[];
  /** What each environment's observations were like, for the normaliser. */
  readonly observed: readonly RunningMoments[];
  /** Of the observations that were acted on; absent where the observation space has no finite bound. */
  readonly bounds?: BoundsReport;
}

interface RolloutParts {
  readonly environmentName: string;
  readonly batch: Batch;
  readonly normalizer: ObservationNormalizer;
  readonly value: ValueFunction;
  /** The environments of the calling thread: the first ones of this process. */
  readonly collector: Collector;
  /** Number of its first one. */
  readonly firstEnvironment: number;
  /** Absent with one thread. */
  readonly pool?: WorkerPool;
  /** int32 [1] that every collector watches. */
  readonly interrupt: Int32Array;
  /** Where other processes have environments of the batch too. */
  readonly shared?: SharedBatch;
}

/** Fills batches: the calling thread's environments and those of the workers, all at the same time. */
export class Rollout {
  readonly recent: RecentEpisodes;
  private ticks = 0;
  /** Of all environments, as of the last whole batch. */
  private progress: readonly EnvironmentProgress[];
  /** A batch was begun and not ended: environments have gone further than `progress` says. */
  private interrupted = false;

  constructor(private readonly parts: RolloutParts) {
    const { collector, firstEnvironment, batch } = parts;
    this.recent = new RecentEpisodes(parts.environmentName);
    const progress: EnvironmentProgress[] = Array.from({ length: batch.layout.environments }, () => ({
      observation: collector.newObservation(),
      episodeReturn: 0,
      episodeLength: 0,
    }));
    progress.splice(firstEnvironment, collector.size, ...collector.unbegunProgress());
    this.progress = progress;
  }

  /**
   * Fills the batch: observations, actions, log-probabilities, rewards, ends, and the values that advantages need.
   * Throws what an environment's collector throws (naming environment and step), or the signal's reason when aborted; Stopped
   * where another process is to stop.
   */
  async collect(signal?: AbortSignal): Promise<RolloutReport> {
    const { batch, pool, value, shared } = this.parts;
    const collectHere = () => this.collectHere(signal);
    const reports =
      shared === undefined
        ? await collectHere()
        : await shared.share(() => untilStopped(collectHere, signal));
    batch.madeBy(reports.map(({ policyVersion }) => policyVersion));
    pool?.openRound();
    this.interrupted = false;
    this.ticks += batch.layout.steps;
    this.progress = reports.flatMap((report) => report.progress);
    const ended = reports.flatMap((report) => report.ended).sort(inOrderOfTime);
    for (const { episodeReturn, length, info } of ended) this.recent.add(episodeReturn, length, info);
    value.predictBatch(batch.layout.values);
    return {
      steps: reports.reduce((sum, { branchSteps }) => sum + branchSteps, batch.layout.rows),
      episodes: ended.length,
      meanReturn: meanOrNull(ended.map(({ episodeReturn }) => episodeReturn)),
      ended,
      observed: reports.flatMap((report) => report.observed),
      bounds: joinReports(reports.map((report) => report.bounds)),
    };
  }

  /** As `collectOnce`; what a suspension of the process spoilt is made once more. */
  private async collectHere(signal?: AbortSignal): Promise<CollectorReport[]> {
    try {
      return await this.collectOnce(signal);
    } catch (error) {
      if (!(error instanceof StandstillError)) throw error;
      return this.collectOnce(signal);
    }
  }

  /** Fills this process's part of the batch. */
  private async collectOnce(signal?: AbortSignal): Promise<CollectorReport[]> {
    const { collector, pool, normalizer } = this.parts;
    if (this.interrupted) await this.bringBack(signal);
    this.interrupted = true;
    pool?.closeRound();
    // before any worker may begin: one that sees the last batch's flag would give this one up
    this.parts.interrupt[0] = 0;
    const request = { type: 'collect', ticks: this.ticks, frozen: normalizer.frozen } as const;
    const replies = this.owners.map((member) => collected(member.request(request)));
    const interrupt = () => {
      this.parts.interrupt[0] = 1;
      // a collector that waits for an answer does not look at the flag
      this.interruptWorkers();
    };
    signal?.addEventListener('abort', interrupt);
    try {
      return await allSettledOrThrow([collector.collect(this.ticks, signal), ...replies]);
    } catch (error) {
      throw error instanceof Interruption && signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  }

  /** Whether other processes have environments of the batch too. */
  get isShared(): boolean {
    return this.parts.shared !== undefined;
  }

  /** Throws, where other processes have environments too, MismatchError unless all have learnt the same. */
  async confirm(): Promise<void> {
    await this.parts.shared?.confirm();
  }

  /** What a checkpoint must hold to go on exactly after the last whole batch. */
  saveProgress(): RolloutProgress {
    return {
      ticks: this.ticks,
      recent: this.recent.state,
      environments: [...this.progress],
    };
  }

  /**
   * Goes on from saved progress; environments that cannot restore a state start a new episode. When the signal aborts, they
   * are not waited for: the next batch begins with bringing them back.
   */
  async restoreProgress(saved: RolloutProgress, signal?: AbortSignal): Promise<void> {
    this.ticks = saved.ticks;
    this.progress = saved.environments;
    this.recent.restore(saved.recent);
    this.interrupted = true;
    try {
      await this.bringBack(signal);
    } catch (error) {
      if (!(signal?.aborted && error === signal.reason)) throw error;
    }
  }

  /** Puts every environment where `progress` says. Throws the signal's reason as soon as it aborts. */
  private async bringBack(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { collector, firstEnvironment, pool } = this.parts;
    const { ticks } = this;
    pool?.closeRound();
    const own = this.progress.slice(firstEnvironment, firstEnvironment + collector.size);
    let first = firstEnvironment + collector.size;
    const requests: Promise<unknown>[] = this.owners.map((member) => {
      const progress = this.progress.slice(first, first + member.environmentCount);
      first += member.environmentCount;
      return member.request({ type: 'restore', ticks, progress });
    });
    const interrupt = () => this.interruptWorkers();
    signal?.addEventListener('abort', interrupt);
    try {
      await allSettledOrThrow([collector.restoreProgress(ticks, own, signal), ...requests]);
    } catch (error) {
      throw error instanceof Interruption && signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
    this.interrupted = false;
  }

  private interruptWorkers(): void {
    for (const member of this.owners) member.post({ type: 'interrupt' });
  }

  private get owners(): readonly PoolWorker[] {
    return this.parts.pool?.owners ?? [];
  }
}

/** A stop is no failure of this process: it is agreed with the others. */
async function untilStopped<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? new Stopped() : error;
  }
}

async function collected(reply: Promise<WorkerReply>): Promise<CollectorReport> {
  return ((await reply) as Extract<WorkerReply, { type: 'collected' }>).report;
}

/** All results; when some fail, the failure that interrupted the others, once every thread has come to rest. */
async function allSettledOrThrow<Result>(promises: readonly Promise<Result>[]): Promise<Result[]> {
  const settled = await Promise.allSettled(promises);
  const failures = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (failures.length > 0) throw failures.find((reason) => !(reason instanceof Interruption)) ?? failures[0];
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<Result>).value);
}

function inOrderOfTime(a: EndedEpisode, b: EndedEpisode): number {
  return a.step - b.step || a.environment - b.environment;
}
