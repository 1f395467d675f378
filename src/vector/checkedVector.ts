import { flattenSpace } from '../environments/flatSpace.js';
import {
  describeLength,
  describeValue,
  indexOfNoByte,
  isFiniteFloat32,
  LARGEST_FLOAT32_TEXT,
} from '../environments/flattenObservation.js';
import type { Box } from '../environments/spaces.js';
import { EnvironmentError, NonFiniteError, ShapeError } from '../errors.js';
import { ActionMasks } from './actionMasks.js';
import type { EnvironmentCalls } from './environmentCalls.js';
import { copyState, requireReward } from './environmentChecks.js';
import {
  type Answer,
  type EnvironmentPlaces,
  type Infos,
  isPromise,
  resetsOf,
  type SteppedVector,
  type VectorEnvironment,
  type VectorOutcomes,
} from './vectorEnvironment.js';

/**
 * A user's vector whose calls are limited in time and whose answers are checked before anything is learned from them. Throws
 * EnvironmentError, ShapeError or NonFiniteError naming the environment, or all of them where the call as a whole failed.
 */
export class CheckedVector implements SteppedVector {
  readonly count: number;
  /** Of flat observations. */
  readonly observationSpace: Box;
  readonly actionSpace: VectorEnvironment['actionSpace'];
  readonly stepsPerSecond?: number;
  readonly saveStates?: (which: readonly number[]) => Answer<readonly Float64Array[]>;
  readonly restoreStates?: (which: readonly number[], states: readonly ArrayLike<number>[]) => Answer<void>;
  readonly render?: VectorEnvironment['render'];
  readonly renderSolids?: VectorEnvironment['renderSolids'];
  private readonly observationSize: number;
  private readonly masks: ActionMasks;
  /** One environment, where a vector says whose failure it is; else all of them. */
  private readonly all = (thrown?: unknown) => {
    const { environmentIndex } = (thrown ?? {}) as { environmentIndex?: unknown };
    return typeof environmentIndex === 'number' ? this.places.one(environmentIndex) : this.places.all();
  };

  constructor(
    private readonly inner: VectorEnvironment,
    private readonly calls: EnvironmentCalls,
    private readonly places: EnvironmentPlaces,
  ) {
    this.count = inner.count;
    this.observationSpace = flattenSpace(inner.observationSpace);
    this.actionSpace = inner.actionSpace;
    this.stepsPerSecond = inner.stepsPerSecond;
    this.observationSize = this.observationSpace.size;
    this.masks = new ActionMasks(inner.actionSpace, inner.count);
    if (inner.saveStates && inner.restoreStates) {
      this.saveStates = (which) =>
        this.ask(
          'saveStates',
          () => inner.saveStates!(which),
          (states) => this.copyStates(states, which),
        );
      this.restoreStates = (which, states) =>
        this.ask(
          'restoreStates',
          () => inner.restoreStates!(which, states),
          () => {},
        );
    }
    if (inner.render) this.render = (index) => inner.render!(index);
    if (inner.renderSolids) this.renderSolids = (index) => inner.renderSolids!(index);
  }

  reset(which: readonly number[], seeds?: readonly number[]): ReturnType<SteppedVector['reset']> {
    return this.ask(
      'reset',
      () => this.inner.reset(which, seeds),
      (answer) => {
        const resets = resetsOf(answer);
        this.requireObservations(resets.observations, which, 'reset');
        this.requireInfos(resets.infos, which, 'reset');
        this.takeMasks(resets.infos, which, 'reset', () => false);
        const { rows: masks } = this.masks;
        if (masks === undefined) return resets;
        return { observations: resets.observations, infos: resets.infos, masks };
      },
    );
  }

  step(which: readonly number[], actions: ArrayLike<number>): ReturnType<SteppedVector['step']> {
    return this.ask(
      'step',
      () => this.inner.step(which, actions),
      (outcomes) => {
        this.requireOutcomes(outcomes, which);
        const { terminated, truncated } = outcomes;
        // after the last step nothing is chosen
        const isOver = (row: number) => terminated[row] === 1 || truncated[row] === 1;
        this.takeMasks(outcomes.infos, which, 'step', isOver);
        const { rows: masks } = this.masks;
        if (masks === undefined) return outcomes;
        const { observations, rewards, infos } = outcomes;
        return { observations, rewards, terminated, truncated, infos, masks };
      },
    );
  }

  close(): Answer<void> {
    return this.ask(
      'close',
      () => this.inner.close?.(),
      () => {},
    );
  }

