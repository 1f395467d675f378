/** |actual - expected| / |expected| in the 2-norm; |actual| if expected is 0; infinity if lengths differ. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    // also equal infinities and NaN agree
    if (Object.is(actual[i], expected[i])) norm += Number.isFinite(expected[i]) ? expected[i] ** 2 : 0;
    else {
      difference += (actual[i] - expected[i]) ** 2;
      norm += expected[i] ** 2;
    }
  }
  return Math.sqrt(norm === 0 ? difference : difference / norm);
}

/** The spacing of float32 numbers at |x|. */
export function ulpFloat32(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 2 ** -126) return 2 ** -149;
  let exponent = Math.floor(Math.log2(magnitude));
  // log2 may round up just below a power of two
  if (2 ** exponent > magnitude) exponent--;
  return 2 ** (exponent - 23);
}
