import type { Environment } from '../environments/environment.js';
import { requireEnvironment } from '../environments/requireEnvironment.js';
import { OptionError } from '../errors.js';
import { type ProgressRow, progressKey } from '../logging/sink.js';
import { initializationFloats, initialWeights } from '../network/initialize.js';
import { denseLayers } from '../network/networkSpec.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import { distributionFor } from '../policy/distributionSpec.js';
import { Policy } from '../policy/policy.js';
import { encodePolicy } from '../policy/policyFile.js';
import { PolicyNetwork } from '../policy/policyNetwork.js';
import { type PolicySpec, policyNetworkSpec, policySpec } from '../policy/policySpec.js';
import { environmentSeed } from '../random/philox.js';
import { RecentEpisodes } from '../rollout/episodes.js';
import { completeOptions, type TrpoOptions } from '../training/options.js';
import type { TrainerOptions } from '../training/trainer.js';
import type { TrainerRuntime } from '../training/trainerParts.js';
import { tunedOptions } from '../training/tunedOptions.js';
import { closeEnvironments } from '../vector/closeEnvironments.js';
import { EnvironmentCalls } from '../vector/environmentCalls.js';
import { createEngine, type Engine } from '../wasm/load.js';
import { reserveScratch } from '../wasm/scratch.js';
import { CandidatePlayer } from './candidateEpisodes.js';
import { CmaEs, defaultCmaPopulation } from './cmaEs.js';
import { CrossEntropySearch } from './crossEntropy.js';
import type { ParameterSearch } from './parameterSearch.js';
import { decodeSearchState, encodeSearchState } from './searchState.js';

/** Parameters up to which CMA-ES adapts a full matrix unless told: beyond, its eigenvectors cost more than the episodes. */
const MOST_FULL_DIMENSIONS = 500;
const CROSS_ENTROPY_POPULATION = 40;

/** What one generation did. */
export interface SearchReport {
  readonly episodes: number;
  /** Over all episodes of all candidates. */
  readonly meanReturn: number;
  /** Mean return of the best candidate. */
  readonly bestReturn: number;
  /** Mean standard deviation of the components of the next candidates. */
  readonly meanStd: number;
  readonly collectMs: number;
  readonly updateMs: number;
}

/** One generation: its row of progress, and the full report. */
export interface SearchIteration {
  readonly iteration: number;
  readonly timesteps: number;
  readonly meanReturn: number | null;
  readonly row: ProgressRow;
  readonly report: SearchReport;
}

/** Keys that only rows of a search have. */
export const searchKey = {
  bestReturn: 'search/best_return',
  /** Mean standard deviation of the parameters of candidates. */
  parameterStd: 'search/parameter_std',
} as const;

/**
 * A run that searches the policy's weights by the returns of whole episodes, without gradients: the cross-entropy method or
 * CMA-ES. To a run folder it is what a `Trainer` is.
 *
 * A candidate plays `searchEpisodes` episodes, from start states that all candidates of a generation share, and takes
 * the most probable action: noise is in the weights alone, so a Gaussian's log standard deviation keeps its first value.
 * The observation normaliser is frozen within a generation and then takes in what all candidates saw. The policy
 * of the run is the mean of the search's distribution.
 */
export class PolicySearch {
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
  private readonly environments: readonly Environment[];
  private readonly network: PolicyNetwork;
  private readonly normalizer: ObservationNormalizer;
  private readonly player: CandidatePlayer;
  private readonly search: ParameterSearch;
  private readonly recent = new RecentEpisodes();
  private timesteps = 0;
  private closed = false;

  /** Options not given come from the environment's tuned ones, then from the table's defaults. */
  constructor(
    private readonly runtime: Pick<TrainerRuntime, 'module' | 'variant' | 'breathe' | 'limitCall'>,
    { environment, environmentName, threads: _, ...given }: TrainerOptions,
    makeOne: () => Environment,
  ) {
    const name = typeof environment === 'string' ? environment : (environmentName ?? 'custom');
    const options = completeOptions(tunedOptions[name] ?? {}, given);
    if (options.guard) {
      throw new OptionError(
        `Option guard = true: algorithm "${options.algorithm}" has no learner to roll back; leave guard out, or take trpo, npg, vpg or ppo`,
      );
    }
    this.options = options;
    this.environments = Array.from({ length: options.searchEpisodes }, makeOne);
    for (const candidate of this.environments) requireEnvironment(name, candidate);
    const { observationSpace, actionSpace } = this.environments[0];
    const layers = denseLayers(options.hiddenSizes, options.activation);
    this.spec = policySpec(name, observationSpace, actionSpace, layers);
    const distribution = distributionFor(actionSpace);
    const networkSpec = policyNetworkSpec(this.spec, distribution);
    this.engine = createEngine(runtime.module);
    const { engine } = this;
    this.network = new PolicyNetwork(engine, networkSpec, distribution);
    const scratch = reserveScratch(engine, 'scratch', this.network.scratchNeed);
    this.normalizer = new ObservationNormalizer(
      this.spec.observationSize,
      options.normalizeObservations,
      options.observationClip,
    );
    this.policy = new Policy(engine, this.spec, this.network, this.normalizer, scratch);
    this.policy.seed = options.seed;
    const { network, normalizer } = this;
    const calls = new EnvironmentCalls(options.stepTimeoutMs, runtime.limitCall);
    const tools = { engine, network, normalizer, scratch, calls, breathe: runtime.breathe };
    this.player = new CandidatePlayer(tools, name, this.environments);
    const workspace = engine.arena.reserveFloat32('initial normals', initializationFloats(networkSpec));
    engine.arena.seal();
    const draw = { seed: options.seed, firstStream: 0, outputGain: options.policyOutputGain };
    this.search = searchOf(options, initialWeights(engine, networkSpec, draw, workspace));
    this.showMean();
  }

