/** Builds of the kernels: strict, whose bits are the same in every engine, and relaxed, with fused multiply-add. */
export const VARIANTS = ['simd', 'relaxed'] as const;

export type Variant = (typeof VARIANTS)[number];

/** A module of one instruction that only engines with relaxed SIMD accept: drop f32x4.relaxed_madd of three zeros. */
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 62, 1, 60, 0, 253, 12, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 253, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 253, 12, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 253, 133, 2, 26, 11,
]);

/** Whether this engine runs a build. */
export function supportsVariant(variant: Variant): boolean {
  return variant === 'simd' || WebAssembly.validate(RELAXED_PROBE);
}

/** The build to use: the strict one when results must be reproducible anywhere, else the fastest that runs here. */
export function chooseVariant(reproducible: boolean): Variant {
  return !reproducible && supportsVariant('relaxed') ? 'relaxed' : 'simd';
}

/** The build's name in files: with shared memory it is another file with the same results. */
export function kernelFile(variant: Variant, shared: boolean): string {
  return shared ? `${variant}-threads` : variant;
}
