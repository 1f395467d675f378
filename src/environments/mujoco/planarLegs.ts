import { type Body, degrees, freedom, type Geom, type Joint } from './mjcf.js';

// The legs that Hopper and Walker2d stand on, measured from the ground up when they stand straight.
const FOOT_HEIGHT = 0.1; // m, of the ankle
const KNEE_HEIGHT = 0.6; // m
const HIP_HEIGHT = 1.05; // m
const TORSO_LENGTH = 0.4; // m
const TORSO_HEIGHT = HIP_HEIGHT + TORSO_LENGTH / 2; // m, of its middle
const SHIN_MIDDLE = (FOOT_HEIGHT + KNEE_HEIGHT) / 2; // m

/** What Hopper and Walker2d have in common and what sets them apart. */
export interface LegSpec {
  /** Of each joint with a motor. */
  readonly joint: Pick<Joint, 'armature' | 'damping'>;
  /** Of each geom. */
  readonly geom: Partial<Geom>;
  readonly footFriction: Geom['friction'];
  readonly footLength: number; // m
  /** m: from the ankle to the tip of the foot. */
  readonly toes: number;
  readonly color?: Body['color'];
}

/** A torso that moves in the plane y = 0; its coordinates are x m, the height of its middle m, and its pitch rad. */
export function planarTorso(geom: Partial<Geom>, legs: readonly Body[]): Body {
  return {
    name: 'torso',
    pos: [0, 0, TORSO_HEIGHT],
    joints: [
      freedom('slide', [1, 0, 0], { pos: [0, 0, -TORSO_HEIGHT] }),
      freedom('slide', [0, 0, 1], { pos: [0, 0, -TORSO_HEIGHT], ref: TORSO_HEIGHT }),
      freedom('hinge', [0, 1, 0]),
    ],
    geoms: [{ ...geom, type: 'capsule', size: [0.05, TORSO_LENGTH / 2] }],
    color: 'body',
    bodies: legs,
  };
}

/** Thigh, shin and foot, with joints named "<side>hip", "<side>knee" and "<side>ankle". */
export function planarLeg(
  side: string,
  { joint, geom, footFriction, footLength, toes, color }: LegSpec,
): Body {
  const bend = (name: string, low: number, high: number): Joint => ({
    ...joint,
    name: `${side}${name}`,
    type: 'hinge',
    axis: [0, -1, 0],
    range: [degrees(low), degrees(high)],
  });
  return {
    name: `${side}thigh`,
    pos: [0, 0, HIP_HEIGHT - TORSO_HEIGHT],
    joints: [bend('hip', -150, 0)],
    geoms: [
      {
        ...geom,
        type: 'capsule',
        size: [0.05, (HIP_HEIGHT - KNEE_HEIGHT) / 2],
        pos: [0, 0, (KNEE_HEIGHT - HIP_HEIGHT) / 2],
      },
    ],
    color,
    bodies: [
      {
        name: `${side}shin`,
        pos: [0, 0, SHIN_MIDDLE - HIP_HEIGHT],
        joints: [{ ...bend('knee', -150, 0), pos: [0, 0, KNEE_HEIGHT - SHIN_MIDDLE] }],
        geoms: [{ ...geom, type: 'capsule', size: [0.04, (KNEE_HEIGHT - FOOT_HEIGHT) / 2] }],
        color,
        bodies: [
          {
            name: `${side}foot`,
            pos: [toes, 0, -SHIN_MIDDLE],
            joints: [{ ...bend('ankle', -45, 45), pos: [-toes, 0, FOOT_HEIGHT] }],
            geoms: [
              {
                ...geom,
                type: 'capsule',
                size: [0.06, footLength / 2],
                pos: [-toes / 2, 0, FOOT_HEIGHT],
                quat: [Math.SQRT1_2, 0, -Math.SQRT1_2, 0],
                friction: footFriction,
              },
            ],
            color,
          },
        ],
      },
    ],
  };
}
