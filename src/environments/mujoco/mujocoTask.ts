import { EnvironmentError, NonFiniteError, ShapeError } from '../../errors.js';
import { drawNormal } from '../../random/normal.js';
import { RandomStream, StreamPurpose } from '../../random/philox.js';
import type { Camera } from '../../render/camera.js';
import type { Scene } from '../../render/scene.js';
import type { SolidBody, SolidScene } from '../../render/solidScene.js';
import type { Action, Environment, ResetOptions, ResetResult, StepResult } from '../environment.js';
import { requireNumbers, requireSeed } from '../requireNumbers.js';
import { Box } from '../spaces.js';
import { drawSimulation } from './drawing.js';
import { loadedMujoco, loadMujoco, type MujocoArrays } from './load.js';
import { type Model, type ModelShape, shapeOf } from './mjcf.js';
import { Simulation } from './simulation.js';
import { bodyPoses, solidBodies } from './solids.js';

export interface TaskSpec {
  readonly name: string;
  readonly model: Model;
  /** MuJoCo's time steps in one step of the environment. */
  readonly frameSkip: number;
  readonly observationSize: number;
  /** Around the initial configuration at rest: positions uniform within +-scale, velocities as well or normal with that deviation. */
  readonly startNoise: { readonly scale: number; readonly velocities: 'uniform' | 'normal' };
  readonly camera: Camera;
  /** Whether the task reads cfrc_ext, the contact forces on each body. */
  readonly measuresContactForces?: boolean;
  /** What the task carries from step to step beside MuJoCo's state, in order. */
  readonly carriedNames?: readonly string[];
}

/** Names of a saved state's numbers before the carried ones and MuJoCo's. */
const SAVED_HEAD = ['needs reset', 'seed', 'drawn'];

/**
 * What Gymnasium's MuJoCo tasks share: start, checks and saving around a subclass's observation and reward. Needs the
 * package @mujoco/mujoco, which the first `reset` in a thread loads (and then answers with a promise; later ones answer
 * at once). `step` and `reset` return the same two objects over one observation array each time: copy what you keep.
 * A simulation whose numbers diverge is a NonFiniteError, where Gymnasium's goes on from the initial configuration.
 */
export abstract class MujocoTask implements Environment {
  readonly observationSpace: Box;
  readonly actionSpace: Box;
  /** What `step` returns; `judge` writes its reward and terminated. */
  protected readonly outcome: StepResult;
  protected readonly carried: Float64Array;
  private readonly shape: ModelShape;
  private readonly observation: Float64Array;
  private readonly resetResult: ResetResult;
  private random = new RandomStream(Math.floor(Math.random() * 2 ** 32), StreamPurpose.environments);
  private made?: Simulation;
  private solidBodies?: readonly SolidBody[];
  private needsReset = true;

  protected constructor(private readonly spec: TaskSpec) {
    this.shape = shapeOf(spec.model);
    this.observationSpace = new Box({ low: -Infinity, high: Infinity, size: spec.observationSize });
    const { controlRanges } = this.shape;
    this.actionSpace = new Box({
      low: controlRanges.map(([low]) => Math.fround(low)),
      high: controlRanges.map(([, high]) => Math.fround(high)),
    });
    this.observation = new Float64Array(spec.observationSize);
    this.carried = new Float64Array(spec.carriedNames?.length ?? 0);
    this.resetResult = { observation: this.observation };
    this.outcome = { observation: this.observation, reward: 0, terminated: false, truncated: false };
  }

  /** Writes what the agent sees. */
  protected abstract observe(observation: Float64Array): void;

  /** After a step: writes `outcome.reward` and `outcome.terminated`. */
  protected abstract judge(action: ArrayLike<number>): void;

  /** After a reset: sets what the task carries. */
  protected begin(): void {}

  /** Adds noise to the initial configuration. qpos, qvel: MuJoCo's. */
  protected drawStart(random: RandomStream, { qpos, qvel }: MujocoArrays): void {
    const { scale, velocities } = this.spec.startNoise;
    for (let i = 0; i < qpos.length; i++) qpos[i] += random.uniformBetween(-scale, scale);
    for (let i = 0; i < qvel.length; i++) {
      qvel[i] += velocities === 'normal' ? scale * drawNormal(random) : random.uniformBetween(-scale, scale);
    }
  }

  protected get simulation(): Simulation {
    if (this.made !== undefined) return this.made;
    throw new EnvironmentError(
      `${this.spec.name}: there is no simulation yet, or it was closed; call reset() first`,
    );
  }

  /** The robot and its world, as MuJoCo is given it. */
  get model(): Model {
    return this.spec.model;
  }

  /** s: duration of a step. */
  protected get stepSeconds(): number {
    return this.spec.frameSkip * this.spec.model.option.timestep;
  }

  /** 1/s: as fast as the robot's own time. */
  get stepsPerSecond(): number {
    return Math.max(1, Math.round(1 / this.stepSeconds));
  }

