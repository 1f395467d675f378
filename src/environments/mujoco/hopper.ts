import {
  type HealthyOptions,
  isInside,
  Locomotion,
  type LocomotionOptions,
  sideCamera,
} from './locomotion.js';
import type { Geom, Model, Range } from './mjcf.js';
import { planarLeg, planarTorso } from './planarLegs.js';
import { completeTaskOptions } from './taskOptions.js';

export interface HopperOptions extends LocomotionOptions, HealthyOptions {
  /** rad: pitch of the torso. */
  readonly healthyAngleRange: Range;
  /** rad, m/s, rad/s: every position but x and height, and every velocity. */
  readonly healthyStateRange: Range;
}

const DEFAULTS: HopperOptions = {
  frameSkip: 4,
  forwardRewardWeight: 1,
  ctrlCostWeight: 1e-3,
  healthyReward: 1,
  terminateWhenUnhealthy: true,
  healthyStateRange: [-100, 100],
  healthyZRange: [0.7, Infinity],
  healthyAngleRange: [-0.2, 0.2],
  resetNoiseScale: 5e-3,
  excludeCurrentPositionsFromObservation: true,
};

const contact = {
  condim: 1,
  margin: 0.001,
  solref: [0.02, 1],
  solimp: [0.8, 0.8, 0.01],
} as const satisfies Partial<Geom>;
const limb = { ...contact, friction: [0.9, 0.005, 0.0001] } as const;
const motor = { gear: 200, ctrlrange: [-1, 1] } as const;

const model: Model = {
  name: 'hopper',
  option: { timestep: 0.002, integrator: 'RK4' },
  geoms: [{ ...contact, type: 'plane', size: [20, 20, 0.125], condim: 3 }],
  bodies: [
    planarTorso(limb, [
      planarLeg('', {
        joint: { armature: 1, damping: 1 },
        geom: limb,
        footFriction: [2, 0.005, 0.0001],
        footLength: 0.39,
        toes: 0.13,
      }),
    ]),
  ],
  motors: [
    { ...motor, joint: 'hip' },
    { ...motor, joint: 'knee' },
    { ...motor, joint: 'ankle' },
  ],
};

/**
 * Hopper-v5: a leg with hip, knee and ankle hops along x in a plane (Erez, Tassa, Todorov, "Infinite-horizon model
 * predictive control for periodic tasks with contacts", 2011).
 * Observation [height m, pitch and three joints rad, their velocities and dx/dt in +-10 m/s and rad/s];
 * action [torques / 200 N m] in +-1. Unhealthy when low, tilted, or beyond healthyStateRange.
 * Model and task as in Gymnasium.
 */
export class Hopper extends Locomotion {
  private readonly options: HopperOptions;

  constructor(given: Partial<HopperOptions> = {}) {
    const options = completeTaskOptions('Hopper', DEFAULTS, given);
    super(
      {
        name: 'Hopper',
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
    const { healthyZRange, healthyAngleRange, healthyStateRange } = this.options;
    const { qpos, qvel } = this.simulation.arrays;
    const isUsual = (number: number) => isInside(number, healthyStateRange);
    return (
      isInside(qpos[1], healthyZRange) &&
      isInside(qpos[2], healthyAngleRange) &&
      qpos.subarray(2).every(isUsual) &&
      qvel.every(isUsual)
    );
  }
}
