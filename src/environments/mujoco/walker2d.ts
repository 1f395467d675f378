import {
  type HealthyOptions,
  isInside,
  Locomotion,
  type LocomotionOptions,
  sideCamera,
} from './locomotion.js';
import type { Body, Geom, Model, Range } from './mjcf.js';
import { planarLeg, planarTorso } from './planarLegs.js';
import { completeTaskOptions } from './taskOptions.js';

export interface Walker2dOptions extends LocomotionOptions, HealthyOptions {
  /** rad: pitch of the torso. */
  readonly healthyAngleRange: Range;
}

const DEFAULTS: Walker2dOptions = {
  frameSkip: 4,
  forwardRewardWeight: 1,
  ctrlCostWeight: 1e-3,
  healthyReward: 1,
  terminateWhenUnhealthy: true,
  healthyZRange: [0.8, 2],
  healthyAngleRange: [-1, 1],
  resetNoiseScale: 5e-3,
  excludeCurrentPositionsFromObservation: true,
};

// limbs touch the floor, not each other
const limb = { condim: 3, conaffinity: 0, friction: [0.9, 0.1, 0.1] } as const satisfies Partial<Geom>;

function leg(side: 'right ' | 'left ', color: Body['color']): Body {
  return planarLeg(side, {
    joint: { armature: 0.01, damping: 0.1 },
    geom: limb,
    footFriction: [1.9, 0.1, 0.1],
    footLength: 0.2,
    toes: 0.2,
    color,
  });
}

const model: Model = {
  name: 'walker',
  option: { timestep: 0.002, integrator: 'RK4' },
  geoms: [{ type: 'plane', size: [40, 40, 40], condim: 3, conaffinity: 1, friction: [0.7, 0.1, 0.1] }],
  bodies: [planarTorso(limb, [leg('right ', 'limb'), leg('left ', 'joint')])],
  motors: ['right hip', 'right knee', 'right ankle', 'left hip', 'left knee', 'left ankle'].map((joint) => ({
    joint,
    gear: 100,
    ctrlrange: [-1, 1],
  })),
};

/**
 * Walker2d-v5: two legs with hip, knee and ankle walk along x in a plane (Erez, Tassa, Todorov, "Infinite-horizon model
 * predictive control for periodic tasks with contacts", 2011).
 * Observation [height m, pitch and six joints (right, left) rad, their velocities and dx/dt in +-10 m/s and rad/s];
 * action [torques / 100 N m] in +-1. Unhealthy when too low, too high, or tilted.
 * Model and task as in Gymnasium.
 */
export class Walker2d extends Locomotion {
  private readonly options: Walker2dOptions;

  constructor(given: Partial<Walker2dOptions> = {}) {
    const options = completeTaskOptions('Walker2d', DEFAULTS, given);
    super(
      {
        name: 'Walker2d',
        model,
        velocityNoise: 'uniform',
        places: 1,
        velocityLimit: 10,
        camera: sideCamera(1.7),
      },
      options,
    );
    this.options = options;
  }

  protected override isHealthy(): boolean {
    const { qpos } = this.simulation.arrays;
    return isInside(qpos[1], this.options.healthyZRange) && isInside(qpos[2], this.options.healthyAngleRange);
  }
}