  /**
   * options.state: positions and velocities, MuJoCo's qpos and qvel. OptionError: seed not whole. ShapeError,
   * NonFiniteError: no such state. PlatformError: MuJoCo is not installed.
   */
  reset({ seed, options }: ResetOptions = {}): ResetResult | Promise<ResetResult> {
    if (seed !== undefined) requireSeed(this.spec.name, seed);
    if (options?.state !== undefined) {
      requireNumbers(this.spec.name, 'options.state', options.state, this.stateNames);
    }
    const start = options?.state && Float64Array.from(options.state);
    if (this.made !== undefined || loadedMujoco() !== undefined) return this.start(seed, start);
    return loadMujoco().then(() => this.start(seed, start));
  }

  /** EnvironmentError: no episode is running. ShapeError, NonFiniteError: not a valid action, or the physics diverge. */
  step(action: Action): StepResult {
    const { name, frameSkip, measuresContactForces } = this.spec;
    if (this.needsReset) {
      throw new EnvironmentError(
        `${name}: step() without a running episode (never reset, closed, or the last one ended); call reset() first`,
      );
    }
    this.requireAction(action);
    const { simulation } = this;
    simulation.step(action, frameSkip);
    if (!simulation.isFinite) {
      this.needsReset = true;
      throw new NonFiniteError(
        `${name}: the simulation diverged to numbers that are not finite; reset() it, and make forces or frameSkip smaller if it happens again`,
      );
    }
    if (measuresContactForces) simulation.measureContactForces();
    this.judge(action);
    this.observe(this.observation);
    this.needsReset = this.outcome.terminated;
    return this.outcome;
  }

  /** [needs reset (0 or 1), seed, numbers drawn, ...carried, ...MuJoCo's integration state]. */
  saveState(): number[] {
    const { seed, drawn } = this.random;
    const state = this.simulation.saveState();
    return [this.needsReset ? 1 : 0, seed, drawn, ...this.carried, ...state];
  }

  /** EnvironmentError: MuJoCo is not loaded in this thread yet; a first reset loads it. */
  restoreState(saved: ArrayLike<number>): void {
    const { name } = this.spec;
    if (this.made === undefined && loadedMujoco() === undefined) {
      throw new EnvironmentError(`${name}: restoreState() before MuJoCo is loaded; await reset() first`);
    }
    const simulation = this.makeSimulation();
    const stateNames = Array.from({ length: simulation.stateSize }, (_, i) => `physics[${i}]`);
    const names = [...SAVED_HEAD, ...(this.spec.carriedNames ?? []), ...stateNames];
    requireNumbers(name, 'saved state', saved, names);
    const [needsReset, seed, drawn, ...rest] = Array.from(saved);
    requireSeed(name, seed);
    this.needsReset = needsReset !== 0;
    this.random = new RandomStream(seed, StreamPurpose.environments);
    this.random.drawn = drawn;
    this.carried.set(rest.slice(0, this.carried.length));
    simulation.restoreState(Float64Array.from(rest.slice(this.carried.length)));
  }

  render(): Scene {
    const { simulation } = this;
    simulation.locate();
    return drawSimulation(simulation, this.shape, this.spec.camera);
  }

  renderSolids(): SolidScene {
    const { simulation } = this;
    simulation.locate();
    this.solidBodies ??= solidBodies(simulation, this.shape);
    return { bodies: this.solidBodies, poses: bodyPoses(simulation), camera: this.spec.camera };
  }

  /** Frees model and state; a later reset makes them anew. */
  close(): void {
    this.made?.free();
    this.made = undefined;
    this.needsReset = true;
  }

  private start(seed: number | undefined, state: Float64Array | undefined): ResetResult {
    if (seed !== undefined) this.random = new RandomStream(seed, StreamPurpose.environments);
    const simulation = this.makeSimulation();
    simulation.reset();
    const { arrays } = simulation;
    if (state === undefined) {
      this.drawStart(this.random, arrays);
    } else {
      arrays.qpos.set(state.subarray(0, this.shape.positions));
      arrays.qvel.set(state.subarray(this.shape.positions));
    }
    simulation.forward();
    this.needsReset = false;
    this.begin();
    this.observe(this.observation);
    return this.resetResult;
  }

  private makeSimulation(): Simulation {
    this.made ??= new Simulation(loadedMujoco()!, this.spec.model);
    return this.made;
  }

  private get stateNames(): string[] {
    const named = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}[${i}]`);
    return [...named('qpos', this.shape.positions), ...named('qvel', this.shape.velocities)];
  }

  private requireAction(action: Action): asserts action is ArrayLike<number> {
    const { size } = this.actionSpace;
    if (typeof action !== 'object' || action?.length !== size) {
      const given = typeof action === 'object' && action !== null ? `of ${action.length} numbers` : action;
      throw new ShapeError(
        `${this.spec.name}: action ${given} is not in its Box; give an array of ${size} numbers`,
      );
    }
    for (let i = 0; i < size; i++) {
      if (Number.isFinite(action[i])) continue;
      throw new NonFiniteError(
        `${this.spec.name}: action[${i}] is ${action[i]}; give a finite number (MuJoCo clips it to the bounds)`,
      );
    }
  }
}
