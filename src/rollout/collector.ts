import type { Action, Environment, ResetResult, StepResult } from '../environments/environment.js';
import { MismatchError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { addToMoments, emptyMoments, type RunningMoments } from '../normalization/runningMoments.js';
import type { CallLimit } from '../platform/threads.js';
import { toEnvironmentAction } from '../policy/distributionSpec.js';
import { act, type PolicyPointers } from '../policy/policyNetwork.js';
import { environmentSeed } from '../random/philox.js';
import { predictValues, type ValuePointers } from '../value/valueNetwork.js';
import { EnvironmentCalls, type Stretches, YIELD_INTERVAL_MS } from '../vector/environmentCalls.js';
import {
  copyObservation,
  isPromise,
  type Place,
  requireAnswer,
  requireFiniteAction,
  requireOutcome,
  requireState,
} from '../vector/environmentChecks.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { type BatchLayout, CHUNK_ROWS, floatAt } from './batch.js';
import { Branches, type BranchRows, requireBranching } from './branches.js';
import type { VineLayout } from './vine.js';

/** Where one environment stands between two batches. */
export interface EnvironmentProgress {
  /** From saveState; absent where the environment has none. */
  state?: Float64Array;
  /** The observation to act on next, as the environment gave it. */
  observation: Float64Array;
  episodeReturn: number;
  episodeLength: number;
}

/** An episode that ended within a batch. */
export interface EndedEpisode {
  /** Step of the batch, and environment, at which it ended. */
  readonly step: number;
  readonly environment: number;
  readonly episodeReturn: number;
  readonly length: number;
}

/** What a group did in one batch. */
export interface GroupReport {
  readonly ended: readonly EndedEpisode[];
  /** What each environment's observations were like, for the normaliser. */
  readonly observed: readonly RunningMoments[];
  /** Where each environment stands now. */
  readonly progress: readonly EnvironmentProgress[];
  /** Version of the policy's parameters under which the batch began and ended. */
  readonly policyVersion: number;
  /** Steps made beside the batch, in the branches of a vine. */
  readonly branchSteps: number;
}

/** Ends a group's batch because another thread's failed or the run was aborted; never the cause itself. */
export class Interruption extends Error {
  constructor() {
    super('the batch was interrupted');
    this.name = 'Interruption';
  }
}

/** What every group of a rollout is told: plain data, the same on every thread. */
export interface RolloutLayout {
  readonly environmentName: string;
  readonly seed: number;
  readonly batch: BatchLayout;
  readonly policy: PolicyPointers;
  readonly value: ValuePointers;
  /** int32 [1]: every group gives its batch up once this is not 0. */
  readonly interrupt: Pointer;
  /** ms that an environment may take for one answer; 0 for any time. */
  readonly stepTimeoutMs: number;
  /** Where branches go, if they grow from the trajectories. */
  readonly vine?: VineLayout;
}

/** A group's own part of it. */
export interface GroupPart {
  /** Number of the group's first environment. */
  readonly firstEnvironment: number;
  readonly scratch: Pointer;
  /** float32 [CHUNK_ROWS x observationStride] and [CHUNK_ROWS]: rows beside the batch and their values. */
  readonly chunkObservations: Pointer;
  readonly chunkValues: Pointer;
  /** Where the layout has a vine. */
  readonly branch?: BranchRows;
}

interface GroupTools {
  readonly engine: Engine;
  readonly normalizer: ObservationNormalizer;
  /** Lets timers and signals run; awaited now and then. */
  readonly yieldToEventLoop: () => Promise<void>;
  /** Absent where the runtime has none. */
  readonly limitCall?: CallLimit;
}

/** Such as "environments 2 to 3 of CartPole-v1 from step 1024 on". */
export function spanOf(
  { environmentName }: RolloutLayout,
  firstEnvironment: number,
  count: number,
  ticks: number,
): string {
  const last = firstEnvironment + count - 1;
  return `environments ${firstEnvironment} to ${last} of ${environmentName} from step ${ticks} on`;
}

/** A truncated episode's last observation waits here for its value. */
interface FinalObservation {
  readonly row: number;
  readonly normalized: Float32Array;
}

/**
 * Consecutive environments that one thread steps together under the policy, straight into the batch. Draws are named
 * by environment and tick, so results do not depend on how environments are grouped.
 */
export class EnvironmentGroup {
  private readonly progress: EnvironmentProgress[];
  private readonly results: StepResult[];
  private readonly places: Place[];
  private readonly observations: Float32Array;
  private readonly actions: Float32Array;
  private readonly rewards: Float32Array;
  private readonly terminated: Float32Array;
  private readonly truncated: Float32Array;
  private readonly finalValues: Float32Array;
  private readonly bootstrapValues: Float32Array;
  private readonly chunk: Float32Array;
  private readonly chunkValues: Float32Array;
  private readonly interrupt: Int32Array;
  private readonly policyVersion: Int32Array;
  private readonly calls: EnvironmentCalls;
  private readonly branches?: Branches;
  private finalObservations: FinalObservation[] = [];
  private ticks = 0;
  private started = false;
  private lastYield = 0;

  constructor(
    private readonly tools: GroupTools,
    private readonly layout: RolloutLayout,
    private readonly part: GroupPart,
    private readonly environments: readonly Environment[],
  ) {
    const { arena } = tools.engine;
    const { batch } = layout;
    this.progress = environments.map(() => ({
      observation: new Float64Array(tools.normalizer.size),
      episodeReturn: 0,
      episodeLength: 0,
    }));
    this.results = new Array<StepResult>(environments.length);
    this.places = environments.map((_, index) => () => this.place(index));
    this.observations = arena.float32(batch.observations, batch.rows * batch.observationStride);
    this.actions = arena.float32(batch.actions, batch.rows * batch.actionSize);
    this.rewards = arena.float32(batch.rewards, batch.rows);
    this.terminated = arena.float32(batch.terminated, batch.rows);
    this.truncated = arena.float32(batch.truncated, batch.rows);
    this.finalValues = arena.float32(batch.finalValues, batch.rows);
    this.bootstrapValues = arena.float32(batch.bootstrapValues, batch.environments);
    this.chunk = arena.float32(part.chunkObservations, CHUNK_ROWS * batch.observationStride);
    this.chunkValues = arena.float32(part.chunkValues, CHUNK_ROWS);
    this.interrupt = arena.int32(layout.interrupt, 1);
    this.policyVersion = arena.int32(layout.policy.version, 1);
    this.calls = new EnvironmentCalls(layout.stepTimeoutMs, tools.limitCall);
    if (layout.vine !== undefined && part.branch !== undefined) {
      for (const environment of environments) requireBranching(environment);
      const branchTools = {
        engine: tools.engine,
        normalizer: tools.normalizer,
        step: (index: number, action: Action) => this.askToStep(index, action),
        isCutDue: () => this.calls.isCutDue,
        savedState: (index: number) => this.savedState(index),
        restoreState: (index: number, state: Float64Array) => this.restoreState(index, state),
        places: this.places,
        pause: () => this.pause(),
      };
      const branchPart = { ...part, ...part.branch };
      this.branches = new Branches(branchTools, layout, layout.vine, branchPart, environments);
    }
  }

  /**
   * Fills the group's columns of the batch, from tick `ticks` on: normalised observations, actions, log-probabilities,
   * rewards, ends, and the values of last observations. Throws EnvironmentError, ShapeError or NonFiniteError naming
   * environment and step, after interrupting the other groups, and Interruption when another group did.
   */
  async collect(ticks: number): Promise<GroupReport> {
    try {
      return await this.collectBatch(ticks);
    } catch (error) {
      this.interrupt[0] = 1;
      throw error;
    }
  }

  private async collectBatch(ticks: number): Promise<GroupReport> {
    this.ticks = ticks;
    // a turn of the event loop costs a millisecond or more: none is due at the start of a batch
    this.lastYield = performance.now();
    if (!this.started) await this.start();
    const policyVersion = this.policyVersion[0];
    const observed = this.environments.map(() => emptyMoments(this.tools.normalizer.size));
    const ended: EndedEpisode[] = [];
    this.finalObservations = [];
    await this.calls.run(this.span, this.makeSteps(observed, ended));
    this.estimateLastValues();
    const branchSteps =
      this.branches === undefined ? 0 : await this.calls.run(this.span, this.branches.grow(ticks));
    if (this.policyVersion[0] !== policyVersion) {
      throw new MismatchError(
        `The policy's parameters changed while ${this.layout.environmentName} made a batch with them; change them between iterations only`,
      );
    }
    return { ended, observed, progress: this.saveProgress(), policyVersion, branchSteps };
  }

  private *makeSteps(observed: RunningMoments[], ended: EndedEpisode[]): Stretches {
    const { steps } = this.layout.batch;
    for (let step = 0; step < steps; step++) {
      this.branches?.keep(step);
      this.chooseActions(step, observed);
      yield* this.stepEnvironments(step);
      const endedIndices = this.recordResults(step, ended);
      if (endedIndices.length > 0) yield* this.resetEnvironments(endedIndices, false);
      this.ticks++;
      const pause = this.pause();
      if (pause !== undefined) yield pause;
    }
  }

  /** How many environments it has. */
  get size(): number {
    return this.environments.length;
  }

  /** Where each environment stands, with its state where it can save one. */
  saveProgress(): EnvironmentProgress[] {
    return this.progress.map((progress, index) => {
      // before the first reset there is nothing to save
      const canSave = this.started && this.environments[index].saveState !== undefined;
      return {
        ...progress,
        observation: progress.observation.slice(),
        ...(canSave ? { state: this.savedState(index) } : {}),
      };
    });
  }

  /**
   * Goes on from saved progress; environments that cannot restore a state start a new episode. Throws MismatchError where one
   * refuses its state.
   */
  async restoreProgress(ticks: number, saved: readonly EnvironmentProgress[]): Promise<void> {
    this.ticks = ticks;
    await this.start();
    saved.forEach(({ state, observation, episodeReturn, episodeLength }, index) => {
      const environment = this.environments[index];
      if (state === undefined || environment.restoreState === undefined) return;
      this.takeBack(index, state);
      this.progress[index].observation.set(observation);
      this.progress[index].episodeReturn = episodeReturn;
      this.progress[index].episodeLength = episodeLength;
    });
  }

  /** First resets. Seeds depend on the tick, so that a resumed run does not repeat its first episodes. */
  private async start(): Promise<void> {
    this.started = true;
    const all = this.environments.map((_, index) => index);
    await this.calls.run(this.span, this.resetEnvironments(all, true));
  }

  /** The row of the batch for a step of the group's environment `index`. */
  private rowOf(step: number, index: number): number {
    return step * this.layout.batch.environments + this.part.firstEnvironment + index;
  }

  private chooseActions(step: number, observed: RunningMoments[]): void {
    const { batch, policy, seed } = this.layout;
    const { normalizer, engine } = this.tools;
    const firstRow = this.rowOf(step, 0);
    for (let index = 0; index < this.environments.length; index++) {
      const { observation } = this.progress[index];
      normalizer.normalize(observation, this.observations, (firstRow + index) * batch.observationStride);
      if (normalizer.enabled) addToMoments(observed[index], observation);
    }
    act(
      engine.kernels,
      policy,
      {
        rows: this.environments.length,
        observations: floatAt(batch.observations, firstRow * batch.observationStride),
        actions: floatAt(batch.actions, firstRow * batch.actionSize),
        logProbabilities: floatAt(batch.logProbabilities, firstRow),
      },
      this.part.scratch,
      { seed, step: this.ticks, firstEnvironment: this.part.firstEnvironment },
    );
  }

  /** Steps every environment; the promises that some of them gave are awaited together. */
  private *stepEnvironments(step: number): Stretches {
    let pending: Promise<StepResult>[] | undefined;
    for (let index = 0; index < this.environments.length; index++) {
      if (this.calls.isCutDue) yield;
      const environment = this.environments[index];
      const offset = this.rowOf(step, index) * this.layout.batch.actionSize;
      requireFiniteAction(this.actions, offset, this.layout.batch.actionSize, this.places[index]);
      const action = toEnvironmentAction(environment.actionSpace, this.actions, offset);
      const result = this.askToStep(index, action);
      if (isPromise(result)) {
        pending ??= this.results.slice(0, index).map((done) => Promise.resolve(done));
        pending.push(result);
      } else {
        this.results[index] = result;
        pending?.push(Promise.resolve(result));
      }
    }
    if (pending !== undefined) yield this.awaitResults(pending);
  }

  private async awaitResults(pending: Promise<StepResult>[]): Promise<void> {
    await Promise.all(
      pending.map(async (promise, index) => {
        this.results[index] = await promise;
      }),
    );
  }

  /** Takes the step's results into the batch; returns the indices of the environments whose episodes ended. */
  private recordResults(step: number, ended: EndedEpisode[]): number[] {
    const endedIndices: number[] = [];
    for (let index = 0; index < this.environments.length; index++) {
      const result = this.results[index];
      requireOutcome(result, this.places[index]);
      const { observation, reward, terminated, truncated } = result;
      const row = this.rowOf(step, index);
      const progress = this.progress[index];
      copyObservation(progress.observation, observation, 'step', this.places[index]);
      this.rewards[row] = reward;
      this.terminated[row] = terminated ? 1 : 0;
      this.truncated[row] = truncated ? 1 : 0;
      progress.episodeReturn += reward;
      progress.episodeLength++;
      if (!terminated && !truncated) continue;
      if (!terminated) {
        const normalized = new Float32Array(this.layout.batch.observationStride);
        this.tools.normalizer.normalize(progress.observation, normalized, 0);
        this.finalObservations.push({ row, normalized });
      }
      const environment = this.part.firstEnvironment + index;
      const { episodeReturn, episodeLength } = progress;
      ended.push({ step, environment, episodeReturn, length: episodeLength });
      endedIndices.push(index);
    }
    return endedIndices;
  }

  private *resetEnvironments(indices: readonly number[], seeded: boolean): Stretches {
    const pending: Promise<void>[] = [];
    for (const index of indices) {
      if (this.calls.isCutDue) yield;
      const environment = this.environments[index];
      const number = this.part.firstEnvironment + index;
      const seed = seeded ? environmentSeed(this.layout.seed, number, this.ticks) : undefined;
      const answer = this.calls.ask(this.places[index], 'reset', () =>
        environment.reset(seeded ? { seed } : undefined),
      );
      if (isPromise(answer)) pending.push(answer.then((reset) => this.beginEpisode(index, reset)));
      else this.beginEpisode(index, answer);
    }
    if (pending.length > 0) yield Promise.all(pending);
  }

  private beginEpisode(index: number, answer: ResetResult): void {
    requireAnswer(answer, 'reset', this.places[index]);
    copyObservation(this.progress[index].observation, answer.observation, 'reset', this.places[index]);
    this.progress[index].episodeReturn = 0;
    this.progress[index].episodeLength = 0;
  }

  /** Values of the last observations of truncated episodes, and of where the batch breaks off. */
  private estimateLastValues(): void {
    const { normalizer } = this.tools;
    this.predictBeside(
      this.finalObservations.length,
      (target, offset, i) => target.set(this.finalObservations[i].normalized, offset),
      (i, value) => {
        this.finalValues[this.finalObservations[i].row] = value;
      },
    );
    this.predictBeside(
      this.environments.length,
      (target, offset, i) => normalizer.normalize(this.progress[i].observation, target, offset),
      (i, value) => {
        this.bootstrapValues[this.part.firstEnvironment + i] = value;
      },
    );
  }

  /** Values of `count` rows beside the batch, chunk by chunk. */
  private predictBeside(
    count: number,
    fill: (target: Float32Array, offset: number, i: number) => void,
    take: (i: number, value: number) => void,
  ): void {
    const { observationStride } = this.layout.batch;
    const { chunkObservations, chunkValues, scratch } = this.part;
    for (let first = 0; first < count; first += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, count - first);
      for (let i = 0; i < rows; i++) fill(this.chunk, i * observationStride, first + i);
      const where = { rows, observations: chunkObservations, values: chunkValues };
      predictValues(this.tools.engine.kernels, this.layout.value, where, scratch);
      for (let i = 0; i < rows; i++) take(first + i, this.chunkValues[i]);
    }
  }

  /** Of an environment that has saveState. */
  private savedState(index: number): Float64Array {
    const state: unknown = this.calls.call(this.places[index], 'saveState', () =>
      this.environments[index].saveState!(),
    );
    requireState(state, this.places[index]);
    return Float64Array.from(state);
  }

  /** To an environment that has restoreState. */
  private restoreState(index: number, state: Float64Array): void {
    this.calls.call(this.places[index], 'restoreState', () => this.environments[index].restoreState!(state));
  }

  /** Restores a saved state. Throws MismatchError where the environment refuses it. */
  private takeBack(index: number, state: Float64Array): void {
    try {
      this.restoreState(index, state);
    } catch (cause) {
      throw new MismatchError((cause as Error).message, { cause });
    }
  }

  private askToStep(index: number, action: Action): StepResult | Promise<StepResult> {
    return this.calls.ask(this.places[index], 'step', () => this.environments[index].step(action));
  }

  /** A turn of the event loop where one is due. Throws Interruption when another group failed or the run is aborted. */
  private pause(): Promise<void> | undefined {
    if (this.interrupt[0] !== 0) throw new Interruption();
    if (performance.now() - this.lastYield <= YIELD_INTERVAL_MS) return undefined;
    return this.tools.yieldToEventLoop().then(() => {
      this.lastYield = performance.now();
      if (this.interrupt[0] !== 0) throw new Interruption();
    });
  }

  /** Such as "environments 2 to 3 of CartPole-v1 from step 1024 on". */
  private get span(): string {
    const { firstEnvironment } = this.part;
    return spanOf(this.layout, firstEnvironment, this.environments.length, this.ticks);
  }

  /** Such as "CartPole-v1 (environment 3, step 1024)". */
  private place(index: number): string {
    const number = this.part.firstEnvironment + index;
    return `${this.layout.environmentName} (environment ${number}, step ${this.ticks})`;
  }
}
