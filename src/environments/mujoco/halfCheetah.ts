import { Locomotion, type LocomotionOptions, sideCamera } from './locomotion.js';
import { type Body, freedom, type Geom, type Joint, type Model, type Range, type Vector } from './mjcf.js';
import { completeTaskOptions } from './taskOptions.js';

export type HalfCheetahOptions = LocomotionOptions;

const DEFAULTS: HalfCheetahOptions = {
  frameSkip: 5,
  forwardRewardWeight: 1,
  ctrlCostWeight: 0.1,
  resetNoiseScale: 0.1,
  excludeCurrentPositionsFromObservation: true,
};

const RADIUS = 0.046; // m, of all parts

// limbs touch the floor, not each other
const touch = {
  condim: 3,
  conaffinity: 0,
  friction: [0.4, 0.1, 0.1],
  solref: [0.02, 1],
  solimp: [0, 0.8, 0.01],
} as const satisfies Partial<Geom>;

/** How stiff the limits of joints are. Free joints have the numbers too, if no limits. */
const limits = { solreflimit: [0.02, 1], solimplimit: [0, 0.8, 0.03] } as const satisfies Partial<Joint>;

/** A part of a leg: where its joint is in the part above, and the capsule by its middle, half length and tilt about y. */
interface LegPart {
  readonly name: string;
  readonly at: Vector; // m
  readonly middle: Vector; // m
  readonly halfLength: number; // m
  readonly tilt: number; // rad
  readonly range: Range; // rad
  readonly damping: number; // N m s/rad
  readonly stiffness: number; // N m/rad
}

const backLeg: readonly LegPart[] = [
  {
    name: 'back thigh',
    at: [-0.5, 0, 0],
    middle: [0.1, 0, -0.13],
    halfLength: 0.145,
    tilt: -3.8,
    range: [-0.52, 1.05],
    damping: 6,
    stiffness: 240,
  },
  {
    name: 'back shin',
    at: [0.16, 0, -0.25],
    middle: [-0.14, 0, -0.07],
    halfLength: 0.15,
    tilt: -2.03,
    range: [-0.785, 0.785],
    damping: 4.5,
    stiffness: 180,
  },
  {
    name: 'back foot',
    at: [-0.28, 0, -0.14],
    middle: [0.03, 0, -0.097],
    halfLength: 0.094,
    tilt: -0.27,
    range: [-0.4, 0.785],
    damping: 3,
    stiffness: 120,
  },
];

const frontLeg: readonly LegPart[] = [
  {
    name: 'front thigh',
    at: [0.5, 0, 0],
    middle: [-0.07, 0, -0.12],
    halfLength: 0.133,
    tilt: 0.52,
    range: [-1, 0.7],
    damping: 4.5,
    stiffness: 180,
  },
  {
    name: 'front shin',
    at: [-0.14, 0, -0.24],
    middle: [0.065, 0, -0.09],
    halfLength: 0.106,
    tilt: -0.6,
    range: [-1.2, 0.87],
    damping: 3,
    stiffness: 120,
  },
  {
    name: 'front foot',
    at: [0.13, 0, -0.18],
    middle: [0.045, 0, -0.07],
    halfLength: 0.07,
    tilt: -0.6,
    range: [-0.5, 0.5],
    damping: 1.5,
    stiffness: 60,
  },
];

/** N m of each motor at a control of 1. */
const GEARS = {
  'back thigh': 120,
  'back shin': 90,
  'back foot': 60,
  'front thigh': 120,
  'front shin': 60,
  'front foot': 30,
} as const;

/** The parts, each hanging on the one before. */
function leg([part, ...below]: readonly LegPart[], color: Body['color']): Body {
  const { name, at, middle, halfLength, tilt, range, damping, stiffness } = part;
  return {
    name,
    pos: at,
    joints: [
      {
        name,
        type: 'hinge',
        axis: [0, 1, 0],
        range,
        armature: 0.1,
        damping,
        stiffness,
        ...limits,
      },
    ],
    geoms: [
      { ...touch, type: 'capsule', size: [RADIUS, halfLength], pos: middle, axisangle: [0, 1, 0, tilt] },
    ],
    color,
    bodies: below.length > 0 ? [leg(below, color)] : [],
  };
}

const model: Model = {
  name: 'half cheetah',
  option: { timestep: 0.01, integrator: 'Euler' },
  totalMass: 14,
  geoms: [{ ...touch, type: 'plane', size: [40, 40, 40], conaffinity: 1 }],
  bodies: [
    {
      name: 'torso',
      pos: [0, 0, 0.7],
      joints: [
        freedom('slide', [1, 0, 0], limits),
        freedom('slide', [0, 0, 1], limits),
        freedom('hinge', [0, 1, 0], limits),
      ],
      geoms: [
        { ...touch, type: 'capsule', size: [RADIUS], fromto: [-0.5, 0, 0, 0.5, 0, 0] },
        { ...touch, type: 'capsule', size: [RADIUS, 0.15], pos: [0.6, 0, 0.1], axisangle: [0, 1, 0, 0.87] },
      ],
      color: 'body',
      bodies: [leg(backLeg, 'joint'), leg(frontLeg, 'limb')],
    },
  ],
  motors: Object.entries(GEARS).map(([joint, gear]) => ({ joint, gear, ctrlrange: [-1, 1] })),
};

/**
 * HalfCheetah-v5: a cheetah's back and one leg at each end run along x in a plane (Wawrzynski, "A cat-like robot real-time
 * learning to run", 2009); nothing ends the episode.
 * Observation [height m, pitch and six joints (back, front) rad, dx/dt and their velocities m/s and rad/s];
 * action [torques / gears N m] in +-1.
 * Model and task as in Gymnasium.
 */
export class HalfCheetah extends Locomotion {
  constructor(given: Partial<HalfCheetahOptions> = {}) {
    super(
      { name: 'HalfCheetah', model, velocityNoise: 'normal', places: 1, camera: sideCamera(1.3) },
      completeTaskOptions('HalfCheetah', DEFAULTS, given),
    );
  }
}
