import { EnvironmentError, OptionError, ShapeError } from '../errors.js';
import type { Scene } from '../render/scene.js';
import type { SolidScene } from '../render/solidScene.js';
import type { Action, Environment, ResetOptions, ResetResult, StepResult } from './environment.js';
import type { ActionSpace } from './spaces.js';
import type { ObservationOf, ObservationSpace } from './structuredSpaces.js';

/** Numbers of a saved state before the inner environment's: elapsed steps, running. */
const SAVED_HEAD = 2;

/**
 * Cuts episodes of any environment after `maxEpisodeSteps` steps: that step is truncated, terminated or not,
 * as in Gymnasium. Saving, rendering and promises are as the inner environment has them.
 */
export class TimeLimit<Space extends ObservationSpace = ObservationSpace> implements Environment<Space> {
  readonly observationSpace: Space;
  readonly actionSpace: ActionSpace;
  /** [elapsed steps, running (0 or 1), ...the inner environment's saved state]. */
  readonly saveState?: () => ArrayLike<number>;
  readonly restoreState?: (saved: ArrayLike<number>) => void;
  readonly render?: () => Scene;
  readonly renderSolids?: () => SolidScene;
  readonly stepsPerSecond?: number;
  private elapsedSteps = 0;
  private running = false;

  constructor(
    readonly inner: Environment<Space>,
    readonly maxEpisodeSteps: number,
  ) {
    if (!Number.isSafeInteger(maxEpisodeSteps) || maxEpisodeSteps < 1) {
      throw new OptionError(
        `TimeLimit: maxEpisodeSteps is ${maxEpisodeSteps}; give a whole number of 1 or more, or leave the wrapper out`,
      );
    }
    this.observationSpace = inner.observationSpace;
    this.actionSpace = inner.actionSpace;
    if (inner.saveState && inner.restoreState) {
      this.saveState = () => this.save(inner.saveState!());
      this.restoreState = (saved) => this.restore(saved);
    }
    if (inner.render) this.render = () => inner.render!();
    if (inner.renderSolids) this.renderSolids = () => inner.renderSolids!();
    this.stepsPerSecond = inner.stepsPerSecond;
  }

  reset(options?: ResetOptions): ReturnType<Environment<Space>['reset']> {
    const result = this.inner.reset(options);
    return isPromise(result) ? result.then((later) => this.begin(later)) : this.begin(result);
  }

  /** EnvironmentError: no episode is running. */
  step(action: Action): ReturnType<Environment<Space>['step']> {
    if (!this.running) {
      throw new EnvironmentError(
        `TimeLimit: step() without a running episode (never reset, or the last one ended, limit ${this.maxEpisodeSteps} steps); call reset() first`,
      );
    }
    const result = this.inner.step(action);
    return isPromise(result) ? result.then((later) => this.count(later)) : this.count(result);
  }

  close(): void | Promise<void> {
    return this.inner.close?.();
  }

  private begin<Result extends ResetResult<ObservationOf<Space>>>(result: Result): Result {
    this.elapsedSteps = 0;
    this.running = true;
    return result;
  }

  private count(result: StepResult<ObservationOf<Space>>): StepResult<ObservationOf<Space>> {
    this.elapsedSteps++;
    if (this.elapsedSteps < this.maxEpisodeSteps) {
      this.running = !(result.terminated || result.truncated);
      return result;
    }
    this.running = false;
    // a copy: the inner environment may hand out one object for ever
    return { ...result, truncated: true };
  }

  private save(inner: ArrayLike<number>): number[] {
    return [this.elapsedSteps, this.running ? 1 : 0, ...Array.from(inner)];
  }

  private restore(saved: ArrayLike<number>): void {
    const [elapsedSteps, running, ...inner] = Array.from(saved);
    if (saved.length < SAVED_HEAD || !Number.isSafeInteger(elapsedSteps) || elapsedSteps < 0) {
      throw new ShapeError(
        `TimeLimit: saved state starts with ${elapsedSteps}, not with a count of steps; give what saveState() of the same environment returned`,
      );
    }
    // first, because it may refuse
    this.inner.restoreState!(inner);
    this.elapsedSteps = elapsedSteps;
    this.running = running !== 0;
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T>).then === 'function';
}
