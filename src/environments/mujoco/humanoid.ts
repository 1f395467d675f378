import { clamp } from '../../numbers/range.js';
import {
  type HealthyOptions,
  isInside,
  Locomotion,
  type LocomotionOptions,
  sideCamera,
  sumOfSquares,
} from './locomotion.js';
import {
  type Body,
  degrees,
  type Geom,
  type Joint,
  type Model,
  type Range,
  shapeOf,
  type Vector,
} from './mjcf.js';
import { completeTaskOptions } from './taskOptions.js';

export interface HumanoidOptions extends LocomotionOptions, HealthyOptions {
  /** Cost of the sum of the squared contact forces, N and N m; the cost is brought into contactCostRange. */
  readonly contactCostWeight: number;
  readonly contactCostRange: Range;
  readonly includeCinertInObservation: boolean;
  readonly includeCvelInObservation: boolean;
  readonly includeQfrcActuatorInObservation: boolean;
  readonly includeCfrcExtInObservation: boolean;
}

const DEFAULTS: HumanoidOptions = {
  frameSkip: 5,
  forwardRewardWeight: 1.25,
  ctrlCostWeight: 0.1,
  contactCostWeight: 5e-7,
  contactCostRange: [-Infinity, 10],
  healthyReward: 5,
  terminateWhenUnhealthy: true,
  healthyZRange: [1, 2],
  resetNoiseScale: 0.01,
  excludeCurrentPositionsFromObservation: true,
  includeCinertInObservation: true,
  includeCvelInObservation: true,
  includeQfrcActuatorInObservation: true,
  includeCfrcExtInObservation: true,
};

const touch = { condim: 1, margin: 0.001 } as const satisfies Partial<Geom>;

function capsule(radius: number, from: Vector, to: Vector): Geom {
  return { ...touch, type: 'capsule', size: [radius], fromto: [...from, ...to] };
}

function sphere(radius: number, pos: Vector): Geom {
  return { ...touch, type: 'sphere', size: [radius], pos };
}

/** Limits in degrees. */
function hinge(name: string, axis: Vector, [low, high]: Range, more: Partial<Joint>): Joint {
  return { name, type: 'hinge', axis, range: [degrees(low), degrees(high)], damping: 1, ...more };
}

/** left: 1 for the left, -1 for the right. */
function leg(side: 'left' | 'right', left: 1 | -1): Body {
  const hip = { armature: 0.01, damping: 5, stiffness: 10 };
  // the right leg is not quite the mirror image of the left one
  const pitch = { armature: left > 0 ? 0.01 : 0.008, damping: 5, stiffness: 20 };
  const knee: Partial<Joint> = { pos: [0, 0, 0.02], armature: 0.006, stiffness: left > 0 ? 1 : 0 };
  return {
    name: `${side} thigh`,
    pos: [0, 0.1 * left, -0.04],
    joints: [
      hinge(`${side} hip x`, [-left, 0, 0], [-25, 5], hip),
      hinge(`${side} hip z`, [0, 0, -left], [-60, 35], hip),
      hinge(`${side} hip y`, [0, 1, 0], [-110, 20], pitch),
    ],
    geoms: [capsule(0.06, [0, 0, 0], [0, -0.01 * left, -0.34])],
    color: left > 0 ? 'joint' : 'limb',
    bodies: [
      {
        name: `${side} shin`,
        pos: [0, -0.01 * left, -0.403],
        joints: [hinge(`${side} knee`, [0, -1, 0], [-160, -2], knee)],
        geoms: [capsule(0.049, [0, 0, 0], [0, 0, -0.3])],
        color: left > 0 ? 'joint' : 'limb',
        bodies: [
          {
            name: `${side} foot`,
            pos: [0, 0, -0.45],
            geoms: [sphere(0.075, [0, 0, 0.1])],
            color: left > 0 ? 'joint' : 'limb',
          },
        ],
      },
    ],
  };
}

