import { decodeSearchState, encodeSearchState } from '../checkpoint/searchState.js';
import { OptionError } from '../errors.js';
import { progressKey, type TrainingColumn, type TrainingRow } from '../logging/sink.js';
import { hiddenLayers } from '../network/imageNetworks.js';
import { initializationFloats, initialWeights } from '../network/initialize.js';
import { parameterCount } from '../network/parameterLayout.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import { distributionFor } from '../policy/distributionSpec.js';
import { Policy } from '../policy/policy.js';
import { encodePolicy } from '../policy/policyFile.js';
import { PolicyNetwork } from '../policy/policyNetwork.js';
import {
  fixedScaleOf,
  isImage,
  type PolicySpec,
  policyNetworkSpec,
  policySpec,
} from '../policy/policySpec.js';
import { environmentSeed } from '../random/philox.js';
import { type BoundsReport, joinReports } from '../rollout/boundsWatch.js';
import type { EpisodeInfo } from '../rollout/episodeInfo.js';
import { RecentEpisodes } from '../rollout/episodes.js';
import { createSearch, type SearchName } from '../search/index.js';
import type { ParameterSearch } from '../search/parameterSearch.js';
import {
  closeEnvironments,
  type MadeEnvironments,
  makeEnvironments,
  spacesOf,
} from '../vector/environmentSource.js';
import { createEngine, type Engine } from '../wasm/load.js';
import { reserveScratch } from '../wasm/scratch.js';
import { CandidatePlayer } from './candidatePlayer.js';
import { requireFit } from './initialPolicy.js';
import type { TrpoOptions } from './options.js';
import { boundsColumns, infoColumns } from './progressRow.js';
import type { TrainerRuntime, Training, TrainingIteration } from './training.js';
import type { TrainingPlan } from './trainingPlan.js';

type SearchRuntime = Pick<TrainerRuntime, 'module' | 'variant' | 'yieldToEventLoop' | 'limitCall'>;

/** What one generation did. */
export interface SearchReport {
  readonly episodes: number;
  /** Over all episodes of all candidates. */
  readonly meanReturn: number;
  /** Mean return of the best candidate. */
  readonly bestReturn: number;
  /** Of the observations; absent where the observation space has no finite bound. */
  readonly bounds?: BoundsReport;
  /** Mean standard deviation of the components of the next candidates. */
  readonly meanStd: number;
  readonly collectMs: number;
  readonly updateMs: number;
}

/** Keys that only rows of a search have. */
export const searchKey = {
  bestReturn: 'search/best_return',
  /** Mean standard deviation of the parameters of candidates. */
  parameterStd: 'search/parameter_std',
} as const;

/** Most weights that are searched: each candidate differs from the mean in all of them at once. */
const MOST_WEIGHTS = 30_000;

/**
 * A run that searches the policy's weights by the returns of whole episodes, without gradients: the cross-entropy method or
 * CMA-ES. To a run folder it is what a `Trainer` is.
 *
 * A candidate plays `searchEpisodes` episodes, from start states that all candidates of a generation share, and takes
 * the most probable action: noise is in the weights alone, so a Gaussian's log standard deviation keeps its first value.
 * The observation normaliser is frozen within a generation and then takes in what all candidates saw. The policy
 * of the run is the mean of the search's distribution.
 */
export class PolicySearch implements Training<SearchReport> {
  readonly options: TrpoOptions;
  /** Candidates are played one after the other. */
  readonly threads = 1;
  readonly policy: Policy;
  readonly spec: PolicySpec;
  /** Every episode begins with a seeded reset, and a generation is saved whole. */
  readonly resumesExactly = true;
  /** Seconds that generations took, those of earlier sessions included. */
  elapsedSeconds = 0;
  private readonly engine: Engine;
  private readonly network: PolicyNetwork;
  private readonly normalizer: ObservationNormalizer;
  private readonly player: CandidatePlayer;
  private readonly search: ParameterSearch;
  /** Of a Gaussian policy: a search leaves it as it is. */
  private readonly logStd: readonly number[];
  private readonly recent: RecentEpisodes;
  private timesteps = 0;
  private closed = false;

  /** A new search on environments of its own, of a plan whose options are not checked again. */
  static async ofPlan(runtime: SearchRuntime, plan: TrainingPlan): Promise<PolicySearch> {
    const { source, environmentName, options } = plan;
    const made = await makeEnvironments(source, environmentName, options.searchEpisodes);
    try {
      return new PolicySearch(runtime, plan, made);
    } catch (error) {
      await closeEnvironments(made, environmentName).catch(() => {});
      throw error;
    }
  }

