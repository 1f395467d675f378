/** From where a task's world is looked at. */
export interface Camera {
  /** From the side, x to the right and z up; or from above, y up. */
  readonly view: 'side' | 'top';
  /** m: what is visible of the world, or, if the camera follows the first body, of what is around it. */
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  /** Along both axes that are seen; from the side only along x. */
  readonly follows: boolean;
  /** Draws a ground at height 0 with a mark at each metre (side), or a mark at each whole x and y (top). */
  readonly ground: boolean;
}
