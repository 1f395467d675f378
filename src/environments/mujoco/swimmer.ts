import { Locomotion, type LocomotionOptions } from './locomotion.js';
import { degrees, freedom, type Geom, type Joint, type Model } from './mjcf.js';
import { completeTaskOptions } from './taskOptions.js';

export type SwimmerOptions = LocomotionOptions;

const DEFAULTS: SwimmerOptions = {
  frameSkip: 4,
  forwardRewardWeight: 1,
  ctrlCostWeight: 1e-4,
  resetNoiseScale: 0.1,
  excludeCurrentPositionsFromObservation: true,
};

const ARMATURE = 0.1; // kg m^2, and kg of the sliders

/** Geoms that touch nothing. */
const ghost = { contype: 0, conaffinity: 0, condim: 1 } as const satisfies Partial<Geom>;
/** 1 m long. */
function segment(from: number, to: number): Geom {
  return { ...ghost, type: 'capsule', size: [0.1], fromto: [from, 0, 0, to, 0, 0] };
}
function bend(name: string): Joint {
  return {
    name,
    type: 'hinge',
    axis: [0, 0, 1],
    range: [degrees(-100), degrees(100)],
    armature: ARMATURE,
  };
}
const motor = { gear: 150, ctrlrange: [-1, 1] } as const;

const model: Model = {
  name: 'swimmer',
  // the medium is four times as dense as the swimmer
  option: { timestep: 0.01, integrator: 'RK4', density: 4000, viscosity: 0.1 },
  geoms: [{ ...ghost, type: 'plane', size: [40, 40, 0.1], pos: [0, 0, -0.1], condim: 3 }],
  bodies: [
    {
      name: 'front',
      pos: [0, 0, 0],
      joints: [
        freedom('slide', [1, 0, 0], { armature: ARMATURE }),
        freedom('slide', [0, 1, 0], { armature: ARMATURE }),
        freedom('hinge', [0, 0, 1], { armature: ARMATURE }),
      ],
      geoms: [segment(1.5, 0.5)],
      color: 'body',
      bodies: [
        {
          name: 'middle',
          pos: [0.5, 0, 0],
          joints: [bend('front bend')],
          geoms: [segment(0, -1)],
          bodies: [
            {
              name: 'back',
              pos: [-1, 0, 0],
              joints: [bend('back bend')],
              geoms: [segment(0, -1)],
              color: 'joint',
            },
          ],
        },
      ],
    },
  ],
  motors: [
    { ...motor, joint: 'front bend' },
    { ...motor, joint: 'back bend' },
  ],
};

/**
 * Swimmer-v5: three links swim in the plane of a viscous medium (Coulom, "Reinforcement learning using neural networks,
 * with applications to motor control", 2002); nothing ends the episode.
 * Observation [heading and two bends rad, dx/dt, dy/dt m/s, their speeds rad/s]; action [torques / 150 N m] in +-1.
 * Model and task as in Gymnasium.
 */
export class Swimmer extends Locomotion {
  constructor(given: Partial<SwimmerOptions> = {}) {
    super(
      {
        name: 'Swimmer',
        model,
        velocityNoise: 'uniform',
        places: 2,
        camera: { view: 'top', left: -2.5, right: 2.5, bottom: -2, top: 2, follows: true, ground: true },
      },
      completeTaskOptions('Swimmer', DEFAULTS, given),
    );
  }
}
