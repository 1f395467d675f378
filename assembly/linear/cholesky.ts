import { addScaled, dot } from './vector';

/**
 * Cholesky's factorisation A = L L^T of a symmetric positive definite matrix, float64, row-major, rows
 * `evenNumbers(size)` numbers apart so that each starts on a vector. Only the lower triangle is read and written.
 */

// @ts-ignore: decorator
@inline
export function evenNumbers(count: i32): i32 {
  return (count + 1) & ~1;
}

/** matrix = L in place. False as soon as a pivot is not a positive finite number: A is not positive definite. */
export function factorCholesky(matrix: usize, size: i32): bool {
  const rowBytes = <usize>evenNumbers(size) << 3;
  for (let first = 0; first < size; first += 4) {
    const rows = min(4, size - first);
    const block = matrix + <usize>first * rowBytes;
    if (rows == 4) {
      for (let column = 0; column < first; column++) {
        eliminateFour(block, rowBytes, matrix + <usize>column * rowBytes, column);
      }
    }
    for (let row = 0; row < rows; row++) {
      const target = block + <usize>row * rowBytes;
      for (let column = rows == 4 ? first : 0; column < first + row; column++) {
        const pivotRow = matrix + <usize>column * rowBytes;
        finish(target, column, dotOfAny(target, pivotRow, column), load<f64>(pivotRow + (<usize>column << 3)));
      }
      const diagonal = target + (<usize>(first + row) << 3);
      const pivot = load<f64>(diagonal) - dotOfAny(target, target, first + row);
      if (!(pivot > 0.0 && isFinite(pivot))) return false;
      store<f64>(diagonal, sqrt(pivot));
    }
  }
  return true;
}

/** values = (L L^T)^-1 values, float64 [size]; room for evenNumbers(size). */
export function solveCholesky(factor: usize, size: i32, values: usize): void {
  const rowBytes = <usize>evenNumbers(size) << 3;
  for (let i = 0; i < size; i++) {
    const row = factor + <usize>i * rowBytes;
    finish(values, i, dotOfAny(row, values, i), load<f64>(row + (<usize>i << 3)));
  }
  for (let i = size - 1; i >= 0; i--) {
    const row = factor + <usize>i * rowBytes;
    const place = values + (<usize>i << 3);
    const value = load<f64>(place) / load<f64>(row + (<usize>i << 3));
    // of an odd number of values this touches `place` too, which is written below
    addScaled(values, values, -value, row, evenNumbers(i));
    store<f64>(place, value);
  }
}

/** Number `column` of four rows of L at once: each row of L is then read a quarter as often. */
function eliminateFour(rows: usize, rowBytes: usize, pivotRow: usize, column: i32): void {
  const row1 = rows + rowBytes;
  const row2 = row1 + rowBytes;
  const row3 = row2 + rowBytes;
  let sum0 = f64x2.splat(0.0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  const wholeBytes = <usize>(column & ~1) << 3;
  for (let offset: usize = 0; offset < wholeBytes; offset += 16) {
    const pivots = v128.load(pivotRow + offset);
    sum0 = f64x2.add(sum0, f64x2.mul(pivots, v128.load(rows + offset)));
    sum1 = f64x2.add(sum1, f64x2.mul(pivots, v128.load(row1 + offset)));
    sum2 = f64x2.add(sum2, f64x2.mul(pivots, v128.load(row2 + offset)));
    sum3 = f64x2.add(sum3, f64x2.mul(pivots, v128.load(row3 + offset)));
  }
  const diagonal = load<f64>(pivotRow + (<usize>column << 3));
  finish(rows, column, bothLanes(sum0) + lastOfOdd(rows, pivotRow, column), diagonal);
  finish(row1, column, bothLanes(sum1) + lastOfOdd(row1, pivotRow, column), diagonal);
  finish(row2, column, bothLanes(sum2) + lastOfOdd(row2, pivotRow, column), diagonal);
  finish(row3, column, bothLanes(sum3) + lastOfOdd(row3, pivotRow, column), diagonal);
}

/** values[index] = (values[index] - sum) / diagonal */
// @ts-ignore: decorator
@inline
function finish(values: usize, index: i32, sum: f64, diagonal: f64): void {
  const place = values + (<usize>index << 3);
  store<f64>(place, (load<f64>(place) - sum) / diagonal);
}

/** x . y of float64 vectors of any length. */
function dotOfAny(x: usize, y: usize, count: i32): f64 {
  return dot(x, y, count & ~1) + lastOfOdd(x, y, count);
}

/** The product of the last numbers of an odd count, which stands in no pair. */
// @ts-ignore: decorator
@inline
function lastOfOdd(x: usize, y: usize, count: i32): f64 {
  if ((count & 1) == 0) return 0.0;
  const offset = <usize>(count - 1) << 3;
  return load<f64>(x + offset) * load<f64>(y + offset);
}

// @ts-ignore: decorator
@inline
function bothLanes(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
