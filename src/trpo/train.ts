import type { GuardedLearner } from '../checkpoint/guardState.js';
import type { LearnerState, StateLayout } from '../checkpoint/learnerState.js';
import { decodeTrainerState, encodeTrainerState, type TrainerState } from '../checkpoint/trainerState.js';
import type { Environment } from '../environments/environment.js';
import { makeEnvironment } from '../environments/index.js';
import { requireEnvironment } from '../environments/requireEnvironment.js';
import { spaceToJson } from '../environments/spaceJson.js';
import {
  FileError,
  MismatchError,
  NonFiniteError,
  OptionError,
  PlatformError,
  ShapeError,
} from '../errors.js';
import type { ProgressRow } from '../logging/sink.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { copyOfMoments } from '../normalization/runningMoments.js';
import { distributionFor } from '../policy/distributionSpec.js';
import { initializationFloats, initialWeights } from '../policy/initialize.js';
import { Policy, type PolicySpec } from '../policy/policy.js';
import { encodePolicy } from '../policy/policyFile.js';
import { PolicyNetwork } from '../policy/policyNetwork.js';
import { Batch, type BatchLayout, CHUNK_ROWS } from '../rollout/batch.js';
import { BatchHealth } from '../rollout/batchHealth.js';
import { closeEnvironments } from '../rollout/closeEnvironments.js';
import { Crew, type MovableSource, type SpawnWorker } from '../rollout/crew.js';
import type { CallLimit } from '../rollout/environmentCalls.js';
import { EnvironmentGroup, type GroupPart, type RolloutLayout } from '../rollout/environmentGroup.js';
import { RewardScaler } from '../rollout/rewardScaler.js';
import { Rollout } from '../rollout/rollout.js';
import { Vine } from '../rollout/vine.js';
import { type ValueFitReport, ValueFunction } from '../value/valueFunction.js';
import { ValueNetwork } from '../value/valueNetwork.js';
import type { Pointer } from '../wasm/kernels.js';
import { createEngine, type Engine } from '../wasm/load.js';
import { Team } from '../wasm/team.js';
import { spreadRows } from './fisherRows.js';
import { GaussNewtonValueFit } from './gaussNewtonValueFit.js';
import { type GuardReport, guardColumns, MonotonicGuard } from './guard.js';
import { iterate } from './iteration.js';
import { type IterationParts, type IterationReport, toProgressRow } from './iterationReport.js';
import { PolicyObjective } from './objective.js';
import { completeOptions, type TrpoOptions } from './options.js';
import { type PolicyUpdates, policyUpdatesOf } from './policyUpdates.js';
import { tunedOptions } from './tunedOptions.js';
import { UpdateHealth } from './updateHealth.js';

/** The value network's weights draw from streams of their own, far from the policy's. */
const VALUE_STREAM = 1 << 16;
const MOST_THREADS = 64;

/**
 * What to train on. A known name, or a module (absolute URL) and the function it exports that makes an environment: these
 * run in all threads. Or a function: its environments stay on the calling thread, only the update uses the others.
 */
export type EnvironmentSource = MovableSource | (() => Environment);

export interface TrainerOptions extends Partial<TrpoOptions> {
  readonly environment: EnvironmentSource;
  /** Name in logs and files for an environment that has none of its own. Default "custom". */
  readonly environmentName?: string;
  /** Threads for rollouts and update; results do not depend on it. Default: all cores. */
  readonly threads?: number;
}

/** What a trainer needs from its runtime. */
export interface TrainerRuntime {
  readonly module: WebAssembly.Module;
  /** The kernels' build, such as "simd". */
  readonly variant: string;
  readonly breathe: () => Promise<void>;
  /** Ends a call that does not return; absent where the runtime cannot. */
  readonly limitCall?: CallLimit;
  /** Absent where memory cannot be shared between threads: then there is one thread, with the same results. */
  readonly threading?: {
    /** The same kernels, built for shared memory. */
    readonly module: WebAssembly.Module;
    readonly spawnWorker: SpawnWorker;
    readonly availableThreads: number;
  };
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
  private readonly policyUpdates: PolicyUpdates;
  private readonly crew?: Crew;
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
    const distribution = distributionFor(actionSpace);
    const { hiddenSizes, activation } = options;
    const observationSize = observationSpace.size;
    this.spec = { environmentName: name, observationSize, actionSpace, hiddenSizes, activation };

