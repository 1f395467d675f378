import { EnvironmentError, NonFiniteError, ShapeError } from '../errors.js';
import { RandomStream, StreamPurpose } from '../random/philox.js';
import type { Scene } from '../render/scene.js';
import type { Action, Environment, ResetOptions, ResetResult, StepResult } from './environment.js';
import { requireNumbers, requireSeed } from './requireNumbers.js';
import type { Box, Discrete } from './spaces.js';

interface StateTaskSpec {
  readonly name: string;
  /** What the internal state's numbers are, in order. */
  readonly stateNames: readonly string[];
  readonly observationSpace: Box;
  /** Discrete, or a Box of one number. */
  readonly actionSpace: Discrete | Box;
  /** 1/s: of a moving picture. */
  readonly stepsPerSecond: number;
}

/** Numbers of a saved state before the internal state: needs reset, seed, drawn. */
const SAVED_HEAD = 3;

/**
 * What tasks share whose whole state is a list of numbers: start, checks and saving around a subclass's rules.
 * `step` and `reset` return the same two objects over one observation array each time: copy what you keep.
 */
export abstract class StateTask implements Environment<Box> {
  readonly observationSpace: Box;
  readonly actionSpace: Discrete | Box;
  readonly stepsPerSecond: number;
  /** The internal state, as the subclass's equations read and write it. */
  protected readonly dynamics: Float64Array;
  /** What `step` returns; `advance` writes its reward and terminated. */
  protected readonly outcome: StepResult;
  private readonly observation: Float32Array | Uint8Array;
  private readonly resetResult: ResetResult;
  private random = new RandomStream(Math.floor(Math.random() * 2 ** 32), StreamPurpose.environments);
  private needsReset = true;

  protected constructor(private readonly spec: StateTaskSpec) {
    this.observationSpace = spec.observationSpace;
    this.actionSpace = spec.actionSpace;
    this.stepsPerSecond = spec.stepsPerSecond;
    this.dynamics = new Float64Array(spec.stateNames.length);
    const { size, dtype } = spec.observationSpace;
    this.observation = dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
    this.resetResult = { observation: this.observation };
    this.outcome = { observation: this.observation, reward: 0, terminated: false, truncated: false };
  }

  /** Writes a random start into `dynamics`. */
  protected abstract drawStart(random: RandomStream): void;

  /** Moves `dynamics` one step on; writes `outcome.reward` and `outcome.terminated`, which are 0 and false before. */
  protected abstract advance(action: number, random: RandomStream): void;

  /** Writes what the agent sees of `dynamics`. */
  protected abstract observe(observation: Float32Array | Uint8Array): void;

  abstract render(): Scene;

  /** A copy of the internal state, in the order that the class states. */
  get state(): number[] {
    return Array.from(this.dynamics);
  }

  /** OptionError: seed not whole. ShapeError, NonFiniteError: `options.state` is not an internal state. */
  reset({ seed, options }: ResetOptions = {}): ResetResult {
    const start = options?.state;
    if (seed !== undefined) requireSeed(this.spec.name, seed);
    if (start !== undefined) requireNumbers(this.spec.name, 'options.state', start, this.spec.stateNames);
    if (seed !== undefined) this.random = new RandomStream(seed, StreamPurpose.environments);
    if (start === undefined) {
      this.drawStart(this.random);
    } else {
      // + 0 turns -0 into 0, which JSON could not keep
      for (let i = 0; i < start.length; i++) this.dynamics[i] = start[i] + 0;
    }
    this.needsReset = false;
    this.observe(this.observation);
    return this.resetResult;
  }

  /** EnvironmentError: no episode is running. ShapeError, NonFiniteError: not a valid action. */
  step(action: Action): StepResult {
    if (this.needsReset) {
      throw new EnvironmentError(
        `${this.spec.name}: step() without a running episode (never reset, or the last one ended); call reset() first`,
      );
    }
    const number = this.actionNumber(action);
    this.outcome.reward = 0;
    this.outcome.terminated = false;
    this.advance(number, this.random);
    this.observe(this.observation);
    this.needsReset = this.outcome.terminated;
    return this.outcome;
  }

  /** [needs reset (0 or 1), seed, numbers drawn, ...internal state]. */
  saveState(): number[] {
    return [this.needsReset ? 1 : 0, this.random.seed, this.random.drawn, ...this.dynamics];
  }

  restoreState(saved: ArrayLike<number>): void {
    requireNumbers(this.spec.name, 'saved state', saved, [
      'needs reset',
      'seed',
      'drawn',
      ...this.spec.stateNames,
    ]);
    const [needsReset, seed, drawn] = Array.from(saved);
    requireSeed(this.spec.name, seed);
    this.needsReset = needsReset !== 0;
    this.random = new RandomStream(seed, StreamPurpose.environments);
    this.random.drawn = drawn;
    for (let i = 0; i < this.dynamics.length; i++) this.dynamics[i] = saved[SAVED_HEAD + i];
  }

  /** The action as one number: the choice of a Discrete space, the only element of a Box. */
  private actionNumber(action: Action): number {
    const space = this.actionSpace;
    if (space.kind === 'Discrete') {
      if (space.contains(action)) return action as number;
      throw new ShapeError(
        `${this.spec.name}: action ${describe(action)} is not in Discrete(${space.n}); give a whole number from 0 to ${space.n - 1}`,
      );
    }
    if (typeof action !== 'object' || action?.length !== 1) {
      throw new ShapeError(
        `${this.spec.name}: action ${describe(action)} is not in its Box; give an array of 1 number, such as [0.5]`,
      );
    }
    if (!Number.isFinite(action[0])) {
      throw new NonFiniteError(
        `${this.spec.name}: action [${action[0]}] is not finite; give a finite number (beyond the bounds it is clipped)`,
      );
    }
    return action[0];
  }
}

function describe(action: unknown): string {
  return typeof action === 'object' && action !== null
    ? `of ${(action as ArrayLike<number>).length} numbers`
    : String(action);
}
