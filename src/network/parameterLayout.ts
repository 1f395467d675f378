import { ShapeError } from '../errors.js';
import { layersOf, type NetworkSpec } from './networkSpec.js';

/**
 * Where every part of a parameter vector lies: the sole source for kernels and files.
 *
 * Users and files see unpadded parts one after the other (weights in x out row-major, bias, ..., log std). The engine
 * sees panels of eight columns with rows and columns padded to whole lanes of zeros, as assembly/linear/matmul.ts
 * reads them.
 */

const LANES = 4;
const PANEL = 8;

/** One named tensor of a parameter vector. */
export interface ParameterPart {
  readonly name: string;
  readonly shape: readonly number[];
  /** Offset in the engine's padded vector, in numbers. */
  readonly paddedOffset: number;
}

export function padToLanes(size: number): number {
  return Math.ceil(size / LANES) * LANES;
}

export class ParameterLayout {
  readonly parts: readonly ParameterPart[];
  /** Numbers of the padded vector. */
  readonly paddedCount: number;
  /** For each unpadded number, its place in the padded vector. */
  private readonly paddedIndex: Int32Array;

  /** logStdSize: how many log standard deviations follow the network, 0 for none. */
  constructor(spec: NetworkSpec, logStdSize = 0) {
    const layers = layersOf(spec);
    const parts: ParameterPart[] = [];
    // not a list that grows: that would take several times the memory of the parameters
    const index = new Int32Array(
      layers.reduce((sum, { inputSize, outputSize }) => sum + (inputSize + 1) * outputSize, logStdSize),
    );
    let count = 0;
    let offset = 0;
    const addVector = (name: string, size: number) => {
      parts.push({ name, shape: [size], paddedOffset: offset });
      for (let i = 0; i < size; i++) index[count++] = offset + i;
      offset += padToLanes(size);
    };
    layers.forEach((layer, number) => {
      const { inputSize, outputSize } = layer;
      parts.push({ name: `dense${number}/weight`, shape: [inputSize, outputSize], paddedOffset: offset });
      const [rows, columns] = [padToLanes(inputSize), padToLanes(outputSize)];
      for (let row = 0; row < inputSize; row++) {
        for (let first = 0; first < outputSize; first += PANEL) {
          const start = offset + panelRowOffset(row, first, rows, columns);
          const width = Math.min(PANEL, outputSize - first);
          for (let i = 0; i < width; i++) index[count++] = start + i;
        }
      }
      offset += padToLanes(inputSize) * padToLanes(outputSize);
      addVector(`dense${number}/bias`, outputSize);
    });
    if (logStdSize > 0) addVector('logStd', logStdSize);
    this.parts = parts;
    this.paddedCount = offset;
    this.paddedIndex = index;
  }

  /** Numbers of the unpadded vector: the count of parameters that a paper would state. */
  get count(): number {
    return this.paddedIndex.length;
  }

  partNamed(name: string): ParameterPart {
    const part = this.parts.find((candidate) => candidate.name === name);
    if (part === undefined) throw new ShapeError(`No parameter "${name}" in ${this.describe()}`);
    return part;
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
