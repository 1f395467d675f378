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
  /** Numbers of the unpadded vector. */
  readonly count: number;
  /** Numbers of the padded vector. */
  readonly paddedCount: number;

  /** logStdSize: how many log standard deviations follow the network, 0 for none. */
  constructor(spec: NetworkSpec, logStdSize = 0) {
    const parts: ParameterPart[] = [];
    let offset = 0;
    let paddedOffset = 0;
    const add = (name: string, shape: readonly number[], form: LayerPart['form']): ParameterPart => {
      const size = sizeOf(shape);
      const columns = shape[shape.length - 1];
      // a vector is a row, which is not padded with further rows
      const paddedRows = form === 'matrix' ? padToLanes(size / columns) : 1;
      const part = { name, shape, offset, paddedOffset, paddedRows };
      parts.push(part);
      offset += size;
      paddedOffset += paddedRows * padToLanes(columns);
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
    this.count = offset;
    this.paddedCount = paddedOffset;
  }

  /** padded = values [count], padding set to 0. Throws ShapeError when the length differs. */
  pad(values: ArrayLike<number>, padded: Float32Array | Float64Array): void {
    if (values.length !== this.count) {
      throw new ShapeError(
        `A parameter vector has ${values.length} numbers, this network has ${this.count}: ${this.describe()}`,
      );
    }
    padded.fill(0);
    this.copy(values, padded, true);
  }

  /** values [count] = padded without its padding. */
  unpad<Vector extends Float32Array | Float64Array>(padded: ArrayLike<number>, values: Vector): Vector {
    this.copy(padded, values, false);
    return values;
  }

  /** target = source, one of which is padded: panel by panel, row by row (assembly/linear/matmul.ts). */
  private copy(source: ArrayLike<number>, target: Float32Array | Float64Array, toPadded: boolean): void {
    for (const { shape, offset, paddedOffset, paddedRows } of this.parts) {
      const columns = shape[shape.length - 1];
      const rows = sizeOf(shape) / columns;
      for (let first = 0; first < columns; first += PANEL) {
        const length = Math.min(PANEL, columns - first);
        const paddedLength = padToLanes(length);
        let place = offset + first;
        let paddedPlace = paddedOffset + first * paddedRows;
        for (let row = 0; row < rows; row++) {
          const from = toPadded ? place : paddedPlace;
          const to = toPadded ? paddedPlace : place;
          for (let i = 0; i < length; i++) target[to + i] = source[from + i];
          place += columns;
          paddedPlace += paddedLength;
        }
      }
    }
  }

  /** Such as "dense0/weight [4 x 64], dense0/bias [64], ...". */
  describe(): string {
    return this.parts.map((part) => `${part.name} [${part.shape.join(' x ')}]`).join(', ');
  }
}