  private constructor(
    private readonly runtime: SearchRuntime,
    { environmentName, options, initial }: TrainingPlan,
    private readonly made: MadeEnvironments,
  ) {
    this.options = options;
    const { observationSpace, actionSpace } = spacesOf(made);
    const layers = hiddenLayers(options.network, options.hiddenSizes, options.activation);
    const { rescaleActions } = options;
    this.spec = policySpec(environmentName, observationSpace, actionSpace, layers, rescaleActions);
    if (initial !== undefined) requireFit(initial, this.spec, options);
    const distribution = distributionFor(actionSpace);
    const networkSpec = policyNetworkSpec(this.spec, distribution);
    requireFewWeights(parameterCount(networkSpec), options);
    this.recent = new RecentEpisodes(environmentName);
    this.engine = createEngine(runtime.module);
    const { engine } = this;
    this.network = new PolicyNetwork(engine, networkSpec, distribution);
    const scratch = reserveScratch(engine, 'scratch', this.network.scratchNeed);
    this.normalizer = new ObservationNormalizer(
      this.spec.observationSize,
      options.normalizeObservations && !isImage(this.spec),
      options.observationClip,
      fixedScaleOf(this.spec),
    );
    this.policy = new Policy(engine, this.spec, this.network, this.normalizer, scratch);
    this.policy.seed = options.seed;
    const { network, normalizer } = this;
    const { yieldToEventLoop, limitCall } = runtime;
    const { stepTimeoutMs } = options;
    const tools = {
      engine,
      network,
      normalizer,
      scratch,
      rescaleActions,
      stepTimeoutMs,
      limitCall,
      yieldToEventLoop,
    };
    this.player = new CandidatePlayer(tools, environmentName, made);
    const workspace = engine.arena.reserveFloat32('initial normals', initializationFloats(networkSpec));
    engine.arena.seal();
    const { logStdSize } = distribution;
    let weights: Float64Array;
    if (initial === undefined) {
      const draw = { seed: options.seed, firstStream: 0, outputGain: options.policyOutputGain };
      weights = initialWeights(engine, networkSpec, draw, workspace);
      this.logStd = new Array<number>(logStdSize).fill(options.initialLogStd);
    } else {
      const { parameters } = initial;
      weights = Float64Array.from(parameters.subarray(0, parameters.length - logStdSize));
      this.logStd = [...parameters.subarray(parameters.length - logStdSize)];
      if (initial.normalizer) normalizer.startFrom(initial.normalizer, initial.observationCount);
    }
    this.search = createSearch(options.algorithm as SearchName, weights, options.seed, options);
    this.showMean();
  }

  /**
   * Generations until `options.timesteps` are reached, or the signal aborts: then the generation under way is given up, and
   * the state is that after the last whole one.
   */
  async *iterations(signal?: AbortSignal): AsyncGenerator<TrainingIteration<SearchReport>, void, void> {
    while (this.timesteps < this.options.timesteps && !signal?.aborted) {
      await this.runtime.yieldToEventLoop();
      const started = performance.now();
      let report: SearchReport;
      try {
        report = await this.generation(signal);
      } catch (error) {
        if (signal?.aborted && error === signal.reason) return;
        throw error;
      } finally {
        this.showMean();
      }
      this.elapsedSeconds += (performance.now() - started) / 1000;
      const { iterationCount: iteration, timesteps, meanReturn } = this;
      yield { iteration, timesteps, meanReturn, row: this.toRow(report), report };
    }
  }

  get variant(): string {
    return this.runtime.variant;
  }

  /** Environment steps made in whole generations, by all candidates. */
  get totalTimesteps(): number {
    return this.timesteps;
  }

  /** Generations done. */
  get iterationCount(): number {
    return this.search.generation;
  }

  /** Mean return of the last 100 episodes of all candidates; null before the first generation. */
  get meanReturn(): number | null {
    return this.recent.meanReturn;
  }

  get memory(): { bytes: number; reservations: readonly { name: string; bytes: number }[] } {
    return { bytes: this.engine.arena.bytes, reservations: this.engine.arena.reservations };
  }

  /** The policy of the search's mean as the bytes of a policy file (safetensors). */
  encodePolicy(): Uint8Array {
    return encodePolicy(this.spec, this.network, this.normalizer, this.timesteps);
  }

  /** A search has no guard. */
  encodeBestPolicy(): undefined {
    return undefined;
  }

