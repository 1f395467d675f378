import type { GuardedLearner } from '../checkpoint/guardState.js';
import type { LearnerState } from '../checkpoint/learnerState.js';
import { decodeTrainerState, encodeTrainerState, type TrainerState } from '../checkpoint/trainerState.js';
import type { Environment } from '../environments/environment.js';
import { makeEnvironment } from '../environments/index.js';
import { requireEnvironment } from '../environments/requireEnvironment.js';
import { FileError, MismatchError, OptionError, PlatformError } from '../errors.js';
import { type GuardReport, guardColumns, MonotonicGuard } from '../guard/guard.js';
import type { ProgressRow } from '../logging/sink.js';
import { denseLayers } from '../network/networkSpec.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { Policy } from '../policy/policy.js';
import { encodePolicy } from '../policy/policyFile.js';
import type { PolicyNetwork } from '../policy/policyNetwork.js';
import { describeSpaces, type PolicySpec, policySpec } from '../policy/policySpec.js';
import type { WorkerPool } from '../rollout/workerPool.js';
import { closeEnvironments } from '../vector/closeEnvironments.js';
import type { Engine } from '../wasm/load.js';
import { iterate } from './iteration.js';
import type { Learner } from './learner.js';
import { completeOptions, type TrpoOptions } from './options.js';
import { type IterationParts, type IterationReport, toProgressRow } from './progressRow.js';
import { buildParts, type EnvironmentSource, type TrainerRuntime } from './trainerParts.js';
import { tunedOptions } from './tunedOptions.js';

const MOST_THREADS = 64;

export interface TrainerOptions extends Partial<TrpoOptions> {
  readonly environment: EnvironmentSource;
  /** Name in logs and files for an environment that has none of its own. Default "custom". */
  readonly environmentName?: string;
  /** Threads for rollouts and update; results do not depend on it. Default: all cores. */
  readonly threads?: number;
}

/** What one iteration did: its row of progress, and the full report. */
export interface Iteration {
  readonly iteration: number;
  readonly timesteps: number;
  readonly meanReturn: number | null;
  readonly row: ProgressRow;
  readonly report: IterationReport;
}

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

/** A training run: builds the parts, runs iterations, and can be saved after any of them. */
export class Trainer {
  readonly options: TrpoOptions;
  /** Threads in use. */
  readonly threads: number;
  readonly policy: Policy;
  readonly spec: PolicySpec;
  private readonly environments: readonly Environment[];
  private readonly engine: Engine;
  private readonly network: PolicyNetwork;
  private readonly parts: IterationParts;
  private readonly learner: Learner;
  private readonly pool: WorkerPool | undefined;
  private readonly guard?: MonotonicGuard<LearnerState>;
  private iteration = 0;
  private closed = false;
  private timesteps = 0;
  /** Seconds that iterations took, those of earlier sessions included. */
  elapsedSeconds = 0;

  /**
   * Options not given come from the environment's tuned ones, then from the table's defaults. An environment given as a
   * module must be loaded first: use `createTrainer`, which passes what it exports as `makeOne`.
   */
  constructor(
    private readonly runtime: TrainerRuntime,
    { environment, environmentName, threads, ...given }: TrainerOptions,
    makeOne: () => Environment = factoryOf(environment),
  ) {
    const name = typeof environment === 'string' ? environment : (environmentName ?? 'custom');
    const options = completeOptions(tunedOptions[name] ?? {}, given);
    this.options = options;
    this.threads = threadCount(threads, runtime.threading);
    const isMovable = typeof environment !== 'function';
    const owned = shares(options.environments, isMovable ? this.threads : 1);
    this.environments = Array.from({ length: owned[0] }, makeOne);
    for (const candidate of this.environments) requireEnvironment(name, candidate);
    const { observationSpace, actionSpace } = this.environments[0];
    const layers = denseLayers(options.hiddenSizes, options.activation);
    this.spec = policySpec(name, observationSpace, actionSpace, layers);

    if (options.guard) {
      const { guardEpisodes, guardTolerance, environments } = options;
      this.guard = new MonotonicGuard({ episodes: guardEpisodes, tolerance: guardTolerance, environments });
    }
    const { engine, network, policy, learner, parts, pool } = buildParts(runtime, {
      source: environment,
      spec: this.spec,
      options,
      threads: this.threads,
      owned,
      environments: this.environments,
      stepScale: () => this.stepScale,
    });
    this.engine = engine;
    this.network = network;
    this.policy = policy;
    this.learner = learner;
    this.parts = parts;
    this.pool = pool;
    learner.initialize(options);
  }

