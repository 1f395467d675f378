import { clamp } from '../../numbers/range.js';
import {
  type HealthyOptions,
  Locomotion,
  type LocomotionOptions,
  sideCamera,
  sumOfSquares,
} from './locomotion.js';
import { type Body, degrees, type Geom, type Model, type Range, shapeOf } from './mjcf.js';
import { completeTaskOptions } from './taskOptions.js';

export interface AntOptions extends LocomotionOptions, HealthyOptions {
  /** Cost of the sum of the squared contact forces, N and N m, each brought into contactForceRange. */
  readonly contactCostWeight: number;
  readonly contactForceRange: Range;
  readonly includeCfrcExtInObservation: boolean;
}

const DEFAULTS: AntOptions = {
  frameSkip: 5,
  forwardRewardWeight: 1,
  ctrlCostWeight: 0.5,
  contactCostWeight: 5e-4,
  healthyReward: 1,
  terminateWhenUnhealthy: true,
  healthyZRange: [0.2, 1],
  contactForceRange: [-1, 1],
  resetNoiseScale: 0.1,
  excludeCurrentPositionsFromObservation: true,
  includeCfrcExtInObservation: true,
};

const TORSO_BODY = 1;
/** Force and torque on a body, [torque 3, force 3]. */
const WRENCH_SIZE = 6;

// parts touch the floor, not each other
const touch = {
  condim: 3,
  conaffinity: 0,
  density: 5,
  friction: [1, 0.5, 0.5],
  margin: 0.01,
} as const satisfies Partial<Geom>;

/** A leg that points to (forward, left), each 1 or -1: a fixed part, one that turns in the hip, one that bends. */
function leg(name: string, forward: 1 | -1, left: 1 | -1): Body {
  const bar = (reach: number): Geom => ({
    ...touch,
    type: 'capsule',
    size: [0.08],
    fromto: [0, 0, 0, reach * forward, reach * left, 0],
  });
  const joint = { type: 'hinge', armature: 1, damping: 1 } as const;
  return {
    name,
    pos: [0, 0, 0],
    geoms: [bar(0.2)],
    bodies: [
      {
        name: `${name} upper`,
        pos: [0.2 * forward, 0.2 * left, 0],
        joints: [{ ...joint, name: `${name} hip`, axis: [0, 0, 1], range: [degrees(-30), degrees(30)] }],
        geoms: [bar(0.2)],
        bodies: [
          {
            name: `${name} lower`,
            pos: [0.2 * forward, 0.2 * left, 0],
            joints: [
              {
                ...joint,
                name: `${name} ankle`,
                axis: [-forward * left, 1, 0],
                range: forward > 0 ? [degrees(30), degrees(70)] : [degrees(-70), degrees(-30)],
              },
            ],
            geoms: [bar(0.4)],
            color: 'joint',
          },
        ],
      },
    ],
  };
}

const model: Model = {
  name: 'ant',
  option: { timestep: 0.01, integrator: 'RK4' },
  geoms: [{ ...touch, type: 'plane', size: [40, 40, 40], conaffinity: 1 }],
  bodies: [
    {
      name: 'torso',
      pos: [0, 0, 0.75],
      joints: [{ type: 'free', armature: 0, damping: 0, margin: 0.01 }],
      geoms: [{ ...touch, type: 'sphere', size: [0.25] }],
      color: 'body',
      bodies: [
        leg('front left', 1, 1),
        leg('back left', -1, 1),
        leg('back right', -1, -1),
        leg('front right', 1, -1),
      ],
    },
  ],
  motors: ['front right', 'front left', 'back left', 'back right'].flatMap((name) =>
    ['hip', 'ankle'].map((joint) => ({ joint: `${name} ${joint}`, gear: 150, ctrlrange: [-1, 1] as const })),
  ),
};

const FORCES = WRENCH_SIZE * (shapeOf(model).bodies.length - 1);

/**
 * Ant-v5: a torso with four legs of two joints walks along x (Schulman et al., arXiv:1506.02438).
 * Observation [height m, orientation as a quaternion, eight joints rad, velocities of the torso m/s and rad/s, of the
 * joints rad/s, contact forces and torques on each body but the world within contactForceRange];
 * action [torques / 150 N m] in +-1. Unhealthy when the torso is too low or too high.
 * Model and task as in Gymnasium.
 */
export class Ant extends Locomotion {
  private readonly options: AntOptions;

  constructor(given: Partial<AntOptions> = {}) {
    const options = completeTaskOptions('Ant', DEFAULTS, given);
    super(
      {
        name: 'Ant',
        model,
        velocityNoise: 'normal',
        places: 2,
        furtherObservations: options.includeCfrcExtInObservation ? FORCES : 0,
        measuresContactForces: true,
        camera: sideCamera(1.6),
      },
      options,
    );
    this.options = options;
  }

  /** Of the torso's body, which MuJoCo's steps leave one time step behind qpos. */
  protected override forwardPosition(): number {
    return this.simulation.arrays.xpos[3 * TORSO_BODY];
  }

  protected override isHealthy(): boolean {
    const [low, high] = this.options.healthyZRange;
    const height = this.simulation.arrays.qpos[2];
    return low <= height && height <= high;
  }

  protected override contactCost(): number {
    const { contactCostWeight, contactForceRange } = this.options;
    return contactCostWeight * sumOfSquares(this.simulation.arrays.cfrc_ext, contactForceRange);
  }

  protected override observe(observation: Float64Array): void {
    super.observe(observation);
    const { contactForceRange, includeCfrcExtInObservation } = this.options;
    if (!includeCfrcExtInObservation) return;
    const { cfrc_ext } = this.simulation.arrays;
    const [low, high] = contactForceRange;
    const first = observation.length - FORCES;
    // the world's own are left out
    for (let i = 0; i < FORCES; i++) observation[first + i] = clamp(cfrc_ext[WRENCH_SIZE + i], low, high);
  }
}
