/** Test functions, to be minimised; the minimum of each is 0. */
export const testFunctions: Readonly<Record<string, (x: Float64Array) => number>> = {
  sphere: (x) => x.reduce((sum, value) => sum + value * value, 0),
  rosenbrock: (x) =>
    x
      .subarray(1)
      .reduce((sum, value, i) => sum + 100 * (value - x[i] * x[i]) ** 2 + (1 - x[i]) * (1 - x[i]), 0),
  ellipsoid: (x) => x.reduce((sum, value, i) => sum + 1e6 ** (i / (x.length - 1)) * value * value, 0),
};
