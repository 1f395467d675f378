import { sizeOf } from '../numbers/shape.js';
import { StreamPurpose, seedKey } from '../random/philox.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { layersOf } from './layerKinds.js';
import type { NetworkSpec } from './networkSpec.js';
import { parameterCount } from './parameterLayout.js';

const SQRT_2 = Math.SQRT2;

/** Numbers that `initialWeights` needs room for, to draw its normals. */
export function initializationFloats(spec: NetworkSpec): number {
  const parts = layersOf(spec).flatMap((layer) => layer.parts);
  return Math.max(...parts.map(({ shape }) => roundUpTo8(sizeOf(shape))));
}

/**
 * Unpadded parameters of a network: orthogonal weights (arXiv:1312.6120) with gain sqrt 2 in hidden layers and
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
  const parameters = new Float64Array(parameterCount(spec));
  let offset = 0;
  const layers = layersOf(spec);
  layers.forEach(({ parts }, number) => {
    const gain = number === layers.length - 1 ? draw.outputGain : SQRT_2;
    for (const { shape, form } of parts) {
      const size = sizeOf(shape);
      if (form === 'matrix') {
        const count = roundUpTo8(size);
        const stream = draw.firstStream + number;
        kernels.standardNormals(workspace, count, key0, key1, stream, StreamPurpose.initialization);
        const columns = shape[shape.length - 1];
        const weights = orthogonal(arena.float32(workspace, count), size / columns, columns);
        for (let i = 0; i < size; i++) parameters[offset + i] = gain * weights[i];
      }
      offset += size;
    }
  });
  return parameters;
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
