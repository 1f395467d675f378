import type { Scene } from '../render/scene.js';
import type { SolidScene } from '../render/solidScene.js';
import type { ActionSpace, Box } from './spaces.js';

/** A member of the action space: a whole number for Discrete, an array for the others. */
export type Action = number | ArrayLike<number>;

/** What an environment tells beside the numbers that are learned from, by name. */
export type Info = Readonly<Record<string, unknown>>;

/** What Gymnasium's `step` returns. `observation` may be reused by the environment at its next step or reset. */
export interface StepResult {
  observation: ArrayLike<number>;
  reward: number;
  /** The task ended: there is no future reward. */
  terminated: boolean;
  /** The episode was cut, for instance by a time limit: future reward exists but is not seen. */
  truncated: boolean;
  info?: Info;
}

export interface ResetResult {
  observation: ArrayLike<number>;
  info?: Info;
}

export interface ResetOptions {
  /** Starts the environment's own random stream anew; without it the stream goes on. Whole, 0 to 2^53 - 1. */
  seed?: number;
  options?: {
    /** Start from this internal state instead of a random one. */
    state?: ArrayLike<number>;
    readonly [name: string]: unknown;
  };
}

/**
 * A task with Gymnasium's semantics. `reset` and `step` answer at once, or with a promise (a remote simulator).
 * After an episode ends (terminated or truncated) the caller resets before it steps again.
 */
export interface Environment {
  readonly observationSpace: Box;
  readonly actionSpace: ActionSpace;
  reset(options?: ResetOptions): ResetResult | Promise<ResetResult>;
  step(action: Action): StepResult | Promise<StepResult>;
  /** Everything that decides what follows, random stream and elapsed steps included, as finite numbers. */
  saveState?(): ArrayLike<number>;
  /** Puts a saved state back: what follows is then the same to the bit. */
  restoreState?(state: ArrayLike<number>): void;
  /** The present state as shapes, to be drawn on any canvas. */
  render?(): Scene;
  /** The same in three dimensions. */
  renderSolids?(): SolidScene;
  /** 1/s: steps that pass in a second of a moving picture, whole, 1 to 1000; Gymnasium's `render_fps`. */
  readonly stepsPerSecond?: number;
  close?(): void | Promise<void>;
}
