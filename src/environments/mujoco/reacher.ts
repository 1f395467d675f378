import { cos, sin } from '../../numbers/sinCos.js';
import type { RandomStream } from '../../random/philox.js';
import type { MujocoArrays } from './load.js';
import { freedom, type Geom, type Model, type Vector } from './mjcf.js';
import { MujocoTask } from './mujocoTask.js';
import { completeTaskOptions } from './taskOptions.js';

export interface ReacherOptions {
  /** MuJoCo's time steps in one step of the environment. */
  readonly frameSkip: number;
  /** Cost of each metre between fingertip and target. */
  readonly rewardDistWeight: number;
  /** Cost of the sum of the squared controls. */
  readonly rewardControlWeight: number;
}

const DEFAULTS: ReacherOptions = { frameSkip: 2, rewardDistWeight: 1, rewardControlWeight: 1 };
const START_ANGLE = 0.1; // rad, of both joints
const START_SPEED = 0.005; // rad/s, of both joints
const TARGET_DISTANCE = 0.2; // m, the farthest
const FINGERTIP_BODY = 3;
const TARGET_BODY = 4;

const LINK_LENGTH = 0.1; // m
const ARENA_HALF_SIDE = 0.3; // m
const HEIGHT = 0.01; // m above the ground, of all that moves
const TARGET_REACH = 0.27; // m, of its joints

const friction = { friction: [1, 0.1, 0.1] } as const satisfies Partial<Geom>;
/** Geoms that touch nothing. */
const ghost = { ...friction, contype: 0, conaffinity: 0 } as const;
const link: Geom = {
  ...friction,
  type: 'capsule',
  size: [0.01],
  fromto: [0, 0, 0, LINK_LENGTH, 0, 0],
  contype: 0,
};
const motor = { gear: 200, ctrlrange: [-1, 1] } as const;

function wall(from: readonly [number, number], to: readonly [number, number]): Geom {
  return {
    ...friction,
    type: 'capsule',
    size: [0.02],
    fromto: [...from, HEIGHT, ...to, HEIGHT],
    contype: 0,
    conaffinity: 0,
  };
}

function targetSlider(axis: Vector, ref: number) {
  return freedom('slide', axis, { range: [-TARGET_REACH, TARGET_REACH], ref });
}

const FAR = ARENA_HALF_SIDE;
const model: Model = {
  name: 'reacher',
  option: { timestep: 0.01, integrator: 'RK4' },
  geoms: [
    { ...ghost, type: 'plane', size: [1, 1, 10] },
    wall([-FAR, -FAR], [FAR, -FAR]),
    wall([FAR, -FAR], [FAR, FAR]),
    wall([-FAR, FAR], [FAR, FAR]),
    wall([-FAR, -FAR], [-FAR, FAR]),
    { ...ghost, type: 'cylinder', size: [0.011], fromto: [0, 0, 0, 0, 0, 0.02] },
  ],
  bodies: [
    {
      name: 'upper arm',
      pos: [0, 0, HEIGHT],
      joints: [{ name: 'shoulder', type: 'hinge', axis: [0, 0, 1], armature: 1, damping: 1 }],
      geoms: [link],
      color: 'body',
      bodies: [
        {
          name: 'lower arm',
          pos: [LINK_LENGTH, 0, 0],
          joints: [
            { name: 'elbow', type: 'hinge', axis: [0, 0, 1], range: [-3, 3], armature: 1, damping: 1 },
          ],
          geoms: [link],
          bodies: [
            {
              name: 'fingertip',
              pos: [LINK_LENGTH + 0.01, 0, 0],
              geoms: [{ ...friction, type: 'sphere', size: [0.01], contype: 0 }],
              color: 'joint',
            },
          ],
        },
      ],
    },
    {
      name: 'target',
      pos: [0.1, -0.1, HEIGHT],
      joints: [targetSlider([1, 0, 0], 0.1), targetSlider([0, 1, 0], -0.1)],
      geoms: [{ ...ghost, type: 'sphere', size: [0.009] }],
      color: 'goal',
    },
  ],
  motors: [
    { ...motor, joint: 'shoulder' },
    { ...motor, joint: 'elbow' },
  ],
};

/**
 * Reacher-v5: bring the tip of an arm with two joints to a target in the plane; nothing ends the episode.
 * Observation [cos and sin of both angles, target x and y m, velocities of both joints rad/s, fingertip - target m];
 * action [torques / 200 N m], clipped to +-1. Reward: -distance m - |action|^2, weighted.
 * Model and task as in Gymnasium.
 */
export class Reacher extends MujocoTask {
  private readonly options: ReacherOptions;

  constructor(given: Partial<ReacherOptions> = {}) {
    const options = completeTaskOptions('Reacher', DEFAULTS, given);
    super({
      name: 'Reacher',
      model,
      frameSkip: options.frameSkip,
      observationSize: 10,
      startNoise: { scale: START_ANGLE, velocities: 'uniform' },
      camera: {
        view: 'top',
        left: -0.35,
        right: 0.35,
        bottom: -0.35,
        top: 0.35,
        follows: false,
        ground: false,
      },
    });
    this.options = options;
  }

  /** Angles and speeds near 0, the target anywhere in a circle. */
  protected override drawStart(random: RandomStream, { qpos, qvel }: MujocoArrays): void {
    for (let i = 0; i < 2; i++) qpos[i] += random.uniformBetween(-START_ANGLE, START_ANGLE);
    do {
      for (let i = 2; i < 4; i++) qpos[i] = random.uniformBetween(-TARGET_DISTANCE, TARGET_DISTANCE);
    } while (qpos[2] * qpos[2] + qpos[3] * qpos[3] >= TARGET_DISTANCE * TARGET_DISTANCE);
    for (let i = 0; i < 2; i++) qvel[i] += random.uniformBetween(-START_SPEED, START_SPEED);
  }

  protected judge(action: ArrayLike<number>): void {
    const { rewardDistWeight, rewardControlWeight } = this.options;
    const [x, y, z] = [0, 1, 2].map((axis) => this.toTarget(axis));
    const controlCost = action[0] * action[0] + action[1] * action[1];
    this.outcome.reward =
      -Math.sqrt(x * x + y * y + z * z) * rewardDistWeight - controlCost * rewardControlWeight;
  }

  protected observe(observation: Float64Array): void {
    const { qpos, qvel } = this.simulation.arrays;
    const [shoulder, elbow, targetX, targetY] = qpos;
    observation.set([
      cos(shoulder),
      cos(elbow),
      sin(shoulder),
      sin(elbow),
      targetX,
      targetY,
      qvel[0],
      qvel[1],
    ]);
    observation[8] = this.toTarget(0);
    observation[9] = this.toTarget(1);
  }

  /** m: from target to fingertip along an axis, as MuJoCo's last step left them. */
  private toTarget(axis: number): number {
    const { xpos } = this.simulation.arrays;
    return xpos[3 * FINGERTIP_BODY + axis] - xpos[3 * TARGET_BODY + axis];
  }
}