    const isShared = this.threads > 1;
    const module = isShared ? runtime.threading!.module : runtime.module;
    const engine = createEngine(module, isShared);
    this.engine = engine;
    const policySpec = {
      inputSize: observationSize,
      hiddenSizes,
      outputSize: distribution.inputSize,
      activation,
    };
    const valueSpec = { ...policySpec, hiddenSizes: options.valueHiddenSizes, outputSize: 1 };
    this.network = new PolicyNetwork(engine, policySpec, distribution);
    const valueNetwork = new ValueNetwork(engine, valueSpec);
    const team = new Team(
      engine,
      [this.network.scratchNeed, valueNetwork.scratchNeed],
      this.threads,
      runtime.threading?.availableThreads,
    );
    const batch = Batch.reserve(engine, this.network, options.steps, options.environments);
    const value = new ValueFunction(engine, valueNetwork, batch.layout, team, options.valueMinibatch);
    const fitValue = valueFitOf(engine, options, value, batch.layout, team);
    const vine = vineOf(engine, options, this.network, batch.layout);
    const policyRows = vine?.layout ?? batch.layout;
    const objective = new PolicyObjective(engine, this.network, policyRows, team, {
      preconditionerRows: options.cgPreconditionerRows,
      fisher: options.fisher,
      fisherFraction: options.fisherFraction,
    });
    this.policyUpdates = policyUpdatesOf(engine, objective, policyRows.rows, options);
    const updateHealth = new UpdateHealth(engine, objective, options, policyRows.rows);
    const batchHealth = new BatchHealth(engine, batch.layout, actionSpace);
    const { normalizeObservations, observationClip } = options;
    const normalizer = new ObservationNormalizer(observationSize, normalizeObservations, observationClip);
    const rewardScaler = new RewardScaler(options.environments, options.scaleRewards, options.gamma);
    this.policy = new Policy(engine, this.spec, this.network, normalizer, team.scratch);
    this.policy.seed = options.seed;
    const groupParts = reserveGroupParts(engine, batch.layout, team, owned, vine !== undefined);
    const interrupt = engine.arena.reserveBytes('interrupt flag', 4);
    const workspace = engine.arena.reserveFloat32(
      'initial normals',
      Math.max(initializationFloats(policySpec), initializationFloats(valueSpec)),
    );
    engine.arena.seal();

