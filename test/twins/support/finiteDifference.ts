/** Central differences (f(x + h e_i) - f(x - h e_i)) / 2h for every i: the gradient of f,
 *  with an error of order h^2. */
export function finiteDifferenceGradient(
  f: (x: Float64Array) => number,
  x: Float64Array,
  h = 1e-5,
): Float64Array {
  return x.map((_value, i) => {
    const unit = new Float64Array(x.length);
    unit[i] = 1;
    return (f(shifted(x, unit, h)) - f(shifted(x, unit, -h))) / (2 * h);
  });
}

/** Central difference of a vector-valued f along direction: its Jacobian at x times direction. */
export function finiteDifferenceAlong(
  f: (x: Float64Array) => Float64Array,
  x: Float64Array,
  direction: Float64Array,
  h = 1e-5,
): Float64Array {
  const behind = f(shifted(x, direction, -h));
  return f(shifted(x, direction, h)).map((value, i) => (value - behind[i]) / (2 * h));
}

/** x + length * direction */
export function shifted(x: Float64Array, direction: Float64Array, length: number): Float64Array {
  return x.map((value, i) => value + length * direction[i]);
}
