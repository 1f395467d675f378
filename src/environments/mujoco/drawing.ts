import type { Camera } from '../../render/camera.js';
import { palette } from '../../render/palette.js';
import type { Point, Scene, Shape } from '../../render/scene.js';
import type { ModelShape } from './mjcf.js';
import type { Simulation } from './simulation.js';
import { CAPSULE, CYLINDER, SPHERE } from './solids.js';

const MARK_SIZE = 0.03; // m
/** Shorter axes, m, are seen from their end. */
const SEEN_FROM_END = 1e-6;

/** The simulation's geoms as seen by the camera. Positions must be located. */
export function drawSimulation(simulation: Simulation, { bodies }: ModelShape, camera: Camera): Scene {
  const view = viewOf(simulation, camera);
  const { type, body } = simulation.geoms;
  const { geom_xpos: position } = simulation.arrays;
  const depth = (geom: number) => (camera.view === 'side' ? -position[3 * geom + 1] : position[3 * geom + 2]);
  const geoms = Array.from(type.keys())
    .filter((geom) => [SPHERE, CAPSULE, CYLINDER].includes(type[geom]))
    .sort((a, b) => depth(a) - depth(b));
  const shapes = geoms.map((geom) => {
    const color = body[geom] === 0 ? palette.ground : palette[bodies[body[geom]].color ?? 'limb'];
    return drawGeom(simulation, geom, camera, color);
  });
  return { view, shapes: [...(camera.ground ? groundMarks(view, camera) : []), ...shapes] };
}

function viewOf(simulation: Simulation, { view, left, right, bottom, top, follows }: Camera): Scene['view'] {
  const [x, y] = follows ? simulation.arrays.xpos.subarray(3, 5) : [0, 0];
  const up = view === 'top' ? y : 0;
  return { left: left + x, right: right + x, bottom: bottom + up, top: top + up };
}

function drawGeom(simulation: Simulation, geom: number, camera: Camera, color: string): Shape {
  const { type, size } = simulation.geoms;
  const { geom_xpos: position, geom_xmat: frame } = simulation.arrays;
  const radius = size[3 * geom];
  const halfLength = type[geom] === SPHERE ? 0 : size[3 * geom + 1];
  const up = camera.view === 'side' ? 2 : 1;
  // a geom's axis is the third column of its 3 x 3 frame
  const axis: Point = [halfLength * frame[9 * geom + 2], halfLength * frame[9 * geom + 3 * up + 2]];
  const center: Point = [position[3 * geom], position[3 * geom + up]];
  if (Math.max(Math.abs(axis[0]), Math.abs(axis[1])) < SEEN_FROM_END) {
    return { kind: 'circle', center, radius, fill: color };
  }
  return {
    kind: 'line',
    points: [
      [center[0] - axis[0], center[1] - axis[1]],
      [center[0] + axis[0], center[1] + axis[1]],
    ],
    width: 2 * radius,
    stroke: color,
  };
}

function groundMarks({ left, right, bottom, top }: Scene['view'], { view }: Camera): Shape[] {
  const marks: Shape[] = [];
  const mark = (center: Point) =>
    marks.push({ kind: 'circle', center, radius: MARK_SIZE, fill: palette.ground });
  if (view === 'side') {
    const line: Point[] = [
      [left, -MARK_SIZE],
      [right, -MARK_SIZE],
    ];
    marks.push({ kind: 'line', points: line, width: 2 * MARK_SIZE, stroke: palette.ground });
  }
  for (let x = Math.ceil(left); x <= right; x++) {
    if (view === 'side') mark([x, -3 * MARK_SIZE]);
    else for (let y = Math.ceil(bottom); y <= top; y++) mark([x, y]);
  }
  return marks;
}