/** left: 1 for the left, -1 for the right. */
function arm(side: 'left' | 'right', left: 1 | -1): Body {
  const shoulderRange: Range = left > 0 ? [-60, 85] : [-85, 60];
  return {
    name: `${side} upper arm`,
    pos: [0, 0.17 * left, 0.06],
    joints: [
      hinge(`${side} shoulder 1`, [2, -left, 1], shoulderRange, { armature: 0.0068, stiffness: 1 }),
      hinge(`${side} shoulder 2`, [0, left, 1], shoulderRange, { armature: 0.0051, stiffness: 1 }),
    ],
    geoms: [capsule(0.04, [0, 0, 0], [0.16, 0.16 * left, -0.16])],
    color: left > 0 ? 'joint' : 'limb',
    bodies: [
      {
        name: `${side} lower arm`,
        pos: [0.18, 0.18 * left, -0.18],
        joints: [hinge(`${side} elbow`, [0, -1, -left], [-90, 50], { armature: 0.0028 })],
        geoms: [
          capsule(0.031, [0.01, -0.01 * left, 0.01], [0.17, -0.17 * left, 0.17]),
          sphere(0.04, [0.18, -0.18 * left, 0.18]),
        ],
        color: left > 0 ? 'joint' : 'limb',
      },
    ],
  };
}

/** The spine bends a little backwards at each of its joints. */
const BENT_BACK = [1, 0, -0.002, 0] as const;

const waist: Body = {
  name: 'waist',
  pos: [-0.01, 0, -0.26],
  quat: BENT_BACK,
  joints: [
    hinge('abdomen z', [0, 0, 1], [-45, 45], {
      pos: [0, 0, 0.065],
      armature: 0.02,
      damping: 5,
      stiffness: 20,
    }),
    hinge('abdomen y', [0, 1, 0], [-75, 30], {
      pos: [0, 0, 0.065],
      armature: 0.02,
      damping: 5,
      stiffness: 10,
    }),
  ],
  geoms: [capsule(0.06, [0, -0.06, 0], [0, 0.06, 0])],
  color: 'body',
  bodies: [
    {
      name: 'pelvis',
      pos: [0, 0, -0.165],
      quat: BENT_BACK,
      joints: [
        hinge('abdomen x', [1, 0, 0], [-35, 35], {
          pos: [0, 0, 0.1],
          armature: 0.02,
          damping: 5,
          stiffness: 10,
        }),
      ],
      geoms: [capsule(0.09, [-0.02, -0.07, 0], [-0.02, 0.07, 0])],
      color: 'body',
      bodies: [leg('right', -1), leg('left', 1)],
    },
  ],
};

/** N m of each motor at a control of 1. */
const GEARS: Readonly<Record<string, number>> = {
  'abdomen y': 100,
  'abdomen z': 100,
  'abdomen x': 100,
  ...gearsOf('right', { 'hip x': 100, 'hip z': 100, 'hip y': 300, knee: 200 }),
  ...gearsOf('left', { 'hip x': 100, 'hip z': 100, 'hip y': 300, knee: 200 }),
  ...gearsOf('right', { 'shoulder 1': 25, 'shoulder 2': 25, elbow: 25 }),
  ...gearsOf('left', { 'shoulder 1': 25, 'shoulder 2': 25, elbow: 25 }),
};

function gearsOf(side: string, gears: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(gears).map(([joint, gear]) => [`${side} ${joint}`, gear]));
}

const model: Model = {
  name: 'humanoid',
  option: { timestep: 0.003, integrator: 'RK4', solver: 'PGS', iterations: 50 },
  keyframes: 5,
  geoms: [{ ...touch, type: 'plane', size: [20, 20, 0.125], condim: 3, friction: [1, 0.1, 0.1] }],
  bodies: [
    {
      name: 'torso',
      pos: [0, 0, 1.4],
      joints: [{ type: 'free', armature: 0, damping: 0 }],
      geoms: [
        capsule(0.07, [0, -0.07, 0], [0, 0.07, 0]),
        sphere(0.09, [0, 0, 0.19]),
        capsule(0.06, [-0.01, -0.06, -0.12], [-0.01, 0.06, -0.12]),
      ],
      color: 'body',
      bodies: [waist, arm('right', -1), arm('left', 1)],
    },
  ],
  tendons: [
    { 'left hip y': -1, 'left knee': 1 },
    { 'right hip y': -1, 'right knee': 1 },
  ],
  motors: Object.entries(GEARS).map(([joint, gear]) => ({ joint, gear, ctrlrange: [-0.4, 0.4] })),
};