    const layout: RolloutLayout = {
      environmentName: name,
      seed: options.seed,
      batch: batch.layout,
      policy: this.network.pointers,
      value: valueNetwork.pointers,
      interrupt,
      stepTimeoutMs: options.stepTimeoutMs,
      vine: vine?.layout,
    };
    const { breathe, limitCall } = runtime;
    const tools = { engine, normalizer, breathe, limitCall };
    const group = new EnvironmentGroup(tools, layout, groupParts[0], this.environments);
    if (isShared) {
      const { size, enabled, clip } = normalizer;
      this.crew = new Crew(
        Array.from({ length: this.threads - 1 }, () => runtime.threading!.spawnWorker()),
        team,
        groupParts.slice(1).map((part, index) => ({
          layout,
          part,
          source: environment as MovableSource,
          count: owned[index + 1],
          normalizer: { size, enabled, clip },
        })),
        { module, memory: engine.arena.memory },
      );
    }
    const rollout = new Rollout({
      batch,
      group,
      crew: this.crew,
      normalizer,
      value,
      interrupt: engine.arena.int32(interrupt, 1),
    });
    if (options.guard) {
      const { guardEpisodes, guardTolerance, environments } = options;
      this.guard = new MonotonicGuard({ episodes: guardEpisodes, tolerance: guardTolerance, environments });
    }
    const { update } = this.policyUpdates;
    const updatePolicy = (maxKl: number) => {
      if (vine !== undefined) {
        objective.recomputeLogProbabilities();
        vine.estimateAdvantages(rewardScaler.factor, options.normalizeAdvantages);
      }
      return updateHealth.observe(() => update(maxKl, this.stepScale));
    };
    this.parts = {
      engine,
      options,
      rollout,
      batch,
      batchHealth,
      policy: this.network,
      updatePolicy,
      value,
      fitValue,
      normalizer,
      rewardScaler,
    };
    this.initialize(workspace);
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
      ...this.captureLearner(),
      spec: this.spec,
      valueHiddenSizes: this.options.valueHiddenSizes,
      options: this.options,
      variant: this.runtime.variant,
      iteration: this.iteration,
      timesteps: this.timesteps,
      guard: this.guard?.state,
      discountedReturns: rewardScaler.discountedReturns,
      rollout: rollout.saveProgress(),
    };
    return encodeTrainerState(state, this.layout);
  }

  /**
   * Goes on from the bytes of a checkpoint file; every number of the run to come is then what it would have been.
   * Throws FileError or MismatchError naming the file, and then the trainer is as it was.
   */
  async restoreCheckpoint(bytes: Uint8Array, fileName: string): Promise<void> {
    const state = decodeTrainerState(bytes, fileName, this.layout, (spec) =>
      this.requireSame(spec, fileName),
    );
    const { rewardScaler } = this.parts;
    if (state.rollout.environments.length !== this.options.environments) {
      throw new MismatchError(
        `${fileName} was made with ${state.rollout.environments.length} environments, this run has ${this.options.environments}; give --environments ${state.rollout.environments.length}`,
      );
    }
    const { ascent } = this.policyUpdates;
    if ((ascent === undefined) !== (state.policyAdam === undefined)) {
      throw new MismatchError(
        `${fileName} ${state.policyAdam === undefined ? 'has no' : 'has'} moments of Adam for the policy, algorithm ${this.options.algorithm} ${ascent === undefined ? 'keeps none' : 'needs them'}; give the algorithm that the checkpoint was made with`,
      );
    }
    await this.restoreRollout(state.rollout, fileName);
    this.restoreLearner(state);
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
    await this.crew?.terminate();
    await closeEnvironments(this.spec.environmentName, this.environments);
  }

  /** What steps of the policy are multiplied by; below 1 after a rollback. */
  private get stepScale(): number {
    return this.guard?.stepScale ?? 1;
  }

  /** Who makes the next batch. */
  private learnerAtWork(): GuardedLearner<LearnerState> {
    return { iteration: this.iteration + 1, timesteps: this.timesteps, learner: this.captureLearner() };
  }

  /** Shows the guard the batch that `maker` made; goes back to the best learner where the return has fallen. */
  private watch({ rollout }: IterationReport, maker: GuardedLearner<LearnerState>): GuardReport {
    const guard = this.guard!;
    const report = guard.observe(rollout.ended, this.options.steps, maker);
    if (report.verdict === 'rolled back') {
      const { learner } = guard.best!;
      const { valueEpochs, policyAdam } = this.captureLearner();
      // environments go on, and so do the streams that order the rows: what was drawn before the fall is not drawn again
      this.restoreLearner({
        ...learner,
        valueEpochs,
        policyAdam: learner.policyAdam && { ...learner.policyAdam, epochs: policyAdam!.epochs },
      });
    }
    return report;
  }

  /** A copy of all that learning changes. */
  private captureLearner(): LearnerState {
    const { value, normalizer, rewardScaler } = this.parts;
    const unpadded = (padded: Float32Array) =>
      value.network.layout.unpad(padded, new Float32Array(value.network.layout.count));
    return {
      adamSteps: value.adamSteps,
      valueEpochs: value.epochs,
      policy: this.network.getParameters(),
      policyAdam: this.policyUpdates.ascent?.progress,
      value: unpadded(value.state.parameters),
      valueFirstMoment: unpadded(value.state.firstMoment),
      valueSecondMoment: unpadded(value.state.secondMoment),
      normalizer: copyOfMoments(normalizer.moments),
      rewardMoments: copyOfMoments(rewardScaler.moments),
    };
  }

  private restoreLearner(learner: LearnerState): void {
    const { value, normalizer, rewardScaler } = this.parts;
    const { ascent } = this.policyUpdates;
    if (ascent !== undefined && learner.policyAdam !== undefined) ascent.progress = learner.policyAdam;
    normalizer.restore(learner.normalizer);
    this.network.setParameters(learner.policy);
    value.network.layout.pad(learner.value, value.state.parameters);
    value.network.layout.pad(learner.valueFirstMoment, value.state.firstMoment);
    value.network.layout.pad(learner.valueSecondMoment, value.state.secondMoment);
    value.adamSteps = learner.adamSteps;
    value.epochs = learner.valueEpochs;
    rewardScaler.moments.count = learner.rewardMoments.count;
    rewardScaler.moments.mean.set(learner.rewardMoments.mean);
    rewardScaler.moments.squaredDeviations.set(learner.rewardMoments.squaredDeviations);
  }

  private get layout(): StateLayout {
    return {
      policy: this.network.layout.parts,
      value: this.parts.value.network.layout.parts,
      observationSize: this.spec.observationSize,
    };
  }

  private initialize(workspace: Pointer): void {
    const { options, engine, network } = this;
    const { seed } = options;
    const { value } = this.parts;
    const policyDraw = { seed, firstStream: 0, outputGain: options.policyOutputGain };
    const weights = initialWeights(engine, network.spec, policyDraw, workspace);
    const logStd = new Array<number>(network.distribution.logStdSize).fill(options.initialLogStd);
    network.setParameters([...weights, ...logStd]);
    const valueDraw = { seed, firstStream: VALUE_STREAM, outputGain: options.valueOutputGain };
    value.network.layout.pad(
      initialWeights(engine, value.network.spec, valueDraw, workspace),
      value.state.parameters,
    );
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
      meanStd: this.meanStd(),
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

  private meanStd(): number | null {
    const size = this.network.distribution.logStdSize;
    if (size === 0) return null;
    const logStd = this.network.getParameters().subarray(-size);
    return logStd.reduce((sum, value) => sum + Math.exp(value), 0) / size;
  }

  /** Before all else that a checkpoint changes, because an environment may refuse the state that it is given. */
  private async restoreRollout(saved: TrainerState['rollout'], fileName: string): Promise<void> {
    const { rollout } = this.parts;
    const before = rollout.saveProgress();
    try {
      await rollout.restoreProgress(saved);
    } catch (cause) {
      await rollout.restoreProgress(before);
      const isRefusal =
        cause instanceof ShapeError || cause instanceof NonFiniteError || cause instanceof OptionError;
      if (!isRefusal) throw cause;
      throw new FileError(
        `${fileName} holds a state that an environment does not take back: ${cause.message}; it was altered or the environment has changed: restore a copy, or begin a new run`,
        { cause },
      );
    }
  }

  private requireSame(spec: PolicySpec, fileName: string): void {
    const describe = ({ environmentName, observationSize, actionSpace }: PolicySpec) =>
      `${environmentName} (${observationSize} observations, actions ${JSON.stringify(spaceToJson(actionSpace))})`;
    if (describe(spec) !== describe(this.spec)) {
      throw new MismatchError(
        `${fileName} belongs to ${describe(spec)}, this run trains ${describe(this.spec)}; give the right checkpoint`,
      );
    }
  }
}

