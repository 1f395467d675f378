/** Product shape: out is [rows x columns], inner is the length that is summed away. */
export interface ProductShape {
  rows: number;
  inner: number;
  columns: number;
}

/** out = a b. a [rows x inner], b [inner x columns], out [rows x columns]; row-major. */
export function multiply(a: Float64Array, b: Float64Array, shape: ProductShape): Float64Array {
  const { rows, inner, columns } = shape;
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    // k before j: both b and out are then read along their rows.
    for (let k = 0; k < inner; k++) {
      const scale = a[i * inner + k];
      for (let j = 0; j < columns; j++) out[i * columns + j] += scale * b[k * columns + j];
    }
  }
  return out;
}

/** out = a^T b. a [inner x rows], b [inner x columns], out [rows x columns]; row-major. */
export function multiplyTransposedLeft(a: Float64Array, b: Float64Array, shape: ProductShape): Float64Array {
  const { rows, inner, columns } = shape;
  const out = new Float64Array(rows * columns);
  for (let k = 0; k < inner; k++) {
    for (let i = 0; i < rows; i++) {
      const scale = a[k * rows + i];
      for (let j = 0; j < columns; j++) out[i * columns + j] += scale * b[k * columns + j];
    }
  }
  return out;
}

/** out = a b^T. a [rows x inner], b [columns x inner], out [rows x columns]; row-major. */
export function multiplyTransposedRight(a: Float64Array, b: Float64Array, shape: ProductShape): Float64Array {
  const { rows, inner, columns } = shape;
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[j * inner + k];
      out[i * columns + j] = sum;
    }
  }
  return out;
}
