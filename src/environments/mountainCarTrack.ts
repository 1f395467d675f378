import { cos, sin } from '../numbers/sinCos.js';
import { palette } from '../render/palette.js';
import type { Point, Scene } from '../render/scene.js';
import { Box } from './spaces.js';

// The valley that both mountain cars drive in; constants as in Gymnasium. Positions along x, without a unit.

export const MIN_POSITION = -1.2;
export const MAX_POSITION = 0.6;
/** Position per step. */
export const MAX_SPEED = 0.07;
/** Velocity per step, times the cosine of the slope's phase. */
export const GRAVITY = 0.0025;
/** A start is at rest, between these two positions. */
export const START_LOW = -0.6;
export const START_HIGH = -0.4;
/** Hills per unit of position, as an angle. */
const HILL_PHASE = 3;

const CURVE_POINTS = 61;
const WHEEL_RADIUS = 0.03;
const HALF_CAR_LENGTH = 0.08;
/** The hills go on a little beyond the track, so that the car never stands on nothing. */
const VIEW = { left: MIN_POSITION - 0.1, right: MAX_POSITION + 0.1, bottom: 0, top: 1.35 };

/** What the agent sees: [position, velocity], in float32. */
export function trackObservationSpace(): Box {
  return new Box({
    low: [MIN_POSITION, -MAX_SPEED].map(Math.fround),
    high: [MAX_POSITION, MAX_SPEED].map(Math.fround),
  });
}

/** Velocity that the slope adds in one step. */
export function slopePull(position: number): number {
  return -GRAVITY * cos(HILL_PHASE * position);
}

function height(position: number): number {
  return 0.45 * sin(HILL_PHASE * position) + 0.55;
}

/** The valley with the car at `position` and a flag at `goalPosition`. */
export function trackScene(position: number, goalPosition: number): Scene {
  const hill = Array.from({ length: CURVE_POINTS }, (_, i): Point => {
    const x = VIEW.left + ((VIEW.right - VIEW.left) * i) / (CURVE_POINTS - 1);
    return [x, height(x)];
  });
  const flagFoot = height(goalPosition);
  const flagTop = flagFoot + 0.24;
  return {
    view: VIEW,
    shapes: [
      {
        kind: 'polygon',
        points: [...hill, [VIEW.right, VIEW.bottom], [VIEW.left, VIEW.bottom]],
        fill: palette.ground,
      },
      {
        kind: 'line',
        points: [
          [goalPosition, flagFoot],
          [goalPosition, flagTop],
        ],
        width: 0.012,
        stroke: palette.joint,
      },
      {
        kind: 'polygon',
        points: [
          [goalPosition, flagTop],
          [goalPosition + 0.13, flagTop - 0.045],
          [goalPosition, flagTop - 0.09],
        ],
        fill: palette.goal,
      },
      ...carShapes(position),
    ],
  };
}

/** A body on two wheels, standing square on the slope. */
function carShapes(position: number): Scene['shapes'] {
  const slope = 0.45 * HILL_PHASE * cos(HILL_PHASE * position);
  const length = Math.sqrt(1 + slope * slope);
  const along: Point = [1 / length, slope / length];
  const up: Point = [-along[1], along[0]];
  const at = (forward: number, above: number): Point => [
    position + forward * along[0] + above * up[0],
    height(position) + forward * along[1] + above * up[1],
  ];
  const floor = WHEEL_RADIUS;
  const roof = floor + 0.08;
  return [
    {
      kind: 'polygon',
      points: [
        at(-HALF_CAR_LENGTH, floor),
        at(HALF_CAR_LENGTH, floor),
        at(HALF_CAR_LENGTH, roof),
        at(-HALF_CAR_LENGTH, roof),
      ],
      fill: palette.body,
    },
    ...[-0.6, 0.6].map((side) => ({
      kind: 'circle' as const,
      center: at(side * HALF_CAR_LENGTH, WHEEL_RADIUS),
      radius: WHEEL_RADIUS,
      fill: palette.limb,
    })),
  ];
}
