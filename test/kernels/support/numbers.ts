import { randomVector, seededUniform } from '../../twins/support/random.js';

export { randomVector, seededUniform };

/** Rows, counts and lengths around the edges of vectors (4), row tiles (64) and shards. */
export const ROW_COUNTS = [1, 3, 4, 5, 7, 8, 63, 64, 65, 1023] as const;

/** Sizes of layers around the edges of lanes (4) and panels (8). */
export const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 64] as const;

/** As float32 stores them. */
export function rounded(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(Float32Array.from(values));
}

/** `count` float32 numbers, uniform in [-scale, scale), as float64. */
export function random32(count: number, seed: number, scale = 1): Float64Array {
  return rounded(randomVector(count, seed, scale));
}

export function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

/** values [rows x columns] with every row filled up to `stride` numbers. */
export function withStride(
  values: ArrayLike<number>,
  columns: number,
  stride: number,
  filler = 0,
): Float64Array {
  const rows = columns === 0 ? 0 : values.length / columns;
  const out = new Float64Array(rows * stride).fill(filler);
  for (let i = 0; i < values.length; i++) out[Math.floor(i / columns) * stride + (i % columns)] = values[i];
  return out;
}

/** masks [rows x choices] as their column has them. */
export function maskColumn(
  masks: Uint8Array = new Uint8Array(0),
  { inputSize, maskWords }: { readonly inputSize: number; readonly maskWords: number },
): Uint8Array {
  return Uint8Array.from(withStride(masks, inputSize, 4 * maskWords));
}

/** Numbers of a view as float64. */
export function widened(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values);
}
