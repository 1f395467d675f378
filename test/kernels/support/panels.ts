import { roundUp } from './numbers.js';

/**
 * A matrix [inner x columns] as the kernels keep it: panels of 8 columns (4 where 4 are left), row after row,
 * rows and columns filled up with zeros to whole lanes. Written from that sentence, not from the engine.
 */
export function packPanels(matrix: ArrayLike<number>, inner: number, columns: number): Float64Array {
  const paddedInner = roundUp(inner, 4);
  const paddedColumns = roundUp(columns, 4);
  const packed: number[] = [];
  for (let first = 0; first < paddedColumns; first += 8) {
    for (let row = 0; row < paddedInner; row++) {
      for (let column = first; column < Math.min(first + 8, paddedColumns); column++) {
        packed.push(row < inner && column < columns ? matrix[row * columns + column] : 0);
      }
    }
  }
  return Float64Array.from(packed);
}