/** Numbers of a body's inertia, velocity, and contact forces as MuJoCo has them; of the torso's free joint. */
const INERTIA_SIZE = 10;
const VELOCITY_SIZE = 6;
const WRENCH_SIZE = 6;
const FREE_JOINT_SIZE = 6;

/**
 * Humanoid-v5: a body with 17 joints walks along x (Tassa, Erez, Todorov, "Synthesis and stabilization of complex
 * behaviors through online trajectory optimization", 2012).
 * Observation [height m, orientation as a quaternion, joints rad, velocities m/s and rad/s; of each body but the world its
 * inertia about the robot's centre of mass, its velocity; torques of the motors N m; contact forces and torques on each
 * body]; action [torques / gears N m] in +-0.4. The reward counts the whole body's centre of mass.
 * Unhealthy when the torso is too low or too high. Model and task as in Gymnasium.
 */
export class Humanoid extends Locomotion {
  private readonly options: HumanoidOptions;

  constructor(given: Partial<HumanoidOptions> = {}) {
    const options = completeTaskOptions('Humanoid', DEFAULTS, given);
    super(
      {
        name: 'Humanoid',
        model,
        velocityNoise: 'uniform',
        places: 2,
        furtherObservations: furtherObservations(options),
        measuresContactForces: true,
        camera: sideCamera(2),
      },
      options,
    );
    this.options = options;
  }

  /** Of the centre of mass, which MuJoCo's steps leave one time step behind qpos. */
  protected override forwardPosition(): number {
    const { bodyMass } = this.simulation;
    const { xipos } = this.simulation.arrays;
    let moment = 0;
    let mass = 0;
    for (let body = 0; body < bodyMass.length; body++) {
      moment += bodyMass[body] * xipos[3 * body];
      mass += bodyMass[body];
    }
    return moment / mass;
  }

  protected override isHealthy(): boolean {
    return isInside(this.simulation.arrays.qpos[2], this.options.healthyZRange);
  }

  protected override contactCost(): number {
    const { contactCostWeight, contactCostRange } = this.options;
    return clamp(contactCostWeight * sumOfSquares(this.simulation.arrays.cfrc_ext), ...contactCostRange);
  }

  protected override observe(observation: Float64Array): void {
    super.observe(observation);
    const { options } = this;
    const { cinert, cvel, qfrc_actuator, cfrc_ext } = this.simulation.arrays;
    let offset = observation.length - furtherObservations(options);
    const append = (numbers: Float64Array) => {
      observation.set(numbers, offset);
      offset += numbers.length;
    };
    // the world's own are left out
    if (options.includeCinertInObservation) append(cinert.subarray(INERTIA_SIZE));
    if (options.includeCvelInObservation) append(cvel.subarray(VELOCITY_SIZE));
    if (options.includeQfrcActuatorInObservation) append(qfrc_actuator.subarray(FREE_JOINT_SIZE));
    if (options.includeCfrcExtInObservation) append(cfrc_ext.subarray(WRENCH_SIZE));
  }
}

function furtherObservations(options: HumanoidOptions): number {
  const { bodies, velocities } = shapeOf(model);
  const robotBodies = bodies.length - 1;
  return (
    (options.includeCinertInObservation ? robotBodies * INERTIA_SIZE : 0) +
    (options.includeCvelInObservation ? robotBodies * VELOCITY_SIZE : 0) +
    (options.includeQfrcActuatorInObservation ? velocities - FREE_JOINT_SIZE : 0) +
    (options.includeCfrcExtInObservation ? robotBodies * WRENCH_SIZE : 0)
  );
}
