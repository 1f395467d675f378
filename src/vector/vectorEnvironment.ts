import type { Info } from '../environments/environment.js';
import type { ActionSpace, Box } from '../environments/spaces.js';
import type { ObservationSpace } from '../environments/structuredSpaces.js';
import type { Scene } from '../render/scene.js';
import type { SolidScene } from '../render/solidScene.js';

/** Something now, or a promise of it. */
export type Answer<Result> = Result | Promise<Result>;

/** Of each row what its environment told beside the numbers; undefined where it told nothing. */
export type Infos = readonly (Info | undefined)[];

/** What `reset` answers, where there is more to tell than observations. */
export interface VectorResets {
  /** [rows x observation size] */
  readonly observations: ArrayLike<number>;
  /** [rows] */
  readonly infos?: Infos;
}

/**
 * What `step` answers: row i belongs to environment which[i]. Every array has a row for each environment asked, or for each
 * of the vector, of which the first ones count; it may be reused at the next call.
 */
export interface VectorOutcomes {
  /** [rows x observation size]: where each environment is now, also where its episode ended. */
  readonly observations: ArrayLike<number>;
  /** [rows] */
  readonly rewards: ArrayLike<number>;
  /** [rows] 1 where the task ended: there is no future reward; else 0. */
  readonly terminated: ArrayLike<number>;
  /** [rows] 1 where the episode was cut, for instance by a time limit: future reward exists but is not seen; else 0. */
  readonly truncated: ArrayLike<number>;
  /** [rows] */
  readonly infos?: Infos;
}

/**
 * `count` copies of one task that are stepped together: a simulator that steps many at once, or N ordinary environments
 * behind `EnvironmentVector`. All answers come at once or as promises.
 *
 * Nothing resets itself: after an episode ends (terminated or truncated) the caller resets that environment before it steps
 * it again, so the last observation of an episode is never lost. `which` names environments by number, ascending. An error
 * that is thrown may have the number of its environment as `environmentIndex`: messages then name that one.
 */
export interface VectorEnvironment<Space extends ObservationSpace = ObservationSpace> {
  /** Environments, 1 or more. */
  readonly count: number;
  /** Of one environment. Observations of other spaces than a Box are answered flat, as `flattenObservation` orders them. */
  readonly observationSpace: Space;
  readonly actionSpace: ActionSpace;
  /**
   * First observations [rows x observation size] of new episodes. seeds: one for each of `which`, whole, 0 to 2^53 - 1, which
   * start the environments' own random streams anew; without them the streams go on. An object where there are infos too.
   */
  reset(which: readonly number[], seeds?: readonly number[]): Answer<ArrayLike<number> | VectorResets>;
  /** actions [rows x numbers of an action], members of the action space; reused by the caller after the answer. */
  step(which: readonly number[], actions: ArrayLike<number>): Answer<VectorOutcomes>;
  /** For each of `which` all that decides what follows, random stream and elapsed steps included, as finite numbers. */
  saveStates?(which: readonly number[]): Answer<readonly ArrayLike<number>[]>;
  /** Puts saved states back: what follows is then the same to the bit. */
  restoreStates?(which: readonly number[], states: readonly ArrayLike<number>[]): Answer<void>;
  /** The present state of one environment as shapes. */
  render?(index: number): Scene;
  /** The same in three dimensions. */
  renderSolids?(index: number): SolidScene;
  /** 1/s: steps that pass in a second of a moving picture, whole, 1 to 1000; Gymnasium's `render_fps`. */
  readonly stepsPerSecond?: number;
  close?(): Answer<void>;
}

/** Which choices may be taken next, where the action space is masked. */
interface Masks {
  /** [rows x mask size] 1 for what may be chosen, else 0; reused at the next call. Rows of episodes that ended hold anything. */
  readonly masks?: Uint8Array;
}

export type SteppedResets = VectorResets & Masks;
export type SteppedOutcomes = VectorOutcomes & Masks;

/** A vector whose answers were checked, as all that steps environments sees it. */
export interface SteppedVector extends VectorEnvironment<Box> {
  reset(which: readonly number[], seeds?: readonly number[]): Answer<SteppedResets>;
  step(which: readonly number[], actions: ArrayLike<number>): Answer<SteppedOutcomes>;
}

/** The observations of a reset, given bare or in an object, in an object. */
export function resetsOf(answer: ArrayLike<number> | VectorResets): VectorResets {
  const isObject = typeof answer === 'object' && answer !== null && 'observations' in answer;
  return isObject ? answer : { observations: answer };
}

export function isPromise<Result>(value: Answer<Result>): value is Promise<Result> {
  return typeof (value as Promise<Result> | undefined | null)?.then === 'function';
}

/** An observation, or several in a row: bytes where the space has them. */
export type ObservationRow = Float64Array | Uint8Array;

/** Room for `count` observations of the space. */
export function observationRow({ size, dtype }: Pick<Box, 'size' | 'dtype'>, count = 1): ObservationRow {
  return dtype === 'uint8' ? new Uint8Array(count * size) : new Float64Array(count * size);
}

/** target = row `row` of `rows`, which has as many numbers as target. */
export function copyRow(target: ObservationRow, rows: ArrayLike<number>, row: number): void {
  const offset = row * target.length;
  if (target instanceof Uint8Array && rows instanceof Uint8Array) {
    target.set(rows.subarray(offset, offset + target.length));
    return;
  }
  for (let i = 0; i < target.length; i++) target[i] = rows[offset + i];
}

/** How messages name environments. */
export interface EnvironmentPlaces {
  /** One of them, such as "CartPole-v1 (environment 3, step 1024)". */
  one(index: number): string;
  /** All of them, such as "environments 0 to 63 of CartPole-v1 from step 1024 on". */
  all(): string;
}
