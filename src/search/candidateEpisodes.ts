import type { Environment, StepResult } from '../environments/environment.js';
import { EnvironmentError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { addToMoments, emptyMoments, type RunningMoments } from '../normalization/runningMoments.js';
import { toEnvironmentAction } from '../policy/distributionSpec.js';
import { act, type PolicyNetwork } from '../policy/policyNetwork.js';
import { copyObservation, requireFiniteAction, requireOutcome } from '../rollout/environmentChecks.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';

/** How long the event loop may wait for a turn while environments answer at once. */
const BREATH_MS = 50;

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
  /** Lets timers and signals run; awaited now and then. */
  readonly breathe: () => Promise<void>;
}

/** An episode under way. */
interface Episode {
  readonly index: number;
  readonly observation: Float64Array;
  episodeReturn: number;
  length: number;
}

/** Plays the episodes by which candidates are judged: one in each environment, stepped together, without random actions. */
export class CandidatePlayer {
  private readonly pointers: { observations: Pointer; actions: Pointer; logProbabilities: Pointer };
  private lastBreath = performance.now();

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
    const { network, normalizer } = this.tools;
    network.setParameters(parameters);
    const episodes = await Promise.all(seeds.map((seed, index) => this.begin(candidate, index, seed)));
    const observed = episodes.map(() => emptyMoments(normalizer.size));
    for (let active = episodes; active.length > 0; ) {
      this.chooseActions(active, observed);
      const results = active.map((episode, row) => this.step(candidate, episode, row));
      const isWaiting = results.some((result) => 'then' in result);
      const outcomes = isWaiting ? await Promise.all(results) : (results as StepResult[]);
      active = active.filter((episode, row) => !this.record(candidate, episode, outcomes[row]));
      if (performance.now() - this.lastBreath > BREATH_MS) {
        await this.tools.breathe();
        this.lastBreath = performance.now();
        signal?.throwIfAborted();
      }
    }
    return {
      returns: episodes.map(({ episodeReturn }) => episodeReturn),
      lengths: episodes.map(({ length }) => length),
      observed,
    };
  }

  private async begin(candidate: number, index: number, seed: number): Promise<Episode> {
    const episode = {
      index,
      observation: new Float64Array(this.tools.normalizer.size),
      episodeReturn: 0,
      length: 0,
    };
    const { observation } = await this.guarded(candidate, episode, 'reset', () =>
      this.environments[index].reset({ seed }),
    );
    copyObservation(episode.observation, observation, 'reset', () => this.place(candidate, episode));
    return episode;
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

  private step(candidate: number, episode: Episode, row: number): StepResult | Promise<StepResult> {
    const { engine, network } = this.tools;
    const { actionSize } = network.distribution;
    const actions = engine.arena.float32(this.pointers.actions, (row + 1) * actionSize);
    requireFiniteAction(actions, row * actionSize, actionSize, () => this.place(candidate, episode));
    const environment = this.environments[episode.index];
    const action = toEnvironmentAction(environment.actionSpace, actions, row * actionSize);
    return this.guarded(candidate, episode, 'step', () => environment.step(action));
  }

  /** Takes a step's result into its episode; whether the episode ended. */
  private record(candidate: number, episode: Episode, result: StepResult): boolean {
    const place = () => this.place(candidate, episode);
    requireOutcome(result, place);
    copyObservation(episode.observation, result.observation, 'step', place);
    episode.episodeReturn += result.reward;
    episode.length++;
    return result.terminated || result.truncated;
  }

  /** What an environment throws, at once or by its promise, becomes an EnvironmentError that says where. */
  private guarded<Result>(
    candidate: number,
    episode: Episode,
    method: string,
    call: () => Result | Promise<Result>,
  ): Result | Promise<Result> {
    const wrapped = (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      return new EnvironmentError(`${this.place(candidate, episode)} threw in ${method}(): ${message}`, {
        cause: error,
      });
    };
    try {
      const result = call();
      if (!(result instanceof Promise)) return result;
      return result.catch((error) => {
        throw wrapped(error);
      });
    } catch (error) {
      throw wrapped(error);
    }
  }

  /** Such as "CartPole-v1 (candidate 7, environment 3, step 1024)". */
  private place(candidate: number, { index, length }: Episode): string {
    return `${this.environmentName} (candidate ${candidate}, environment ${index}, step ${length})`;
  }
}
