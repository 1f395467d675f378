import type { Mujoco, MujocoArrays, MujocoData, MujocoModel } from './load.js';
import { type Model, mjcfOf } from './mjcf.js';

const ARRAYS = [
  'qpos',
  'qvel',
  'ctrl',
  'qacc_warmstart',
  'qfrc_actuator',
  'qfrc_constraint',
  'xpos',
  'xquat',
  'xipos',
  'cinert',
  'cvel',
  'cfrc_ext',
  'site_xpos',
  'geom_xpos',
  'geom_xmat',
] as const satisfies readonly (keyof MujocoArrays)[];

/** Properties of a model's geoms. */
export interface GeomArrays {
  /** [geoms] */
  readonly type: Int32Array;
  /** m [geoms x 3] */
  readonly size: Float64Array;
  /** [geoms] */
  readonly body: Int32Array;
  /** In the body's frame: m [geoms x 3] and w, x, y, z [geoms x 4]. */
  readonly position: Float64Array;
  readonly quaternion: Float64Array;
}

/** One model and its state in MuJoCo's memory. */
export class Simulation {
  /** s */
  readonly timeStep: number;
  /** kg [bodies] */
  readonly bodyMass: Float64Array;
  readonly geoms: GeomArrays;
  /** Numbers of a saved state. */
  readonly stateSize: number;
  private readonly model: MujocoModel;
  private readonly data: MujocoData;
  private readonly stateBuffer;
  private readonly stateParts: number;
  private kept: MujocoArrays;

  constructor(
    private readonly mujoco: Mujoco,
    description: Model,
  ) {
    const model = mujoco.MjModel.from_xml_string(mjcfOf(description));
    // a part of the model: it must not be deleted by itself
    const { opt } = model;
    // by default MuJoCo goes back to the start when numbers diverge, in mid-episode and without an error
    opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
    this.timeStep = opt.timestep;
    this.bodyMass = Float64Array.from(model.body_mass);
    this.geoms = {
      type: Int32Array.from(model.geom_type),
      size: Float64Array.from(model.geom_size),
      body: Int32Array.from(model.geom_bodyid),
      position: Float64Array.from(model.geom_pos),
      quaternion: Float64Array.from(model.geom_quat),
    };
    this.model = model;
    this.data = new mujoco.MjData(model);
    this.stateParts = mujoco.mjtState.mjSTATE_INTEGRATION.value;
    this.stateSize = mujoco.mj_stateSize(model, this.stateParts);
    this.stateBuffer = new mujoco.DoubleBuffer(this.stateSize);
    this.kept = arraysOf(this.data);
  }

  /**
   * The state's arrays. Read this anew after each call into MuJoCo: another simulation may make its memory grow, which
   * leaves views of the old memory empty, and reading them from `data` each time would cost as much as a small step.
   */
  get arrays(): MujocoArrays {
    if (this.kept.qpos.length === 0) this.kept = arraysOf(this.data);
    return this.kept;
  }

  /** Back to the model's initial configuration, at rest. */
  reset(): void {
    this.mujoco.mj_resetData(this.model, this.data);
  }

  /** All that follows from positions, velocities and controls; moves nothing. */
  forward(): void {
    this.dropNegativeZeros();
    this.mujoco.mj_forward(this.model, this.data);
    this.dropNegativeZeros();
  }

  /** Where bodies and geoms are, from positions alone. */
  locate(): void {
    this.mujoco.mj_kinematics(this.model, this.data);
  }

  /** `frames` time steps under constant controls [motors], which MuJoCo clips to their ranges. */
  step(controls: ArrayLike<number>, frames: number): void {
    const { ctrl } = this.arrays;
    for (let i = 0; i < ctrl.length; i++) ctrl[i] = controls[i];
    for (let frame = 0; frame < frames; frame++) this.mujoco.mj_step(this.model, this.data);
    this.dropNegativeZeros();
  }

  /** Fills cfrc_ext, which steps leave alone. */
  measureContactForces(): void {
    this.mujoco.mj_rnePostConstraint(this.model, this.data);
  }

  get isFinite(): boolean {
    const { qpos, qvel } = this.arrays;
    return qpos.every(Number.isFinite) && qvel.every(Number.isFinite);
  }

  /** All that later steps depend on, warm start of the solver included. */
  saveState(): Float64Array {
    this.mujoco.mj_getState(this.model, this.data, this.stateBuffer, this.stateParts);
    return this.stateBuffer.GetView().slice();
  }

  restoreState(saved: Float64Array): void {
    this.mujoco.mj_setState(this.model, this.data, saved, this.stateParts);
  }

  /** Gives its memory back; nothing may be called after that. */
  free(): void {
    this.stateBuffer.delete();
    this.data.delete();
    this.model.delete();
  }

  /** -0 becomes 0, because JSON, in which a state may be kept, has no -0. */
  private dropNegativeZeros(): void {
    const { qpos, qvel, ctrl, qacc_warmstart } = this.arrays;
    for (let i = 0; i < qpos.length; i++) qpos[i] += 0;
    for (let i = 0; i < ctrl.length; i++) ctrl[i] += 0;
    for (let i = 0; i < qvel.length; i++) {
      qvel[i] += 0;
      qacc_warmstart[i] += 0;
    }
  }
}

function arraysOf(data: MujocoData): MujocoArrays {
  return Object.fromEntries(ARRAYS.map((name) => [name, data[name]])) as unknown as MujocoArrays;
}
