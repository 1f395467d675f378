import { maskSizeOf } from '../environments/actionMask.js';
import { MismatchError, StandstillError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { addToMoments, emptyMoments, type RunningMoments } from '../normalization/runningMoments.js';
import type { CallLimit } from '../platform/threads.js';
import { type ActionUnits, actionUnits, writeEnvironmentActions } from '../policy/actionUnits.js';
import { act } from '../policy/policyNetwork.js';
import { environmentSeed } from '../random/philox.js';
import { predictValues } from '../value/valueNetwork.js';
import {
  EnvironmentCalls,
  type Place,
  SLICE_MS,
  settled,
  type TimeSlices,
} from '../vector/environmentCalls.js';
import { requireFiniteAction } from '../vector/environmentChecks.js';
import { type MadeEnvironments, vectorOf } from '../vector/environmentSource.js';
import {
  copyRow,
  isPromise,
  type ObservationRow,
  observationRow,
  type SteppedOutcomes,
  type SteppedVector,
} from '../vector/vectorEnvironment.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { CHUNK_ROWS, floatAt } from './batch.js';
import { BoundsWatch } from './boundsWatch.js';
import { Branches } from './branches.js';
import { episodeInfo } from './episodeInfo.js';
import { FrameWriter } from './frameWriter.js';
import {
  type CollectorPart,
  type CollectorReport,
  type EndedEpisode,
  type EnvironmentProgress,
  Interruption,
  type RolloutLayout,
  spanOf,
} from './rolloutLayout.js';

interface CollectorTools {
  readonly engine: Engine;
  readonly normalizer: ObservationNormalizer;
  /** Lets timers and signals run; awaited now and then. */
  readonly yieldToEventLoop: () => Promise<void>;
  /** Absent where the runtime has none. */
  readonly limitCall?: CallLimit;
}

/** A truncated episode's last observation waits here for its value. */
interface FinalObservation {
  readonly row: number;
  readonly normalized: Float32Array;
}

/**
 * Steps consecutive environments together under the policy, on one thread, straight into the batch. Draws are named by
 * environment and tick, so results do not depend on how environments are divided between collectors.
 */
export class Collector {
  private readonly vector: SteppedVector;
  private readonly calls: EnvironmentCalls;
  /** 0, 1, ... */
  private readonly all: readonly number[];
  private readonly places: readonly Place[];
  private readonly progress: readonly EnvironmentProgress[];
  /** Of batches without frames. */
  private readonly observations: Float32Array;
  private readonly frames?: FrameWriter;
  private readonly masks: Uint8Array;
  private readonly actions: Float32Array;
  /** The same as the environments take them, [environments x actionSize]. */
  private readonly environmentActions: Float64Array;
  private readonly units: ActionUnits;
  private readonly rewards: Float32Array;
  private readonly terminated: Float32Array;
  private readonly truncated: Float32Array;
  private readonly finalValues: Float32Array;
  private readonly bootstrapValues: Float32Array;
  private readonly chunk: Float32Array;
  private readonly chunkValues: Float32Array;
  private readonly bounds: BoundsWatch;
  private readonly interrupt: Int32Array;
  private readonly policyVersion: Int32Array;
  private readonly branches?: Branches;
  private finalObservations: FinalObservation[] = [];
  private ticks = 0;
  private started = false;
  private lastPause = 0;

  constructor(
    private readonly tools: CollectorTools,
    private readonly layout: RolloutLayout,
    private readonly part: CollectorPart,
    made: MadeEnvironments,
  ) {
    const { arena } = tools.engine;
    const { batch } = layout;
    this.calls = new EnvironmentCalls(layout.stepTimeoutMs, tools.limitCall);
    this.vector = vectorOf(made, this.calls, { one: (index) => this.place(index), all: () => this.span });
    this.all = Array.from({ length: this.vector.count }, (_, index) => index);
    this.places = this.all.map((index) => () => this.place(index));
    const maskSize = maskSizeOf(this.vector.actionSpace);
    this.progress = this.all.map(() => ({
      observation: this.newObservation(),
      mask: maskSize === 0 ? undefined : new Uint8Array(maskSize),
      episodeReturn: 0,
      episodeLength: 0,
    }));
    const { pool } = batch;
    this.observations = arena.float32(
      batch.observations,
      pool === undefined ? batch.rows * batch.observationStride : 0,
    );
    const { firstEnvironment, frameRoom } = part;
    if (pool !== undefined && frameRoom !== undefined) {
      const { engine } = tools;
      this.frames = new FrameWriter(engine, batch, pool, frameRoom, firstEnvironment, this.places);
    }
    this.masks = arena.uint8(batch.masks, batch.rows * batch.maskWords * 4);
    this.actions = arena.float32(batch.actions, batch.rows * batch.actionSize);
    this.units = actionUnits(this.vector.actionSpace, layout.rescaleActions);
    this.environmentActions = new Float64Array(this.vector.count * batch.actionSize);
    this.rewards = arena.float32(batch.rewards, batch.rows);
    this.terminated = arena.float32(batch.terminated, batch.rows);
    this.truncated = arena.float32(batch.truncated, batch.rows);
    this.finalValues = arena.float32(batch.finalValues, batch.rows);
    this.bootstrapValues = arena.float32(batch.bootstrapValues, batch.environments);
    this.chunk = arena.float32(part.chunkObservations, CHUNK_ROWS * batch.observationStride);
    this.chunkValues = arena.float32(part.chunkValues, CHUNK_ROWS);
    this.bounds = new BoundsWatch(this.vector.observationSpace);
    this.interrupt = arena.int32(layout.interrupt, 1);
    this.policyVersion = arena.int32(layout.policy.version, 1);
    if (layout.vine !== undefined && part.branch !== undefined) {
      const { engine, normalizer } = tools;
      const { vector, places, units } = this;
      const branchTools = { engine, normalizer, vector, places, units, pause: () => this.pause() };
      this.branches = new Branches(branchTools, layout, layout.vine, { ...part, ...part.branch });
    }
  }

  /**
   * Fills the collector's columns of the batch, from tick `ticks` on: normalised observations, actions, log-probabilities,
   * rewards, ends, and the values of last observations. Throws EnvironmentError, ShapeError or NonFiniteError naming
   * environment and step, after interrupting the other collectors, Interruption when another one did, and the signal's reason
   * as soon as it aborts while environments are waited for.
   */
  async collect(ticks: number, signal?: AbortSignal): Promise<CollectorReport> {
    try {
      return await this.collectBatch(ticks, signal);
    } catch (error) {
      this.interrupt[0] = 1;
      throw error;
    }
  }

  private async collectBatch(ticks: number, signal?: AbortSignal): Promise<CollectorReport> {
    if (this.interrupt[0] !== 0) throw new Interruption();
    this.ticks = ticks;
    // a turn of the event loop costs a millisecond or more: none is due at the start of a batch
    this.lastPause = performance.now();
    if (!this.started) await this.start(signal);
    const policyVersion = this.policyVersion[0];
    const observed = this.all.map(() => emptyMoments(this.tools.normalizer.size));
    const ended: EndedEpisode[] = [];
    this.finalObservations = [];
    // what a batch that was given up has left
    this.bounds.take();
    await this.calls.run(this.span, this.makeSteps(observed, ended), signal);
    const bounds = this.bounds.take();
    this.estimateLastValues();
    const branchSteps =
      this.branches === undefined ? 0 : await this.calls.run(this.span, this.branches.grow(ticks), signal);
    if (this.policyVersion[0] !== policyVersion) {
      throw new MismatchError(
        `The policy's parameters changed while ${this.layout.environmentName} made a batch with them; change them between iterations only`,
      );
    }
    const progress = await this.calls.run(this.span, this.saveProgress(), signal);
    return { ended, observed, bounds, progress, policyVersion, branchSteps };
  }

  private *makeSteps(observed: readonly RunningMoments[], ended: EndedEpisode[]): TimeSlices {
    const { steps } = this.layout.batch;
    for (let step = 0; step < steps; step++) {
      if (this.branches?.beginAt(step)) yield* this.branches.keep();
      this.chooseActions(step, observed);
      const answer = this.vector.step(this.all, this.environmentActions);
      // most environments answer at once, and then nothing is paid for promises
      const outcomes = isPromise(answer) ? yield* settled(answer) : answer;
      const endedHere = this.record(step, outcomes, ended);
      if (endedHere.length > 0) yield* this.reset(endedHere);
      this.ticks++;
      const pause = this.pause();
      if (pause !== undefined) yield pause;
    }
  }

  /** How many environments it has. */
  get size(): number {
    return this.vector.count;
  }

  /** Room for an observation. */
  newObservation(): ObservationRow {
    return observationRow(this.vector.observationSpace);
  }

  /** Where each environment stands before its first reset. */
  unbegunProgress(): EnvironmentProgress[] {
    return this.progress.map((progress) => ({
      ...progress,
      observation: progress.observation.slice(),
      mask: progress.mask?.slice(),
    }));
  }

  /**
   * Goes on from saved progress; environments that cannot restore a state start a new episode. Throws MismatchError where one
   * refuses its state, and the signal's reason as soon as it aborts while environments are waited for.
   */
  async restoreProgress(
    ticks: number,
    saved: readonly EnvironmentProgress[],
    signal?: AbortSignal,
  ): Promise<void> {
    this.ticks = ticks;
    await this.start(signal);
    const { vector } = this;
    if (vector.restoreStates === undefined) return;
    const which = this.all.filter((index) => saved[index].state !== undefined);
    if (which.length === 0) return;
    const states = which.map((index) => saved[index].state!);
    const restoring = (function* (): TimeSlices {
      yield* settled(vector.restoreStates!(which, states));
    })();
    try {
      await this.calls.run(this.span, restoring, signal);
    } catch (cause) {
      const isOurs = cause instanceof StandstillError || (signal?.aborted && cause === signal.reason);
      if (isOurs) throw cause;
      throw new MismatchError((cause as Error).message, { cause });
    }
    for (const index of which) {
      const { observation, mask, episodeReturn, episodeLength } = saved[index];
      this.progress[index].observation.set(observation);
      if (mask !== undefined) this.progress[index].mask?.set(mask);
      this.progress[index].episodeReturn = episodeReturn;
      this.progress[index].episodeLength = episodeLength;
    }
  }

  /** Where each environment stands, with its state where it can save one. */
  private *saveProgress(): TimeSlices<EnvironmentProgress[]> {
    const { vector } = this;
    const progress = this.unbegunProgress();
    if (vector.saveStates === undefined) return progress;
    const states = (yield* settled(vector.saveStates(this.all))) as readonly Float64Array[];
    return progress.map((standing, index) => ({ ...standing, state: states[index] }));
  }

  /** First resets. Seeds depend on the tick, so that a resumed run does not repeat its first episodes. */
  private async start(signal?: AbortSignal): Promise<void> {
    this.started = true;
    const { seed } = this.layout;
    const seeds = this.all.map((index) =>
      environmentSeed(seed, this.part.firstEnvironment + index, this.ticks),
    );
    await this.calls.run(this.span, this.reset(this.all, seeds), signal);
  }

  /** The row of the batch for a step of the collector's environment `index`. */
  private rowOf(step: number, index: number): number {
    return step * this.layout.batch.environments + this.part.firstEnvironment + index;
  }

  private chooseActions(step: number, observed: readonly RunningMoments[]): void {
    const { batch, policy, seed } = this.layout;
    const { normalizer, engine } = this.tools;
    const { count } = this.vector;
    const firstRow = this.rowOf(step, 0);
    for (let index = 0; index < count; index++) {
      const { observation, mask } = this.progress[index];
      if (this.frames !== undefined) this.frames.put(step, index, observation as Uint8Array);
      else normalizer.normalize(observation, this.observations, (firstRow + index) * batch.observationStride);
      if (mask !== undefined) this.masks.set(mask, (firstRow + index) * batch.maskWords * 4);
      if (normalizer.enabled) addToMoments(observed[index], observation);
      this.bounds.look(observation, step, this.part.firstEnvironment + index);
    }
    const tile = this.frames === undefined ? count : CHUNK_ROWS;
    for (let first = 0; first < count; first += tile) {
      const row = firstRow + first;
      const rows = Math.min(tile, count - first);
      act(
        engine.kernels,
        policy,
        {
          rows,
          observations: this.observationsOf(row, rows),
          masks: floatAt(batch.masks, row * batch.maskWords),
          actions: floatAt(batch.actions, row * batch.actionSize),
          logProbabilities: floatAt(batch.logProbabilities, row),
        },
        this.part.scratch,
        { seed, step: this.ticks, firstEnvironment: this.part.firstEnvironment + first },
      );
    }
    const firstAction = firstRow * batch.actionSize;
    for (let index = 0; index < count; index++) {
      const offset = firstAction + index * batch.actionSize;
      requireFiniteAction(this.actions, offset, batch.actionSize, this.places[index]);
    }
    writeEnvironmentActions(this.units, this.actions, firstAction, count, this.environmentActions);
  }

  /** Where rows of the batch have their observations as float32; made of frames they are beside it, CHUNK_ROWS at most. */
  private observationsOf(row: number, rows: number): Pointer {
    const { batch } = this.layout;
    if (this.frames === undefined) return floatAt(batch.observations, row * batch.observationStride);
    const { chunkObservations } = this.part;
    const { kernels } = this.tools.engine;
    kernels.readObservations(batch.frameRows, row, rows, chunkObservations, batch.observationStride);
    return chunkObservations;
  }

  /** Takes a step's outcomes into the batch; returns the indices of the environments whose episodes ended. */
  private record(step: number, outcomes: SteppedOutcomes, ended: EndedEpisode[]): number[] {
    const { observations, masks, rewards, terminated, truncated, infos } = outcomes;
    const endedHere: number[] = [];
    for (let index = 0; index < this.progress.length; index++) {
      const row = this.rowOf(step, index);
      const progress = this.progress[index];
      copyRow(progress.observation, observations, index);
      if (progress.mask !== undefined) copyRow(progress.mask, masks!, index);
      const reward = rewards[index];
      const isTerminated = terminated[index] !== 0;
      const isTruncated = truncated[index] !== 0;
      this.rewards[row] = reward;
      this.terminated[row] = isTerminated ? 1 : 0;
      this.truncated[row] = isTruncated ? 1 : 0;
      progress.episodeReturn += reward;
      progress.episodeLength++;
      if (!isTerminated && !isTruncated) continue;
      if (!isTerminated) {
        const normalized = new Float32Array(this.layout.batch.observationStride);
        this.tools.normalizer.normalize(progress.observation, normalized, 0);
        this.finalObservations.push({ row, normalized });
      }
      const environment = this.part.firstEnvironment + index;
      const { episodeReturn, episodeLength } = progress;
      const info = episodeInfo(infos?.[index]);
      ended.push({ step, environment, episodeReturn, length: episodeLength, info });
      endedHere.push(index);
    }
    return endedHere;
  }

  private *reset(which: readonly number[], seeds?: readonly number[]): TimeSlices {
    const { observations, masks } = yield* settled(this.vector.reset(which, seeds));
    which.forEach((index, row) => {
      const progress = this.progress[index];
      copyRow(progress.observation, observations, row);
      if (progress.mask !== undefined) copyRow(progress.mask, masks!, row);
      progress.episodeReturn = 0;
      progress.episodeLength = 0;
    });
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
      this.progress.length,
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

  /** A turn of the event loop where one is due. Throws Interruption when another collector failed or the run is aborted. */
  private pause(): Promise<void> | undefined {
    if (this.interrupt[0] !== 0) throw new Interruption();
    if (performance.now() - this.lastPause <= SLICE_MS) return undefined;
    return this.tools.yieldToEventLoop().then(() => {
      this.lastPause = performance.now();
      if (this.interrupt[0] !== 0) throw new Interruption();
    });
  }

  /** Such as "environments 2 to 3 of CartPole-v1 from step 1024 on". */
  private get span(): string {
    return spanOf(this.layout, this.part.firstEnvironment, this.vector.count, this.ticks);
  }

  /** Such as "CartPole-v1 (environment 3, step 1024)". */
  private place(index: number): string {
    const number = this.part.firstEnvironment + index;
    return `${this.layout.environmentName} (environment ${number}, step ${this.ticks})`;
  }
}