  /**
   * Iterations until `options.timesteps` are reached, or the signal aborts: then the iteration under way is given up,
   * and the state is that after the last whole one.
   */
  async *iterations(signal?: AbortSignal): AsyncGenerator<Iteration, void, void> {
    while (this.timesteps < this.options.timesteps && !signal?.aborted) {
      await this.runtime.breathe();
      if (signal?.aborted) return;
      const started = performance.now();
      let report: IterationReport;
      const { maxKl } = this;
      const maker = this.guard && this.learnerAtWork();
      try {
        report = await iterate(this.parts, maxKl, signal);
      } catch (error) {
        if (signal?.aborted && error === signal.reason) return;
        throw error instanceof WebAssembly.RuntimeError ? kernelsStopped(error) : error;
      }
      this.iteration++;
      this.timesteps += report.rollout.steps;
      const guarded = maker && this.watch(report, maker);
      this.elapsedSeconds += (performance.now() - started) / 1000;
      yield this.describe(report, maxKl, guarded);
    }
  }

  /** The kernels' build, such as "simd". */
  get variant(): string {
    return this.runtime.variant;
  }

  /** Environment steps made in whole iterations. */
  get totalTimesteps(): number {
    return this.timesteps;
  }

  get iterationCount(): number {
    return this.iteration;
  }

  /** delta of the next update; above 0 as long as steps are left. */
  get maxKl(): number {
    const { stepScale } = this;
    const { maxKl, maxKlDecay, timesteps } = this.options;
    // the KL of a step is quadratic in its length
    return maxKl * (1 - (maxKlDecay * this.timesteps) / timesteps) * stepScale * stepScale;
  }

  /** Mean return of the last 100 episodes, in the environment's own rewards; null before the first ended. */
  get meanReturn(): number | null {
    return this.parts.rollout.recent.meanReturn;
  }

  /** The policy as the bytes of a policy file (safetensors). */
  encodePolicy(): Uint8Array {
    return encodePolicy(this.spec, this.network, this.parts.normalizer, this.timesteps);
  }

  /** With the option `guard`: the best policy so far; undefined before enough episodes have ended. */
  get best(): BestPolicy | undefined {
    const record = this.guard?.best;
    if (record === undefined) return undefined;
    const { iteration, timesteps, lowerBound, returns } = record;
    return { iteration, timesteps, lowerBound, meanReturn: returns.mean, episodes: returns.episodes };
  }

  /** That policy as the bytes of a policy file (safetensors). */
  encodeBestPolicy(): Uint8Array | undefined {
    const record = this.guard?.best;
    if (record === undefined) return undefined;
    const { size, enabled, clip } = this.parts.normalizer;
    const normalizer = new ObservationNormalizer(size, enabled, clip);
    normalizer.restore(record.learner.normalizer);
    const network = { layout: this.network.layout, getParameters: () => record.learner.policy };
    return encodePolicy(this.spec, network, normalizer, record.timesteps);
  }

  /** All that is needed to go on exactly here, as the bytes of a checkpoint file (safetensors). */
  encodeCheckpoint(): Uint8Array {
    const { rewardScaler, rollout } = this.parts;
    const state: TrainerState = {
      ...this.learner.capture(),
      spec: this.spec,
      valueLayers: denseLayers(this.options.valueHiddenSizes, this.options.activation),
      options: this.options,
      variant: this.runtime.variant,
      iteration: this.iteration,
      timesteps: this.timesteps,
      guard: this.guard?.state,
      discountedReturns: rewardScaler.discountedReturns,
      rollout: rollout.saveProgress(),
    };
    return encodeTrainerState(state, this.learner.layout);
  }

  /**
   * Goes on from the bytes of a checkpoint file; every number of the run to come is then what it would have been.
   * Throws FileError or MismatchError naming the file, and then the trainer is as it was.
   */
  async restoreCheckpoint(bytes: Uint8Array, fileName: string): Promise<void> {
    const state = decodeTrainerState(bytes, fileName, this.learner.layout, (spec) =>
      this.requireSame(spec, fileName),
    );
    const { rewardScaler } = this.parts;
    if (state.rollout.environments.length !== this.options.environments) {
      throw new MismatchError(
        `${fileName} was made with ${state.rollout.environments.length} environments, this run has ${this.options.environments}; give --environments ${state.rollout.environments.length}`,
      );
    }
    const { ascent } = this.learner;
    if ((ascent === undefined) !== (state.policyAdam === undefined)) {
      throw new MismatchError(
        `${fileName} ${state.policyAdam === undefined ? 'has no' : 'has'} moments of Adam for the policy, algorithm ${this.options.algorithm} ${ascent === undefined ? 'keeps none' : 'needs them'}; give the algorithm that the checkpoint was made with`,
      );
    }
    await this.restoreRollout(state.rollout, fileName);
    this.learner.restore(state);
    // a checkpoint of a run without a guard has none: then it begins here
    if (this.guard !== undefined && state.guard !== undefined) this.guard.state = state.guard;
    rewardScaler.discountedReturns.set(state.discountedReturns);
    this.iteration = state.iteration;
    this.timesteps = state.timesteps;
  }

