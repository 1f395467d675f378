import { maskSizeOf } from '../environments/actionMask.js';
import { EnvironmentError, StandstillError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { addToMoments, emptyMoments, type RunningMoments } from '../normalization/runningMoments.js';
import type { CallLimit } from '../platform/threads.js';
import { type ActionUnits, actionUnits, writeEnvironmentActions } from '../policy/actionUnits.js';
import { act, type PolicyNetwork } from '../policy/policyNetwork.js';
import { type ActionRows, actionColumns, reserveRows } from '../policy/policyRows.js';
import { type BoundsReport, BoundsWatch } from '../rollout/boundsWatch.js';
import { type EpisodeInfo, episodeInfo } from '../rollout/episodeInfo.js';
import { EnvironmentCalls, SLICE_MS, settled, type TimeSlices } from '../vector/environmentCalls.js';
import { requireFiniteAction } from '../vector/environmentChecks.js';
import { type MadeEnvironments, vectorOf } from '../vector/environmentSource.js';
import {
  copyRow,
  type ObservationRow,
  observationRow,
  type SteppedVector,
} from '../vector/vectorEnvironment.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';

/** Steps after which an episode counts as one that never ends: a search judges by whole episodes, so it would wait forever. */
const MOST_EPISODE_STEPS = 1_000_000;

/** The episodes of one candidate, in the order of the environments. */
export interface PlayedEpisodes {
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
  /** The figures in what their environments told at the end. */
  readonly infos: readonly (EpisodeInfo | undefined)[];
  /** What the observations were like, for the normaliser. */
  readonly observed: readonly RunningMoments[];
  /** Of the observations; absent where the observation space has no finite bound. */
  readonly bounds?: BoundsReport;
}

interface PlayerTools {
  readonly engine: Engine;
  readonly network: PolicyNetwork;
  readonly normalizer: ObservationNormalizer;
  readonly scratch: Pointer;
  readonly rescaleActions: boolean;
  /** ms that an environment may take for one answer; 0 for any time. */
  readonly stepTimeoutMs: number;
  readonly limitCall?: CallLimit;
  /** Lets timers and signals run; awaited now and then. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/** The episode of one environment. */
interface Episode {
  readonly observation: ObservationRow;
  /** Which choices may be taken there; absent where actions are not masked. */
  readonly mask?: Uint8Array;
  episodeReturn: number;
  length: number;
  info?: EpisodeInfo;
}

/** Plays the episodes by which candidates are judged: one in each environment, stepped together, without random actions. */
export class CandidatePlayer {
  readonly vector: SteppedVector;
  private readonly calls: EnvironmentCalls;
  private readonly maskSize: number;
  private readonly rows: ActionRows;
  private readonly units: ActionUnits;
  private readonly environmentActions: Float64Array;
  private readonly bounds: BoundsWatch;
  private candidate = 0;
  private episodes: readonly Episode[] = [];
  private lastPause = performance.now();

  /** Reserves its part of the arena. */
  constructor(
    private readonly tools: PlayerTools,
    private readonly environmentName: string,
    made: MadeEnvironments,
  ) {
    const { network, engine, stepTimeoutMs, limitCall } = tools;
    this.calls = new EnvironmentCalls(stepTimeoutMs, limitCall);
    this.vector = vectorOf(made, this.calls, {
      one: (index) => this.place(index),
      all: () => `candidate ${this.candidate} of ${environmentName}`,
    });
    this.units = actionUnits(this.vector.actionSpace, tools.rescaleActions);
    this.bounds = new BoundsWatch(this.vector.observationSpace);
    this.maskSize = maskSizeOf(this.vector.actionSpace);
    const { count } = this.vector;
    this.environmentActions = new Float64Array(count * network.distribution.actionSize);
    this.rows = reserveRows(engine.arena, 'candidate', actionColumns(network), count);
  }

  /**
   * parameters [layout.count]; seeds [environments] of the start states. Throws EnvironmentError, ShapeError or
   * NonFiniteError naming candidate, environment and step, or the signal's reason, which it does not wait for an answer
   * to throw. EnvironmentError too for an episode that has not ended after 1,000,000 steps.
   */
  async play(
    candidate: number,
    parameters: ArrayLike<number>,
    seeds: readonly number[],
    signal?: AbortSignal,
  ): Promise<PlayedEpisodes> {
    this.tools.network.setParameters(parameters);
    this.candidate = candidate;
    try {
      return await this.playOnce(seeds, signal);
    } catch (error) {
      // what a suspension of the process spoilt is played once more, from the same start states
      if (!(error instanceof StandstillError)) throw error;
      return this.playOnce(seeds, signal);
    }
  }

  private async playOnce(seeds: readonly number[], signal: AbortSignal | undefined): Promise<PlayedEpisodes> {
    const { size } = this.tools.normalizer;
    this.episodes = seeds.map(() => ({
      observation: observationRow(this.vector.observationSpace),
      mask: this.maskSize === 0 ? undefined : new Uint8Array(this.maskSize),
      episodeReturn: 0,
      length: 0,
    }));
    const observed = seeds.map(() => emptyMoments(size));
    // what episodes that were given up have left
    this.bounds.take();
    await this.calls.run(
      `candidate ${this.candidate} of ${this.environmentName}`,
      this.makeEpisodes(seeds, observed, signal),
      signal,
    );
    return {
      returns: this.episodes.map(({ episodeReturn }) => episodeReturn),
      lengths: this.episodes.map(({ length }) => length),
      infos: this.episodes.map(({ info }) => info),
      observed,
      bounds: this.bounds.take(),
    };
  }

  private *makeEpisodes(
    seeds: readonly number[],
    observed: readonly RunningMoments[],
    signal: AbortSignal | undefined,
  ): TimeSlices {
    const { vector, episodes } = this;
    let underWay = seeds.map((_, index) => index);
    const { observations, masks } = yield* settled(vector.reset(underWay, seeds));
    underWay.forEach((index) => {
      const { observation, mask } = episodes[index];
      copyRow(observation, observations, index);
      if (mask !== undefined) copyRow(mask, masks!, index);
    });
    while (underWay.length > 0) {
      this.chooseActions(underWay, observed);
      const outcomes = yield* settled(vector.step(underWay, this.environmentActions));
      underWay = underWay.filter((index, row) => {
        const episode = episodes[index];
        copyRow(episode.observation, outcomes.observations, row);
        if (episode.mask !== undefined) copyRow(episode.mask, outcomes.masks!, row);
        episode.episodeReturn += outcomes.rewards[row];
        episode.length++;
        if (outcomes.terminated[row] !== 0 || outcomes.truncated[row] !== 0) {
          episode.info = episodeInfo(outcomes.infos?.[row]);
          return false;
        }
        if (episode.length >= MOST_EPISODE_STEPS) throw this.neverEnds(index);
        return true;
      });
      signal?.throwIfAborted();
      if (performance.now() - this.lastPause > SLICE_MS) {
        yield this.tools.yieldToEventLoop();
        this.lastPause = performance.now();
      }
    }
  }

  /** Row r acts for the r-th environment whose episode is still under way. */
  private chooseActions(underWay: readonly number[], observed: readonly RunningMoments[]): void {
    const { engine, network, normalizer, scratch } = this.tools;
    const stride = network.observationStride;
    const { actionSize, maskWords } = network.distribution;
    const rows = underWay.length;
    const target = engine.arena.float32(this.rows.observations, rows * stride);
    const masks = engine.arena.uint8(this.rows.masks, rows * maskWords * 4);
    underWay.forEach((index, row) => {
      const { observation, mask, length } = this.episodes[index];
      if (mask !== undefined) masks.set(mask, row * maskWords * 4);
      normalizer.normalize(observation, target, row * stride);
      if (normalizer.enabled) addToMoments(observed[index], observation);
      this.bounds.look(observation, length, index);
    });
    act(engine.kernels, network.pointers, { ...this.rows, rows }, scratch);
    const actions = engine.arena.float32(this.rows.actions, rows * actionSize);
    underWay.forEach((index, row) => {
      requireFiniteAction(actions, row * actionSize, actionSize, () => this.place(index));
    });
    writeEnvironmentActions(this.units, actions, 0, rows, this.environmentActions);
  }

  private neverEnds(index: number): EnvironmentError {
    return new EnvironmentError(
      `${this.place(index)} has not ended its episode; a search judges candidates by whole episodes, of at most ${MOST_EPISODE_STEPS} steps: wrap the environment in new TimeLimit(environment, steps), or let step() return truncated`,
    );
  }

  /** Such as "CartPole-v1 (candidate 7, environment 3, step 1024)". */
  private place(index: number): string {
    const { length } = this.episodes[index];
    return `${this.environmentName} (candidate ${this.candidate}, environment ${index}, step ${length})`;
  }
}
