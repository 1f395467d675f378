/** Uniform numbers in [0, 1) that repeat with the seed: Park and Miller's generator. */
export function seededUniform(seed: number): () => number {
  let state = (seed * 7919 + 1) % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647; // stays below 2^53, so the product is exact
    return state / 2147483647;
  };
}

/** length numbers, uniform in [-scale, scale). */
export function randomVector(length: number, seed: number, scale = 1): Float64Array {
  const uniform = seededUniform(seed);
  return new Float64Array(length).map(() => scale * (2 * uniform() - 1));
}
