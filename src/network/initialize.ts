import { StreamPurpose, seedKey } from '../random/philox.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { layersOf, type NetworkSpec } from './networkSpec.js';

const SQRT_2 = Math.SQRT2;

/** Numbers that `initialWeights` needs room for, to draw its normals. */
export function initializationFloats(spec: NetworkSpec): number {
  return Math.max(...layersOf(spec).map((layer) => roundUpTo8(layer.inputSize * layer.outputSize)));
}

/**
 * Unpadded weights and biases of a network: orthogonal weights (arXiv:1312.6120) with gain sqrt 2 in hidden layers and
 * `outputGain` in the last, biases 0. Layer l draws from stream firstStream + l of the seed.
 * `workspace`: room for initializationFloats(spec) numbers in the arena, which must be sealed.
 */
export function initialWeights(
  { kernels, arena }: Engine,
  spec: NetworkSpec,
  draw: { readonly seed: number; readonly firstStream: number; readonly outputGain: number },
  workspace: Pointer,
): Float64Array {
  const [key0, key1] = seedKey(draw.seed);
  const parameters: number[] = [];
  const layers = layersOf(spec);
  layers.forEach(({ inputSize, outputSize }, number) => {
    const count = roundUpTo8(inputSize * outputSize);
    kernels.standardNormals(
      workspace,
      count,
      key0,
      key1,
      draw.firstStream + number,
      StreamPurpose.initialization,
    );
    const gain = number === layers.length - 1 ? draw.outputGain : SQRT_2;
    const weights = orthogonal(arena.float32(workspace, count), inputSize, outputSize);
    for (const weight of weights) parameters.push(gain * weight);
    for (let i = 0; i < outputSize; i++) parameters.push(0);
  });
  return Float64Array.from(parameters);
}

/**
 * [rows x columns] with orthonormal rows or columns, whichever are fewer, from normals by modified Gram-Schmidt:
 * uniform over such matrices, because the diagonal of R comes out positive.
 */
function orthogonal(normals: Float32Array, rows: number, columns: number): Float64Array {
  const vectorsAreRows = rows <= columns;
  const vectorCount = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let v = 0; v < vectorCount; v++) {
    const vector = Float64Array.from(normals.subarray(v * length, (v + 1) * length));
    for (const other of vectors) {
      const projection = innerProduct(vector, other);
      for (let i = 0; i < length; i++) vector[i] -= projection * other[i];
    }
    const norm = Math.sqrt(innerProduct(vector, vector));
    for (let i = 0; i < length; i++) vector[i] /= norm;
    vectors.push(vector);
  }
  const matrix = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      matrix[row * columns + column] = vectorsAreRows ? vectors[row][column] : vectors[column][row];
    }
  }
  return matrix;
}

function innerProduct(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

function roundUpTo8(count: number): number {
  return Math.ceil(count / 8) * 8;
}
