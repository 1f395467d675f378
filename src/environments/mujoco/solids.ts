import type { Solid, SolidBody } from '../../render/solidScene.js';
import type { ModelShape } from './mjcf.js';
import type { GeomArrays, Simulation } from './simulation.js';

// mjtGeom
export const PLANE = 0;
export const SPHERE = 2;
export const CAPSULE = 3;
export const CYLINDER = 5;

const POSE_SIZE = 7;

/** The bodies of a model with their geoms, in MuJoCo's order. */
export function solidBodies({ geoms }: Simulation, { bodies }: ModelShape): SolidBody[] {
  return bodies.map(({ name, color = 'limb' }, body) => ({
    name,
    role: body === 0 ? 'ground' : color,
    solids: Array.from(geoms.type.keys())
      .filter((geom) => geoms.body[geom] === body)
      .map((geom) => solidOf(geoms, geom)),
  }));
}

/** Poses of all bodies [bodies x 7], x, y, z in m and w, x, y, z; a copy. Positions must be located. */
export function bodyPoses({ arrays: { xpos, xquat } }: Simulation): Float64Array {
  const bodies = xpos.length / 3;
  const poses = new Float64Array(POSE_SIZE * bodies);
  for (let body = 0; body < bodies; body++) {
    poses.set(xpos.subarray(3 * body, 3 * body + 3), POSE_SIZE * body);
    poses.set(xquat.subarray(4 * body, 4 * body + 4), POSE_SIZE * body + 3);
  }
  return poses;
}

function solidOf({ type, size, position, quaternion }: GeomArrays, geom: number): Solid {
  const place = {
    position: Array.from(position.subarray(3 * geom, 3 * geom + 3)),
    quaternion: Array.from(quaternion.subarray(4 * geom, 4 * geom + 4)),
  };
  const [radius, halfLength] = size.subarray(3 * geom);
  switch (type[geom]) {
    case PLANE:
      return { ...place, kind: 'plane' };
    case SPHERE:
      return { ...place, kind: 'sphere', radius };
    case CAPSULE:
      return { ...place, kind: 'capsule', radius, halfLength };
    default: // no model has more kinds (mjcf.ts)
      return { ...place, kind: 'cylinder', radius, halfLength };
  }
}
