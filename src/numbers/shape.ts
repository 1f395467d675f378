/** How many numbers an array of this shape has; of [] it is one. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Whether a value lists whole numbers of 1 or more, one at least. */
export function isShape(value: unknown): value is readonly [number, ...number[]] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((size) => Number.isInteger(size) && size > 0)
  );
}