  /** Bytes of WebAssembly memory in use, and for what. */
  get memory(): { bytes: number; reservations: readonly { name: string; bytes: number }[] } {
    return { bytes: this.engine.arena.bytes, reservations: this.engine.arena.reservations };
  }

  /** Whether every environment can save its state, so that a restored run goes on in mid-episode. */
  get resumesExactly(): boolean {
    return this.environments.every(({ saveState, restoreState }) => saveState && restoreState);
  }

  /** Ends the worker threads and closes the environments. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.pool?.terminate();
    await closeEnvironments(this.spec.environmentName, this.environments);
  }

  /** What steps of the policy are multiplied by; below 1 after a rollback. */
  private get stepScale(): number {
    return this.guard?.stepScale ?? 1;
  }

  /** Who makes the next batch. */
  private learnerAtWork(): GuardedLearner<LearnerState> {
    return { iteration: this.iteration + 1, timesteps: this.timesteps, learner: this.learner.capture() };
  }

  /** Shows the guard the batch that `maker` made; goes back to the best learner where the return has fallen. */
  private watch({ rollout }: IterationReport, maker: GuardedLearner<LearnerState>): GuardReport {
    const guard = this.guard!;
    const report = guard.observe(rollout.ended, this.options.steps, maker);
    if (report.verdict === 'rolled back') {
      const { learner } = guard.best!;
      const { valueEpochs, policyAdam } = this.learner.capture();
      // environments go on, and so do the streams that order the rows: what was drawn before the fall is not drawn again
      this.learner.restore({
        ...learner,
        valueEpochs,
        policyAdam: learner.policyAdam && { ...learner.policyAdam, epochs: policyAdam!.epochs },
      });
    }
    return report;
  }

  private describe(report: IterationReport, maxKl: number, guarded?: GuardReport): Iteration {
    const { recent } = this.parts.rollout;
    const columns = toProgressRow(report, {
      iteration: this.iteration,
      timesteps: this.timesteps,
      elapsedSeconds: this.elapsedSeconds,
      meanReturn: recent.meanReturn,
      returnStd: recent.returnStd,
      meanLength: recent.meanLength,
      maxKl,
      meanStd: this.learner.meanStd,
    });
    const row = guarded === undefined ? columns : { ...columns, ...guardColumns(this.guard!, guarded) };
    return {
      iteration: this.iteration,
      timesteps: this.timesteps,
      meanReturn: recent.meanReturn,
      row,
      report,
    };
  }

  /** Before all else that a checkpoint changes, because an environment may refuse the state that it is given. */
  private async restoreRollout(saved: TrainerState['rollout'], fileName: string): Promise<void> {
    const { rollout } = this.parts;
    const before = rollout.saveProgress();
    try {
      await rollout.restoreProgress(saved);
    } catch (cause) {
      await rollout.restoreProgress(before);
      if (!(cause instanceof MismatchError)) throw cause;
      throw new FileError(
        `${fileName} holds a state that an environment does not take back: ${cause.message}; it was altered or the environment has changed: restore a copy, or begin a new run`,
        { cause },
      );
    }
  }

  private requireSame(spec: PolicySpec, fileName: string): void {
    const describe = (one: PolicySpec) => `${one.environmentName} (${describeSpaces(one)})`;
    if (describe(spec) !== describe(this.spec)) {
      throw new MismatchError(
        `${fileName} belongs to ${describe(spec)}, this run trains ${describe(this.spec)}; give the right checkpoint`,
      );
    }
  }
}

function kernelsStopped(cause: WebAssembly.RuntimeError): PlatformError {
  return new PlatformError(
    `The kernels stopped (${cause.message}): a worker thread ended in the middle of an update, or memory was overwritten; go on from the last checkpoint, with one thread if it happens again`,
    { cause },
  );
}

/** What makes an environment of a source, on this thread. */
function factoryOf(source: EnvironmentSource): () => Environment {
  if (typeof source === 'function') return source;
  if (typeof source === 'string') return () => makeEnvironment(source);
  throw new OptionError(
    `The environment module ${source.module} must be loaded before a trainer is made; use createTrainer or train`,
  );
}

/** Threads of a run that asked for some or, with undefined, for the best. Throws OptionError out of range. */
export function threadCount(
  asked: number | undefined,
  threading: { readonly availableThreads: number } | undefined,
): number {
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 1 && asked <= MOST_THREADS)) {
    throw new OptionError(`threads = ${asked}: it must be a whole number from 1 to ${MOST_THREADS}`);
  }
  return threading === undefined ? 1 : (asked ?? Math.min(threading.availableThreads, MOST_THREADS));
}

/** `count` environments over threads as evenly as possible, none empty. */
function shares(count: number, threads: number): number[] {
  const owners = Math.min(count, threads);
  return Array.from({ length: owners }, (_, i) => Math.floor((count + owners - 1 - i) / owners));
}
