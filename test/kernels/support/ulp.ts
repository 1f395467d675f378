import { expect } from 'vitest';
import { ulpFloat32 } from './closeness.js';
import type { Parts } from './parts.js';
import { partsPlayground } from './playground.js';

export type VectorKernel = {
  [Name in keyof Parts]: Name extends `${string}Vector` ? Name : never;
}[keyof Parts];

/** f of every number. */
export function applyVector(kernel: VectorKernel, values: ArrayLike<number>): Float32Array {
  const playground = partsPlayground();
  const padded = new Float32Array(Math.ceil(values.length / 4) * 4);
  padded.set(values);
  const out = playground.float32Room(padded.length);
  playground.kernels[kernel](out.pointer, playground.float32(padded).pointer, padded.length);
  playground.expectGuardsIntact();
  return out.view.slice(0, values.length);
}

/** `count` float32 numbers from `from` to `to` (of one sign), spread evenly over bit patterns. */
export function sweep(from: number, to: number, count = 200_000): Float32Array {
  const ends = new Int32Array(Float32Array.of(from, to).buffer);
  const bits = Int32Array.from({ length: count }, (_, i) => {
    return Math.round(ends[0] + ((ends[1] - ends[0]) * i) / (count - 1));
  });
  return new Float32Array(bits.buffer);
}

/** Fails where the kernel is more than `ulps` spacings (and, if given, `absolute`) off the exact value. */
export function expectWithinUlps(
  kernel: VectorKernel,
  exact: (x: number) => number,
  values: Float32Array,
  bound: { readonly ulps: number; readonly absolute?: number },
): void {
  const results = applyVector(kernel, values);
  let worst = { x: 0, error: 0 };
  let worstAbsolute = 0;
  for (let i = 0; i < values.length; i++) {
    const expected = exact(values[i]);
    const difference = Math.abs(results[i] - expected);
    const error = difference / ulpFloat32(expected);
    if (!(error <= worst.error)) worst = { x: values[i], error };
    if (!(difference <= worstAbsolute)) worstAbsolute = difference;
  }
  expect(worst.error, `ulp at ${worst.x}`).toBeLessThanOrEqual(bound.ulps);
  expect(worstAbsolute).toBeLessThanOrEqual(bound.absolute ?? Infinity);
}
