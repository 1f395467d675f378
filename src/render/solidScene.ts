import type { Camera } from './camera.js';
import type { palette } from './palette.js';

/** A picture in three dimensions: rigid bodies in a world with z upwards; lengths in m. */
export interface SolidScene {
  /** The same array as long as the bodies are the same: what is built from it can be kept. Number 0 is the world. */
  readonly bodies: readonly SolidBody[];
  /** Where each body's frame is now [bodies x 7]: position x, y, z and unit quaternion w, x, y, z. */
  readonly poses: Float64Array;
  readonly camera: Camera;
}

/** Solids that move together. */
export interface SolidBody {
  readonly name: string;
  /** What it is drawn as. */
  readonly role: keyof typeof palette;
  readonly solids: readonly Solid[];
}

/** One shape and its place in its body's frame. The axis of a capsule and of a cylinder, and the normal of a plane, is z. */
export type Solid = SolidPlace &
  (
    | { readonly kind: 'sphere'; readonly radius: number }
    /** halfLength: of the axis; a capsule's round ends come on top. */
    | { readonly kind: 'capsule' | 'cylinder'; readonly radius: number; readonly halfLength: number }
    /** A ground without an end. */
    | { readonly kind: 'plane' }
  );

interface SolidPlace {
  /** x, y, z */
  readonly position: readonly number[];
  /** w, x, y, z; of length 1 */
  readonly quaternion: readonly number[];
}