/** The rows of a vine, if the options ask for one. Throws OptionError where they contradict each other. */
function vineOf(
  engine: Engine,
  options: TrpoOptions,
  policy: PolicyNetwork,
  batch: BatchLayout,
): Vine | undefined {
  if (options.sampling !== 'vine') return undefined;
  const { choiceCounts } = policy.distribution;
  const triesAll = choiceCounts.length === 1;
  if (options.vineStates > options.steps) {
    throw new OptionError(
      `vineStates = ${options.vineStates}: an environment's trunk has ${options.steps} states; give at most that, or more steps`,
    );
  }
  if (triesAll && options.fisher === 'empirical') {
    throw new OptionError(
      'fisher = "empirical" needs actions that the policy drew, sampling = "vine" tries all of a Discrete space; use fisher = "analytic"',
    );
  }
  return Vine.reserve(engine, policy, batch, {
    trunkSteps: [...spreadRows(options.steps, options.vineStates)],
    actionsPerState: triesAll ? choiceCounts[0] : options.vineActions,
    triesAll,
    branchSteps: options.vineSteps,
    gamma: options.gamma,
  });
}

/** The value fit that the options name; reserves what it needs. */
function valueFitOf(
  engine: Engine,
  options: TrpoOptions,
  value: ValueFunction,
  rows: BatchLayout,
  team: Team,
): () => ValueFitReport {
  if (options.valueOptimizer === 'adam') {
    const adam = {
      epochs: options.valueEpochs,
      minibatchRows: options.valueMinibatch,
      learningRate: options.valueLearningRate,
      seed: options.seed,
    };
    return () => value.fit(adam);
  }
  const fit = GaussNewtonValueFit.reserve(engine, value, rows, team);
  const gaussNewton = {
    steps: options.valueSteps,
    maxKl: options.valueMaxKl,
    damping: options.valueDamping,
    tolerance: options.cgTolerance,
    iterations: options.valueCgIterations,
    backtrackFactor: options.backtrackFactor,
    maxBacktracks: options.maxBacktracks,
  };
  return () => fit.fit(gaussNewton);
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

function reserveGroupParts(
  { arena }: Engine,
  { observationStride, actionSize }: BatchLayout,
  team: Team,
  owned: readonly number[],
  hasBranches: boolean,
): GroupPart[] {
  const reserveBranch = (thread: number, count: number) => ({
    observations: arena.reserveFloat32(`branch observations ${thread}`, count * observationStride),
    actions: arena.reserveFloat32(`branch actions ${thread}`, count * actionSize),
    logProbabilities: arena.reserveFloat32(`branch log-probabilities ${thread}`, count),
    values: arena.reserveFloat32(`branch values ${thread}`, count),
  });
  let firstEnvironment = 0;
  return owned.map((count, thread) => {
    const part = {
      firstEnvironment,
      scratch: team.scratches[thread],
      chunkObservations: arena.reserveFloat32(`chunk observations ${thread}`, CHUNK_ROWS * observationStride),
      chunkValues: arena.reserveFloat32(`chunk values ${thread}`, CHUNK_ROWS),
      branch: hasBranches ? reserveBranch(thread, count) : undefined,
    };
    firstEnvironment += count;
    return part;
  });
}
