import type { Environment, ResetResult, StepResult } from '../environments/environment.js';
import { StandstillError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { addToMoments, emptyMoments, type RunningMoments } from '../normalization/runningMoments.js';
import { toEnvironmentAction } from '../policy/distributionSpec.js';
import { act, type PolicyNetwork } from '../policy/policyNetwork.js';
import {
  awaitAnswers,
  type EnvironmentCalls,
  type Stretches,
  YIELD_INTERVAL_MS,
} from '../vector/environmentCalls.js';
import {
  copyObservation,
  isPromise,
  type Place,
  requireAnswer,
  requireFiniteAction,
  requireOutcome,
} from '../vector/environmentChecks.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';

/** The episodes of one candidate, in the order of the environments. */
export interface PlayedEpisodes {
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
  /** What the observations were like, for the normaliser. */
  readonly observed: readonly RunningMoments[];
}

interface PlayerTools {
  readonly engine: Engine;
  readonly network: PolicyNetwork;
  readonly normalizer: ObservationNormalizer;
  readonly scratch: Pointer;
  readonly calls: EnvironmentCalls;
  /** Lets timers and signals run; awaited now and then. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/** An episode under way. */
interface Episode {
  readonly index: number;
  readonly place: Place;
  readonly observation: Float64Array;
  episodeReturn: number;
  length: number;
}

/** Plays the episodes by which candidates are judged: one in each environment, stepped together, without random actions. */
export class CandidatePlayer {
  private readonly pointers: { observations: Pointer; actions: Pointer; logProbabilities: Pointer };
  private lastYield = performance.now();

  /** Reserves its part of the arena. */
  constructor(
    private readonly tools: PlayerTools,
    private readonly environmentName: string,
    private readonly environments: readonly Environment[],
  ) {
    const { network, engine } = tools;
    const rows = environments.length;
    this.pointers = {
      observations: engine.arena.reserveFloat32('candidate observations', rows * network.observationStride),
      actions: engine.arena.reserveFloat32('candidate actions', rows * network.distribution.actionSize),
      logProbabilities: engine.arena.reserveFloat32('candidate log-probabilities', rows),
    };
  }

  /**
   * parameters [layout.count]; seeds [environments] of the start states. Throws EnvironmentError, ShapeError or
   * NonFiniteError naming candidate, environment and step, or the signal's reason.
   */
  async play(
    candidate: number,
    parameters: ArrayLike<number>,
    seeds: readonly number[],
    signal?: AbortSignal,
  ): Promise<PlayedEpisodes> {
    this.tools.network.setParameters(parameters);
    try {
      return await this.playOnce(candidate, seeds, signal);
    } catch (error) {
      // what a suspension of the process spoilt is played once more, from the same start states
      if (!(error instanceof StandstillError)) throw error;
      return this.playOnce(candidate, seeds, signal);
    }
  }

  private async playOnce(
    candidate: number,
    seeds: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<PlayedEpisodes> {
    const { normalizer } = this.tools;
    const episodes = seeds.map((_, index) => this.newEpisode(candidate, index));
    const observed = episodes.map(() => emptyMoments(normalizer.size));
    await this.tools.calls.run(
      `candidate ${candidate} of ${this.environmentName}`,
      this.makeEpisodes(episodes, seeds, observed, signal),
    );
    return {
      returns: episodes.map(({ episodeReturn }) => episodeReturn),
      lengths: episodes.map(({ length }) => length),
      observed,
    };
  }

  private newEpisode(candidate: number, index: number): Episode {
    const episode: Episode = {
      index,
      // such as "CartPole-v1 (candidate 7, environment 3, step 1024)"
      place: () =>
        `${this.environmentName} (candidate ${candidate}, environment ${index}, step ${episode.length})`,
      observation: new Float64Array(this.tools.normalizer.size),
      episodeReturn: 0,
      length: 0,
    };
    return episode;
  }

  private *makeEpisodes(
    episodes: readonly Episode[],
    seeds: readonly number[],
    observed: RunningMoments[],
    signal: AbortSignal | undefined,
  ): Stretches {
    const { calls } = this.tools;
    const starts: (void | Promise<void>)[] = [];
    for (const [i, episode] of episodes.entries()) {
      if (calls.isCutDue) yield;
      starts.push(this.begin(episode, seeds[i]));
    }
    if (starts.some(isPromise)) yield Promise.all(starts);
    for (let active = episodes; active.length > 0; ) {
      this.chooseActions(active, observed);
      const results: (StepResult | Promise<StepResult>)[] = [];
      for (const [row, episode] of active.entries()) {
        if (calls.isCutDue) yield;
        results.push(this.step(episode, row));
      }
      const outcomes = yield* awaitAnswers(results);
      active = active.filter((episode, row) => !this.record(episode, outcomes[row]));
      if (performance.now() - this.lastYield > YIELD_INTERVAL_MS) {
        yield this.tools.yieldToEventLoop();
        this.lastYield = performance.now();
        signal?.throwIfAborted();
      }
    }
  }

  private begin(episode: Episode, seed: number): void | Promise<void> {
    const { index, place } = episode;
    const take = (answer: ResetResult) => {
      requireAnswer(answer, 'reset', place);
      copyObservation(episode.observation, answer.observation, 'reset', place);
    };
    const answer = this.tools.calls.ask(place, 'reset', () => this.environments[index].reset({ seed }));
    return isPromise(answer) ? answer.then(take) : take(answer);
  }

  /** Row r acts for the r-th episode that is still under way. */
  private chooseActions(active: readonly Episode[], observed: readonly RunningMoments[]): void {
    const { engine, network, normalizer, scratch } = this.tools;
    const stride = network.observationStride;
    const target = engine.arena.float32(this.pointers.observations, active.length * stride);
    active.forEach(({ index, observation }, row) => {
      normalizer.normalize(observation, target, row * stride);
      if (normalizer.enabled) addToMoments(observed[index], observation);
    });
    act(engine.kernels, network.pointers, { rows: active.length, ...this.pointers }, scratch);
  }

  private step({ index, place }: Episode, row: number): StepResult | Promise<StepResult> {
    const { engine, network, calls } = this.tools;
    const { actionSize } = network.distribution;
    const actions = engine.arena.float32(this.pointers.actions, (row + 1) * actionSize);
    requireFiniteAction(actions, row * actionSize, actionSize, place);
    const environment = this.environments[index];
    const action = toEnvironmentAction(environment.actionSpace, actions, row * actionSize);
    return calls.ask(place, 'step', () => environment.step(action));
  }

  /** Takes a step's result into its episode; whether the episode ended. */
  private record(episode: Episode, result: StepResult): boolean {
    requireOutcome(result, episode.place);
    copyObservation(episode.observation, result.observation, 'step', episode.place);
    episode.episodeReturn += result.reward;
    episode.length++;
    return result.terminated || result.truncated;
  }
}
