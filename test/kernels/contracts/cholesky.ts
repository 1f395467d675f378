import { dot } from '../../twins/conjugateGradient.js';
import { random32, randomVector } from '../support/numbers.js';
import { partsPlayground } from '../support/playground.js';
import { INNER, type KernelContract } from './contract.js';

const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 33, 70];

/** Row-major, rows of an even length as the kernels want them. */
interface SquareMatrix {
  readonly size: number;
  readonly stride: number;
  readonly values: Float64Array;
}

/** B B^T + I, B random: positive definite. */
function positiveMatrix(size: number): SquareMatrix {
  const stride = size + (size % 2);
  const b = randomVector(size * size, 21);
  const row = (i: number) => b.subarray(i * size, (i + 1) * size);
  const values = new Float64Array(size * stride);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) values[i * stride + j] = dot(row(i), row(j)) + (i === j ? 1 : 0);
  }
  return { size, stride, values };
}

/** Lower triangle of A, or of L L^T from L in a lower triangle. */
function lowerTriangle({ size, stride, values }: SquareMatrix, isFactor: boolean): Float64Array {
  const out = [];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const product = () =>
        dot(values.subarray(i * stride, i * stride + j + 1), values.subarray(j * stride, j * stride + j + 1));
      out.push(isFactor ? product() : values[i * stride + j]);
    }
  }
  return Float64Array.from(out);
}

export const CHOLESKY_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'factorCholesky',
    builds: INNER,
    lengths: SIZES,
    tolerance: 1e-13,
    compare: (_, size) => {
      const playground = partsPlayground();
      const matrix = positiveMatrix(size);
      const placed = playground.float64(matrix.values);
      const succeeded = playground.kernels.factorCholesky(placed.pointer, size);
      playground.expectGuardsIntact();
      // a matrix that is not positive definite, and one that is not finite, in the last place
      const refused = [-1, NaN, Infinity].map((spoilt) => {
        const values = matrix.values.slice();
        if (size > 0) values[(size - 1) * matrix.stride + size - 1] = spoilt;
        return playground.kernels.factorCholesky(playground.float64(values).pointer, size);
      });
      const factor = { ...matrix, values: placed.view };
      return [
        { actual: lowerTriangle(factor, true), expected: lowerTriangle(matrix, false) },
        {
          label: 'success',
          actual: [succeeded, ...refused],
          expected: size > 0 ? [1, 0, 0, 0] : [1, 1, 1, 1],
        },
      ];
    },
  },
  {
    kernel: 'solveCholesky',
    builds: INNER,
    lengths: SIZES,
    tolerance: 1e-11,
    compare: (_, size) => {
      const playground = partsPlayground();
      const { stride, values } = positiveMatrix(size);
      const expected = randomVector(size, 22);
      const product = Array.from({ length: stride }, (_row, i) =>
        i < size ? dot(values.subarray(i * stride, i * stride + size), expected) : 0,
      );
      const factor = playground.float64(values).pointer;
      const solution = playground.float64(product);
      playground.kernels.factorCholesky(factor, size);
      playground.kernels.solveCholesky(factor, size, solution.pointer);
      playground.expectGuardsIntact();
      return [{ actual: solution.view.subarray(0, size), expected }];
    },
  },
  {
    kernel: 'dotFloat32',
    builds: INNER,
    lengths: [0, 4, 8, 12, 20, 64, 1024],
    tolerance: 2e-6,
    compare: (_, count) => {
      const playground = partsPlayground();
      const x = random32(count, 23).map((value) => value + 1);
      const y = random32(count, 24).map((value) => value + 1);
      const placedX = playground.float32(x);
      const placedY = playground.float32(y);
      const actual = playground.kernels.dotFloat32(placedX.pointer, placedY.pointer, count);
      return [{ actual: [actual], expected: [dot(x, y)] }];
    },
  },
];