  encodeCheckpoint(): Uint8Array {
    return encodeSearchState({
      spec: this.spec,
      options: this.options,
      variant: this.variant,
      timesteps: this.timesteps,
      search: this.search.save(),
      normalizer: this.normalizer.moments,
      recent: this.recent.state,
    });
  }

  /** Goes on from the bytes of a checkpoint file. Throws FileError or MismatchError naming it, and is then as it was. */
  async restoreCheckpoint(bytes: Uint8Array, fileName: string): Promise<void> {
    const expected = { spec: this.spec, search: this.search.save() };
    const state = decodeSearchState(bytes, fileName, expected);
    this.normalizer.restore(state.normalizer);
    this.search.restore(state.search);
    this.timesteps = state.timesteps;
    this.recent.restore(state.recent);
    this.showMean();
  }

  /** Closes the environments. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await closeEnvironments(this.made, this.spec.environmentName);
  }

  /** Plays all candidates, then moves the search; nothing of it lasts when a candidate's episodes fail. */
  private async generation(signal?: AbortSignal): Promise<SearchReport> {
    const { search, normalizer, recent } = this;
    const started = performance.now();
    const seeds = Array.from({ length: this.options.searchEpisodes }, (_, episode) =>
      environmentSeed(this.options.seed, episode, search.generation),
    );
    const scores: number[] = [];
    const returns: number[] = [];
    const lengths: number[] = [];
    const infos: (EpisodeInfo | undefined)[] = [];
    const bounds: (BoundsReport | undefined)[] = [];
    const observed: RunningMoments[] = [];
    for (const [candidate, weights] of search.sample().entries()) {
      const played = await this.player.play(candidate, this.withLogStd(weights), seeds, signal);
      scores.push(meanOf(played.returns));
      returns.push(...played.returns);
      lengths.push(...played.lengths);
      infos.push(...played.infos);
      bounds.push(played.bounds);
      observed.push(...played.observed);
    }
    const collected = performance.now();
    search.update(scores);
    normalizer.update(observed);
    returns.forEach((episodeReturn, i) => {
      recent.add(episodeReturn, lengths[i], infos[i]);
    });
    this.timesteps += lengths.reduce((sum, length) => sum + length, 0);
    return {
      episodes: returns.length,
      meanReturn: meanOf(returns),
      bestReturn: scores.reduce((best, score) => Math.max(best, score)),
      bounds: joinReports(bounds),
      meanStd: search.meanStd,
      collectMs: collected - started,
      updateMs: performance.now() - collected,
    };
  }

  /** Makes the policy that of the search's mean. */
  private showMean(): void {
    this.network.setParameters(this.withLogStd(this.search.mean));
  }

  private withLogStd(weights: Float64Array): number[] {
    return [...weights, ...this.logStd];
  }

  /** All columns of other runs, null where a search has no such number. */
  private toRow(report: SearchReport): TrainingRow {
    const { elapsedSeconds, timesteps } = this;
    return {
      ...(Object.fromEntries(Object.values(progressKey).map((key) => [key, null])) as Record<
        TrainingColumn,
        null
      >),
      [progressKey.iterations]: this.iterationCount,
      [progressKey.totalTimesteps]: timesteps,
      [progressKey.timeElapsed]: elapsedSeconds,
      [progressKey.stepsPerSecond]: elapsedSeconds > 0 ? timesteps / elapsedSeconds : 0,
      [progressKey.collectMs]: report.collectMs,
      [progressKey.updateMs]: report.updateMs,
      [progressKey.meanReturn]: this.recent.meanReturn,
      [progressKey.meanEpisodeLength]: this.recent.meanLength,
      [progressKey.episodes]: report.episodes,
      [progressKey.episodesMeanReturn]: report.meanReturn,
      ...boundsColumns(report.bounds),
      [searchKey.bestReturn]: report.bestReturn,
      [searchKey.parameterStd]: report.meanStd,
      ...infoColumns(this.recent.meanInfo),
    };
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Throws OptionError for more weights than a search can try. */
function requireFewWeights(count: number, { algorithm }: TrpoOptions): void {
  if (count <= MOST_WEIGHTS) return;
  throw new OptionError(
    `algorithm = "${algorithm}": the policy has ${count.toLocaleString('en-US')} weights, a search tries ${MOST_WEIGHTS.toLocaleString('en-US')} at most; give a smaller network (network, hiddenSizes), or an algorithm with gradients such as "trpo"`,
  );
}
