import { isAlgorithm } from '../algorithms/index.js';
import { decodeTrainerState, encodeTrainerState, type TrainerState } from '../checkpoint/trainerState.js';
import { FileError, MismatchError, OptionError, PlatformError } from '../errors.js';
import { type BestPolicy, LearnerGuard } from '../guard/learnerGuard.js';
import type { GuardColumns } from '../logging/sink.js';
import { hiddenLayers } from '../network/imageNetworks.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { Policy } from '../policy/policy.js';
import { encodePolicy } from '../policy/policyFile.js';
import type { PolicyNetwork } from '../policy/policyNetwork.js';
import { describeUnits, type PolicySpec, policySpec } from '../policy/policySpec.js';
import { Stopped } from '../ranks/agreement.js';
import type { WorkerPool } from '../rollout/workerPool.js';
import {
  canSaveStates,
  closeEnvironments,
  type MadeEnvironments,
  makeEnvironments,
  spacesOf,
} from '../vector/environmentSource.js';
import type { Engine } from '../wasm/load.js';
import { requireFit } from './initialPolicy.js';
import { iterate } from './iteration.js';
import type { IterationParts, IterationReport } from './iterationParts.js';
import type { Learner } from './learner.js';
import { maxKlAt } from './maxKlSchedule.js';
import type { TrpoOptions } from './options.js';
import { toProgressRow } from './progressRow.js';
import { evenShares, type RankShare, rankShareOf } from './rankShare.js';
import { buildParts } from './trainerParts.js';
import type { TrainerRuntime, Training, TrainingIteration } from './training.js';
import { planOf, type TrainerOptions, type TrainingPlan } from './trainingPlan.js';

const MOST_THREADS = 64;

/** What one iteration did: its row of progress, and the full report. */
export type Iteration = TrainingIteration<IterationReport>;

/** A training run: builds the parts, runs iterations, and can be saved after any of them. */
export class Trainer implements Training<IterationReport> {
  readonly options: TrpoOptions;
  readonly threads: number;
  readonly policy: Policy;
  readonly spec: PolicySpec;
  /** Whether every environment can save its state, so that a restored run goes on in mid-episode. */
  readonly resumesExactly: boolean;
  private readonly engine: Engine;
  private readonly network: PolicyNetwork;
  private readonly parts: IterationParts;
  private readonly learner: Learner;
  private readonly pool: WorkerPool | undefined;
  private readonly guard?: LearnerGuard;
  private iteration = 0;
  private closed = false;
  private timesteps = 0;
  elapsedSeconds = 0;

  /** A new run on environments of its own. Throws OptionError, EnvironmentError or PlatformError. */
  static create(runtime: TrainerRuntime, options: TrainerOptions): Promise<Trainer> {
    return Trainer.ofPlan(runtime, planOf(options));
  }

  /** The same of a plan, whose options are not checked again. */
  static async ofPlan(runtime: TrainerRuntime, plan: TrainingPlan): Promise<Trainer> {
    const { source, environmentName, options, ranks } = plan;
    const threads = threadCount(plan.threads, runtime.threading);
    const share: RankShare =
      ranks === undefined
        ? { firstEnvironment: 0, counts: [options.environments] }
        : rankShareOf(ranks, source, options, plan.threads);
    const { firstEnvironment, counts } = share;
    const count = counts[ranks?.rank ?? 0];
    const owned = evenShares(count, Math.min(count, typeof source === 'function' ? 1 : threads));
    const made = await makeEnvironments(source, environmentName, owned[0], { firstEnvironment });
    try {
      return new Trainer(runtime, plan, threads, { share, owned }, made);
    } catch (error) {
      await closeEnvironments(made, environmentName).catch(() => {});
      throw error;
    }
  }

