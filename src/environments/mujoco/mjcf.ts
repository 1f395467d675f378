/** MuJoCo models as typed objects, and their MJCF text. Attributes have MJCF's names (mujoco.readthedocs.io, XMLreference). */

export type Vector = readonly [x: number, y: number, z: number];
export type Range = readonly [low: number, high: number];

export interface Joint {
  readonly name?: string;
  readonly type: 'hinge' | 'slide' | 'free';
  /** Of rotation or translation, in the body's frame; need not have length 1. */
  readonly axis?: Vector;
  /** m, in the body's frame; default its origin. */
  readonly pos?: Vector;
  /** rad or m; limited only if given. */
  readonly range?: Range;
  /** Coordinate in the model's initial configuration, rad or m. */
  readonly ref?: number;
  /** Inertia of the rotor, kg m^2 or kg. */
  readonly armature?: number;
  /** N m s/rad or N s/m. */
  readonly damping?: number;
  /** N m/rad or N/m. */
  readonly stiffness?: number;
  /** Distance from the limit at which it begins to act, rad or m. */
  readonly margin?: number;
  readonly solreflimit?: readonly number[];
  readonly solimplimit?: readonly number[];
}

export interface Geom {
  readonly type: 'capsule' | 'cylinder' | 'sphere' | 'plane';
  /** m: radius; with half the length for a capsule or cylinder without `fromto`; half sides of a plane. */
  readonly size: readonly number[];
  /** m: both ends of the axis. */
  readonly fromto?: readonly [...Vector, ...Vector];
  /** m, in the body's frame; default its origin. */
  readonly pos?: Vector;
  readonly quat?: readonly [number, number, number, number];
  /** Axis of rotation and angle, rad. */
  readonly axisangle?: readonly [...Vector, number];
  /** Two geoms may touch if contype of one shares a bit with conaffinity of the other. */
  readonly contype?: number;
  readonly conaffinity?: number;
  /** 1 without friction, 3 with sliding friction. */
  readonly condim?: number;
  /** Coefficients of sliding, torsion (m) and rolling (m). */
  readonly friction?: Vector;
  /** kg/m^3; default 1000. */
  readonly density?: number;
  /** Distance at which contacts are made, m. */
  readonly margin?: number;
  readonly solref?: readonly number[];
  readonly solimp?: readonly number[];
}

export interface Body {
  readonly name: string;
  /** m, in the parent's frame. */
  readonly pos: Vector;
  readonly quat?: readonly [number, number, number, number];
  readonly joints?: readonly Joint[];
  readonly geoms: readonly Geom[];
  /** m: marked points. */
  readonly sites?: readonly Vector[];
  readonly bodies?: readonly Body[];
  /** How it is drawn; the physics do not know it. Default "limb". */
  readonly color?: 'body' | 'limb' | 'joint' | 'goal';
}

export interface Motor {
  readonly joint: string;
  /** N m or N for a control of 1. */
  readonly gear: number;
  readonly ctrlrange: Range;
}

export interface Model {
  readonly name: string;
  readonly option: {
    /** s */
    readonly timestep: number;
    readonly integrator: 'RK4' | 'Euler';
    /** m/s^2 */
    readonly gravity?: Vector;
    /** Of the medium, kg/m^3. */
    readonly density?: number;
    /** Of the medium, Pa s. */
    readonly viscosity?: number;
    readonly solver?: 'PGS' | 'Newton';
    readonly iterations?: number;
  };
  /** kg: all masses and inertias are scaled to this sum. */
  readonly totalMass?: number;
  /** Keyframes, all of them the initial configuration. */
  readonly keyframes?: number;
  /** Of the world. */
  readonly geoms: readonly Geom[];
  readonly bodies: readonly Body[];
  readonly motors: readonly Motor[];
  /** Fixed tendons: sums of joint coordinates with coefficients. */
  readonly tendons?: readonly { readonly [joint: string]: number }[];
}

/** Memory for contacts and solver: these tasks use less than 0.1 MB, MuJoCo would take up to 15 for each simulation. */
const ARENA = '1M';

/** What a capsule's axis is turned by to lie along x. */
export const ALONG_X = [Math.SQRT1_2, 0, Math.SQRT1_2, 0] as const;

/** A joint without inertia, damping or limits of its own, by which a robot is free to move along or about an axis. */
export function freedom(type: 'slide' | 'hinge', axis: Vector, more: Partial<Joint> = {}): Joint {
  return { type, axis, armature: 0, damping: 0, stiffness: 0, ...more };
}

/** Degrees as radians. */
export function degrees(angle: number): number {
  return (angle * Math.PI) / 180;
}

/** Sizes that follow from a model, in MuJoCo's order: bodies depth first, the world as number 0. */
export interface ModelShape {
  /** Numbers in qpos and qvel. */
  readonly positions: number;
  readonly velocities: number;
  readonly bodies: readonly Pick<Body, 'name' | 'color'>[];
  /** Of each motor. */
  readonly controlRanges: readonly Range[];
}

export function shapeOf(model: Model): ModelShape {
  const bodies = [{ name: 'world' }, ...model.bodies.flatMap(withDescendants)];
  const joints = model.bodies.flatMap(withDescendants).flatMap((body) => body.joints ?? []);
  const count = (ofFreeJoint: number) =>
    joints.reduce((sum, { type }) => sum + (type === 'free' ? ofFreeJoint : 1), 0);
  return {
    positions: count(7), // a free joint is a point and a quaternion,
    velocities: count(6), // its velocity linear and angular
    bodies,
    controlRanges: model.motors.map(({ ctrlrange }) => ctrlrange),
  };
}

/** A body and all below it, depth first: MuJoCo's order. */
export function withDescendants(body: Body): Body[] {
  return [body, ...(body.bodies ?? []).flatMap(withDescendants)];
}

/** The model as MJCF text; numbers with all their digits. */
export function mjcfOf(model: Model): string {
  const { option, totalMass, keyframes, tendons = [] } = model;
  return element('mujoco', { model: model.name }, [
    element('compiler', { angle: 'radian', inertiafromgeom: true, settotalmass: totalMass }),
    element('size', { memory: ARENA, nkey: keyframes }),
    element('option', option),
    element('worldbody', {}, [...model.geoms.map(geomElement), ...model.bodies.map(bodyElement)]),
    element(
      'tendon',
      {},
      tendons.map((joints) =>
        element(
          'fixed',
          {},
          Object.entries(joints).map(([joint, coef]) => element('joint', { joint, coef })),
        ),
      ),
    ),
    element(
      'actuator',
      {},
      model.motors.map((motor) => element('motor', { ...motor })),
    ),
  ]);
}

function bodyElement({ name, pos, quat, joints = [], geoms, sites = [], bodies = [] }: Body): string {
  return element('body', { name, pos, quat }, [
    ...joints.map((joint) => element('joint', { ...joint })),
    ...geoms.map(geomElement),
    ...sites.map((site) => element('site', { pos: site })),
    ...bodies.map(bodyElement),
  ]);
}

function geomElement(geom: Geom): string {
  return element('geom', { ...geom });
}

type Attribute = string | number | boolean | readonly number[] | undefined;

function element(
  tag: string,
  attributes: { readonly [name: string]: Attribute },
  children: readonly string[] = [],
): string {
  const text = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${Array.isArray(value) ? value.join(' ') : value}"`)
    .join('');
  return `<${tag}${text}>${children.join('')}</${tag}>`;
}
