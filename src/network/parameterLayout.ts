import { ShapeError } from '../errors.js';
import { sizeOf } from '../numbers/shape.js';
import { type LayerPart, layersOf, type ParameterPart, type PlacedLayer } from './layerKinds.js';
import type { NetworkSpec } from './networkSpec.js';

/**
 * Where every part of a parameter vector lies: the sole source for kernels and files.
 *
 * Users and files see unpadded parts one after the other (weights in x out row-major, bias, ..., log std). The engine
 * sees panels of eight columns with rows and columns padded to whole lanes of zeros, as assembly/linear/matmul.ts
 * reads them.
 */

const LANES = 4;
const PANEL = 8;

export function padToLanes(size: number): number {
  return Math.ceil(size / LANES) * LANES;
}

/** Numbers of an unpadded parameter vector: the count of parameters that a paper would state. */
export function parameterCount(spec: NetworkSpec, logStdSize = 0): number {
  const parts = layersOf(spec).flatMap((layer) => layer.parts);
  return parts.reduce((sum, { shape }) => sum + sizeOf(shape), logStdSize);
}

export class ParameterLayout {
  readonly parts: readonly ParameterPart[];
  readonly layers: readonly PlacedLayer[];
  /** The log standard deviations that follow the network, if any. */
  readonly logStd?: ParameterPart;
  /** Numbers of the padded vector. */
  readonly paddedCount: number;
  /** For each unpadded number, its place in the padded vector. */
  private readonly paddedIndex: Int32Array;

  /** logStdSize: how many log standard deviations follow the network, 0 for none. */
  constructor(spec: NetworkSpec, logStdSize = 0) {
    const parts: ParameterPart[] = [];
    // not a list that grows: that would take several times the memory of the parameters
    const index = new Int32Array(parameterCount(spec, logStdSize));
    let offset = 0;
    let paddedOffset = 0;
    const add = (name: string, shape: readonly number[], form: LayerPart['form']): ParameterPart => {
      const part = { name, shape, offset, paddedOffset };
      parts.push(part);
      const columns = shape[shape.length - 1];
      const rows = sizeOf(shape) / columns;
      // a vector is a row, which is not padded with further rows
      const paddedRows = form === 'matrix' ? padToLanes(rows) : rows;
      const paddedColumns = padToLanes(columns);
      for (let row = 0; row < rows; row++) {
        for (let first = 0; first < columns; first += PANEL) {
          const start = paddedOffset + panelRowOffset(row, first, paddedRows, paddedColumns);
          const width = Math.min(PANEL, columns - first);
          for (let i = 0; i < width; i++) index[offset++] = start + i;
        }
      }
      paddedOffset += paddedRows * paddedColumns;
      return part;
    };
    this.layers = layersOf(spec).map((layer, number) => {
      const prefix = `${layer.spec.kind}${number}`;
      const placed = layer.parts.map(({ name, shape, form }) => [
        name,
        add(`${prefix}/${name}`, shape, form),
      ]);
      return { ...layer, ...Object.fromEntries(placed) } as PlacedLayer;
    });
    if (logStdSize > 0) this.logStd = add('logStd', [logStdSize], 'vector');
    this.parts = parts;
    this.paddedCount = paddedOffset;
    this.paddedIndex = index;
  }

  /** Numbers of the unpadded vector. */
  get count(): number {
    return this.paddedIndex.length;
  }

  /** padded = values [count], padding set to 0. Throws ShapeError when the length differs. */
  pad(values: ArrayLike<number>, padded: Float32Array | Float64Array): void {
    if (values.length !== this.count) {
      throw new ShapeError(
        `A parameter vector has ${values.length} numbers, this network has ${this.count}: ${this.describe()}`,
      );
    }
    padded.fill(0);
    for (let i = 0; i < this.paddedIndex.length; i++) padded[this.paddedIndex[i]] = values[i];
  }

  /** values [count] = padded without its padding. */
  unpad<Vector extends Float32Array | Float64Array>(padded: ArrayLike<number>, values: Vector): Vector {
    for (let i = 0; i < this.paddedIndex.length; i++) values[i] = padded[this.paddedIndex[i]];
    return values;
  }

  /** Such as "dense0/weight [4 x 64], dense0/bias [64], ...". */
  describe(): string {
    return this.parts.map((part) => `${part.name} [${part.shape.join(' x ')}]`).join(', ');
  }
}

/** Place of `row` of the panel that begins at column `first`, in a panel matrix of padded sizes (assembly/linear/matmul.ts). */
function panelRowOffset(row: number, first: number, rows: number, columns: number): number {
  return first * rows + row * Math.min(PANEL, columns - first);
}
