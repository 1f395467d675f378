const TWO_PI = 2 * Math.PI;

/** The number nearest to `value` in [low, high]; NaN stays NaN. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The angle of the same direction in [-pi, pi], radians; an angle already there is returned to the bit. */
export function wrapAngle(angle: number): number {
  if (angle >= -Math.PI && angle <= Math.PI) return angle;
  // the quotient's rounding can leave the result one bit outside
  return clamp(angle - TWO_PI * Math.round(angle / TWO_PI), -Math.PI, Math.PI);
}