  /** share: of all environments what this process has; owned: of each thread that has some; made: of the calling thread. */
  private constructor(
    private readonly runtime: TrainerRuntime,
    { source, environmentName, options, initial, ranks }: TrainingPlan,
    threads: number,
    { share, owned }: { readonly share: RankShare; readonly owned: readonly number[] },
    private readonly made: MadeEnvironments,
  ) {
    if (!isAlgorithm(options.algorithm)) {
      throw new OptionError(
        `Option algorithm = "${options.algorithm}": it searches without gradients and has no trainer; use train() or resume()`,
      );
    }
    this.options = options;
    this.threads = threads;
    this.resumesExactly = canSaveStates(made);
    const { observationSpace, actionSpace } = spacesOf(made);
    const layers = hiddenLayers(options.network, options.hiddenSizes, options.activation);
    const { rescaleActions } = options;
    this.spec = policySpec(environmentName, observationSpace, actionSpace, layers, rescaleActions);
    if (initial !== undefined) requireFit(initial, this.spec, options);
    const { engine, network, policy, learner, parts, pool } = buildParts(runtime, {
      ...{
        source,
        spec: this.spec,
        stackSize: observationSpace.stackSize ?? 1,
        options,
        algorithm: options.algorithm,
        threads,
        owned,
        made,
        share,
        ranks,
      },
    });
    this.engine = engine;
    this.network = network;
    this.policy = policy;
    this.learner = learner;
    this.parts = parts;
    this.pool = pool;
    learner.initialize(options, initial);
    if (options.guard) {
      const { guardEpisodes, guardTolerance, environments } = options;
      this.guard = new LearnerGuard(
        { episodes: guardEpisodes, tolerance: guardTolerance, environments },
        learner,
      );
    }
  }

  async *iterations(signal?: AbortSignal): AsyncGenerator<Iteration, void, void> {
    // several ranks agree on a stop when they share a batch: none leaves on its own
    const isStopped = () => signal?.aborted === true && !this.parts.rollout.isShared;
    while (this.timesteps < this.options.timesteps && !isStopped()) {
      await this.runtime.yieldToEventLoop();
      if (isStopped()) return;
      const started = performance.now();
      let report: IterationReport;
      const { maxKl, stepFactor } = this;
      this.guard?.beforeIteration(this.iteration + 1, this.timesteps);
      try {
        report = await iterate(this.parts, { maxKl, stepFactor }, signal);
      } catch (error) {
        if (error instanceof Stopped || (signal?.aborted && error === signal.reason)) return;
        throw error instanceof WebAssembly.RuntimeError ? kernelsStopped(error) : error;
      }
      this.iteration++;
      this.timesteps += report.rollout.steps;
      const guarded = this.guard?.afterIteration(report.rollout.ended, this.options.steps);
      this.elapsedSeconds += (performance.now() - started) / 1000;
      yield this.describe(report, maxKl, guarded);
    }
    await this.parts.rollout.confirm();
  }

  get variant(): string {
    return this.runtime.variant;
  }

  get totalTimesteps(): number {
    return this.timesteps;
  }

  get iterationCount(): number {
    return this.iteration;
  }

  /** delta of the next update; above 0. */
  get maxKl(): number {
    const { stepFactor } = this;
    // the KL of a step is quadratic in its length
    return maxKlAt(this.options, this.timesteps) * stepFactor * stepFactor;
  }

  get meanReturn(): number | null {
    return this.parts.rollout.recent.meanReturn;
  }

  encodePolicy(): Uint8Array {
    return encodePolicy(this.spec, this.network, this.parts.normalizer, this.timesteps);
  }

  get best(): BestPolicy | undefined {
    return this.guard?.best;
  }

  /** That policy as the bytes of a policy file (safetensors). */
  encodeBestPolicy(): Uint8Array | undefined {
    const { best, bestLearner } = this.guard ?? {};
    if (best === undefined || bestLearner === undefined) return undefined;
    const { size, enabled, clip, fixedScale } = this.parts.normalizer;
    const normalizer = new ObservationNormalizer(size, enabled, clip, fixedScale);
    normalizer.restore(bestLearner.normalizer);
    const network = { layout: this.network.layout, getParameters: () => bestLearner.policy };
    return encodePolicy(this.spec, network, normalizer, best.timesteps);
  }