  private ask<Given, Result>(
    method: string,
    call: () => Answer<Given>,
    take: (answer: Given) => Result,
  ): Answer<Result> {
    const answer = this.calls.isCutDue
      ? this.calls.runNext(this.places.all(), () => this.calls.ask(this.all, method, call))
      : this.calls.ask(this.all, method, call);
    return isPromise(answer) ? answer.then(take) : take(answer);
  }

  private requireOutcomes(outcomes: VectorOutcomes, which: readonly number[]): void {
    if (typeof outcomes !== 'object' || outcomes === null) {
      throw new EnvironmentError(
        `${this.places.all()} returned ${describeValue(outcomes)} from step(); it must return { observations, rewards, terminated, truncated }, or a promise of it`,
      );
    }
    const { observations, rewards, terminated, truncated } = outcomes;
    this.requireObservations(observations, which, 'step');
    this.requireRows('rewards', rewards, which, 1, 'step');
    this.requireRows('terminated', terminated, which, 1, 'step');
    this.requireRows('truncated', truncated, which, 1, 'step');
    this.requireInfos(outcomes.infos, which, 'step');
    for (let row = 0; row < which.length; row++) {
      requireReward(rewards[row], () => this.places.one(which[row]));
      if (isFlag(terminated[row]) && isFlag(truncated[row])) continue;
      throw new EnvironmentError(
        `${this.places.one(which[row])} returned terminated ${describeValue(terminated[row])} and truncated ${describeValue(truncated[row])} from step(); both must be 0 or 1`,
      );
    }
  }

  private requireObservations(
    observations: ArrayLike<number>,
    which: readonly number[],
    method: 'reset' | 'step',
  ): void {
    const size = this.observationSize;
    this.requireRows('observations', observations, which, size, method);
    if (this.observationSpace.dtype === 'uint8') this.requireBytes(observations, which, method);
    // bytes are always finite
    if (observations instanceof Uint8Array) return;
    for (let i = 0; i < which.length * size; i++) {
      const number = observations[i];
      if (isFiniteFloat32(number)) continue;
      throw new NonFiniteError(
        `${this.places.one(which[Math.floor(i / size)])} returned observation[${i % size}] = ${describeValue(number)} from ${method}(); every number must be finite, and at most ${LARGEST_FLOAT32_TEXT} in size`,
      );
    }
  }

  private requireBytes(observations: ArrayLike<number>, which: readonly number[], method: string): void {
    const size = this.observationSize;
    const index = indexOfNoByte(observations, 0, which.length * size);
    if (index < 0) return;
    throw new ShapeError(
      `${this.places.one(which[Math.floor(index / size)])} returned observation[${index % size}] = ${describeValue(observations[index])} from ${method}(); a uint8 Box has whole numbers from 0 to 255`,
    );
  }

  private requireInfos(infos: Infos | undefined, which: readonly number[], method: string): void {
    if (infos !== undefined) this.requireRows('infos', infos, which, 1, method);
  }

  private takeMasks(
    infos: Infos | undefined,
    which: readonly number[],
    method: 'reset' | 'step',
    isOver: (row: number) => boolean,
  ): void {
    if (infos === undefined && this.masks.rows === undefined) return;
    for (let row = 0; row < which.length; row++) {
      if (!isOver(row)) this.masks.take(row, infos?.[row], method, () => this.places.one(which[row]));
    }
  }

  /** An array has a row for each environment asked, or for each of the vector. */
  private requireRows(
    name: string,
    array: ArrayLike<unknown>,
    which: readonly number[],
    size: number,
    method: string,
  ): void {
    const length = array?.length;
    if (length === which.length * size || length === this.count * size) return;
    throw new ShapeError(
      `${this.places.all()} returned ${describeLength(array)} as ${name} from ${method}(); ${which.length} environments were asked, with ${size} each: give ${which.length * size}, or ${this.count * size} with theirs first`,
    );
  }

  private copyStates(
    states: readonly ArrayLike<number>[],
    which: readonly number[],
  ): readonly Float64Array[] {
    if (!Array.isArray(states) || states.length !== which.length) {
      throw new ShapeError(
        `${this.places.all()} returned ${describeLength(states)} from saveStates(); give an array with a state for each of the ${which.length} environments asked`,
      );
    }
    return which.map((index, row) => copyState(states[row], 'saveStates', () => this.places.one(index)));
  }
}

function isFlag(value: unknown): boolean {
  return value === 0 || value === 1;
}