  /**
   * Generations until `options.timesteps` are reached, or the signal aborts: then the generation under way is given up, and
   * the state is that after the last whole one.
   */
  async *iterations(signal?: AbortSignal): AsyncGenerator<SearchIteration, void, void> {
    while (this.timesteps < this.options.timesteps && !signal?.aborted) {
      await this.runtime.breathe();
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

  /** The kernels' build, such as "simd". */
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

  /** Bytes of WebAssembly memory in use, and for what. */
  get memory(): { bytes: number; reservations: readonly { name: string; bytes: number }[] } {
    return { bytes: this.engine.arena.bytes, reservations: this.engine.arena.reservations };
  }

  /** The policy of the search's mean as the bytes of a policy file (safetensors). */
  encodePolicy(): Uint8Array {
    return encodePolicy(this.spec, this.network, this.normalizer, this.timesteps);
  }

  /** All that is needed to go on exactly here, as the bytes of a checkpoint file (safetensors). */
  encodeCheckpoint(): Uint8Array {
    return encodeSearchState({
      spec: this.spec,
      options: this.options,
      variant: this.variant,
      timesteps: this.timesteps,
      search: this.search.save(),
      normalizer: this.normalizer.moments,
      recentReturns: this.recent.returns,
      recentLengths: this.recent.lengths,
    });
  }

  /** Goes on from the bytes of a checkpoint file. Throws FileError or MismatchError naming it, and is then as it was. */
  async restoreCheckpoint(bytes: Uint8Array, fileName: string): Promise<void> {
    const expected = { spec: this.spec, search: this.search.save() };
    const state = decodeSearchState(bytes, fileName, expected);
    this.normalizer.restore(state.normalizer);
    this.search.restore(state.search);
    this.timesteps = state.timesteps;
    this.recent.clear();
    state.recentReturns.forEach((episodeReturn, i) => {
      this.recent.add(episodeReturn, state.recentLengths[i]);
    });
    this.showMean();
  }

  /** Closes the environments. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await closeEnvironments(this.spec.environmentName, this.environments);
  }

  /** Plays all candidates, then moves the search; nothing of it lasts when a candidate's episodes fail. */
  private async generation(signal?: AbortSignal): Promise<SearchReport> {
    const { search, normalizer, recent } = this;
    const started = performance.now();
    const seeds = this.environments.map((_, episode) =>
      environmentSeed(this.options.seed, episode, search.generation),
    );
    const scores: number[] = [];
    const returns: number[] = [];
    const lengths: number[] = [];
    const observed: RunningMoments[] = [];
    for (const [candidate, weights] of search.sample().entries()) {
      const played = await this.player.play(candidate, this.withLogStd(weights), seeds, signal);
      scores.push(meanOf(played.returns));
      returns.push(...played.returns);
      lengths.push(...played.lengths);
      observed.push(...played.observed);
    }
    const collected = performance.now();
    search.update(scores);
    normalizer.update(observed);
    returns.forEach((episodeReturn, i) => {
      recent.add(episodeReturn, lengths[i]);
    });
    this.timesteps += lengths.reduce((sum, length) => sum + length, 0);
    return {
      episodes: returns.length,
      meanReturn: meanOf(returns),
      bestReturn: scores.reduce((best, score) => Math.max(best, score)),
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
    const { logStdSize } = this.network.distribution;
    return [...weights, ...new Array<number>(logStdSize).fill(this.options.initialLogStd)];
  }

  /** All columns of other runs, null where a search has no such number. */
  private toRow(report: SearchReport): ProgressRow {
    const { elapsedSeconds, timesteps } = this;
    return {
      ...Object.fromEntries(Object.values(progressKey).map((key) => [key, null])),
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
      [searchKey.bestReturn]: report.bestReturn,
      [searchKey.parameterStd]: report.meanStd,
    };
  }
}

/** The search that the options name, from these weights. */
function searchOf(options: TrpoOptions, mean: Float64Array): ParameterSearch {
  const { seed, searchStd: std, searchPopulation } = options;
  if (options.algorithm === 'cem') {
    return new CrossEntropySearch({
      seed,
      mean,
      std,
      populationSize: searchPopulation || CROSS_ENTROPY_POPULATION,
      eliteFraction: options.eliteFraction,
      extraStd: options.extraStd,
      extraStdGenerations: options.extraStdGenerations,
    });
  }
  const populationSize = searchPopulation || defaultCmaPopulation(mean.length);
  const automatic = mean.length <= MOST_FULL_DIMENSIONS ? 'full' : 'diagonal';
  const kind = options.searchCovariance === 'auto' ? automatic : options.searchCovariance;
  return new CmaEs({ seed, mean, std, populationSize }, kind);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