  encodeCheckpoint(): Uint8Array {
    const { rewardScaler, rollout } = this.parts;
    const state: TrainerState = {
      ...this.learner.capture(),
      spec: this.spec,
      valueLayers: hiddenLayers(this.options.network, this.options.valueHiddenSizes, this.options.activation),
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
   * Throws FileError or MismatchError naming the file, and then the trainer is as it was. When the signal aborts, it does not
   * wait for environments: the next iteration does.
   */
  async restoreCheckpoint(bytes: Uint8Array, fileName: string, signal?: AbortSignal): Promise<void> {
    const state = decodeTrainerState(bytes, fileName, this.learner.layout, (spec) =>
      this.requireSame(spec, fileName),
    );
    const { rewardScaler } = this.parts;
    if (state.rollout.environments.length !== this.options.environments) {
      throw new MismatchError(
        `${fileName} was made with ${state.rollout.environments.length} environments, this run has ${this.options.environments}; give --environments ${state.rollout.environments.length}`,
      );
    }
    const keepsState = this.learner.layout.algorithm !== undefined;
    if (keepsState !== (state.algorithm !== undefined)) {
      throw new MismatchError(
        `${fileName} ${keepsState ? 'has no' : 'has'} state of an algorithm (such as moments of Adam for the policy), algorithm ${this.options.algorithm} ${keepsState ? 'needs it' : 'keeps none'}; give the algorithm that the checkpoint was made with`,
      );
    }
    await this.restoreRollout(state.rollout, fileName, signal);
    this.learner.restore(state);
    // a checkpoint of a run without a guard has none: then it begins here
    if (this.guard !== undefined && state.guard !== undefined) this.guard.state = state.guard;
    rewardScaler.discountedReturns.set(state.discountedReturns);
    this.iteration = state.iteration;
    this.timesteps = state.timesteps;
  }

  get memory(): { bytes: number; reservations: readonly { name: string; bytes: number }[] } {
    return { bytes: this.engine.arena.bytes, reservations: this.engine.arena.reservations };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.pool?.terminate();
    await closeEnvironments(this.made, this.spec.environmentName);
  }

  /** What steps of the policy are multiplied by; below 1 after a rollback. */
  private get stepFactor(): number {
    return this.guard?.stepFactor ?? 1;
  }

  private describe(report: IterationReport, maxKl: number, guarded?: GuardColumns): Iteration {
    const { recent } = this.parts.rollout;
    const columns = toProgressRow(report, {
      iteration: this.iteration,
      timesteps: this.timesteps,
      elapsedSeconds: this.elapsedSeconds,
      meanReturn: recent.meanReturn,
      returnStd: recent.returnStd,
      meanLength: recent.meanLength,
      meanInfo: recent.meanInfo,
      maxKl,
      meanStd: this.learner.meanStd,
    });
    const row = { ...columns, ...guarded };
    return {
      iteration: this.iteration,
      timesteps: this.timesteps,
      meanReturn: recent.meanReturn,
      row,
      report,
    };
  }

  /** Before all else that a checkpoint changes, because an environment may refuse the state that it is given. */
  private async restoreRollout(
    saved: TrainerState['rollout'],
    fileName: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const { rollout } = this.parts;
    const before = rollout.saveProgress();
    try {
      await rollout.restoreProgress(saved, signal);
    } catch (cause) {
      await rollout.restoreProgress(before, signal);
      if (!(cause instanceof MismatchError)) throw cause;
      throw new FileError(
        `${fileName} holds a state that an environment does not take back: ${cause.message}; it was altered or the environment has changed: restore a copy, or begin a new run`,
        { cause },
      );
    }
  }

  private requireSame(spec: PolicySpec, fileName: string): void {
    const describe = (one: PolicySpec) => `${one.environmentName} (${describeUnits(one)})`;
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
