import { describe, expect, it } from 'vitest';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from './matmul.js';
import { expectClose } from './support/closeness.js';
import { randomVector } from './support/random.js';

describe('matrix products', () => {
  const a = Float64Array.of(1, 2, 3, 4, 5, 6); // [2 x 3]
  const b = Float64Array.of(7, 8, 9, 10, 11, 12); // [3 x 2]

  it('multiplies a worked example', () => {
    expect([...multiply(a, b, { rows: 2, inner: 3, columns: 2 })]).toEqual([58, 64, 139, 154]);
  });

  it.each([0, 1, 3, 4, 5, 17])(
    'the transposed forms agree with a plain product, inner length %i',
    (inner) => {
      const shape = { rows: 3, inner, columns: 5 };
      const left = randomVector(3 * inner, 1);
      const right = randomVector(inner * 5, 2);
      const expected = multiply(left, right, shape);
      expectClose(multiplyTransposedLeft(transpose(left, 3, inner), right, shape), expected, 1e-15);
      expectClose(multiplyTransposedRight(left, transpose(right, inner, 5), shape), expected, 1e-15);
    },
  );
});

function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return matrix.map((_value, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}
