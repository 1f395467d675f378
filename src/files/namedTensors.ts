import { FileError, MismatchError, NonFiniteError } from '../errors.js';
import type { Tensor } from './safetensors.js';

/** Searched for by a built-in: a test of each number takes a policy's start a quarter longer. */
const NON_FINITE = [Number.NaN, Infinity, -Infinity];

/** A tensor of a vector that is stored in parts. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Throws FileError unless the header says that the file is of this format and version. */
export function requireFormat(
  metadata: Readonly<Record<string, string>>,
  fileName: string,
  format: string,
  version: number,
): void {
  if (metadata.format !== format) {
    throw new FileError(
      `${fileName} is a safetensors file of format "${metadata.format ?? 'none'}", "${format}" is needed; give the right file`,
    );
  }
  if (metadata.version !== String(version)) {
    throw new FileError(
      `${fileName} has version ${metadata.version} of ${format}, this program reads version ${version}; use the wasm-trpo that wrote it`,
    );
  }
}

/**
 * Adds the parts of an unpadded vector as tensors "prefix/part". Throws NonFiniteError for what `NamedTensors.parts` would
 * refuse: a file that cannot be read must not take the place of one that can.
 */
export function putParts(
  tensors: Map<string, Tensor>,
  prefix: string,
  parts: readonly NamedShape[],
  vector: Float32Array,
): void {
  requireSavable(prefix, vector);
  let offset = 0;
  for (const { name, shape } of parts) {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = vector.slice(offset, offset + size);
    tensors.set(`${prefix}/${name}`, { dtype: 'F32', shape: [...shape], data });
    offset += size;
  }
}

/** Adds a vector as a tensor. Throws as `putParts`. */
export function putFloat64(tensors: Map<string, Tensor>, name: string, values: ArrayLike<number>): void {
  const data = Float64Array.from(values);
  requireSavable(name, data);
  tensors.set(name, { dtype: 'F64', shape: [data.length], data });
}

function requireSavable(name: string, numbers: Float32Array | Float64Array): void {
  if (!NON_FINITE.some((value) => numbers.includes(value))) return;
  throw new NonFiniteError(
    `${name} holds numbers that are not finite and is not saved; what was saved before stands: go on from it with rewards of a smaller scale, or smaller steps`,
  );
}

/** Tensors of a file by name, with errors that name the file. */
export class NamedTensors {
  constructor(
    private readonly tensors: ReadonlyMap<string, Tensor>,
    private readonly fileName: string,
  ) {}

  /** The unpadded vector whose parts are stored under a prefix. */
  parts(prefix: string, parts: readonly NamedShape[]): Float32Array {
    const arrays = parts.map(({ name, shape }) => {
      const tensor = this.named(`${prefix}/${name}`);
      if (tensor.dtype !== 'F32' || tensor.shape.join() !== shape.join()) {
        throw new MismatchError(
          `${this.fileName}: ${prefix}/${name} is ${tensor.dtype} [${tensor.shape.join(' x ')}], this network needs F32 [${shape.join(' x ')}]; hidden sizes and environment must be those of the file`,
        );
      }
      return tensor.data as Float32Array;
    });
    const vector = new Float32Array(arrays.reduce((sum, array) => sum + array.length, 0));
    let offset = 0;
    for (const array of arrays) {
      if (NON_FINITE.some((value) => array.includes(value))) {
        throw new FileError(`${this.fileName}: ${prefix} holds numbers that are not finite; it is damaged`);
      }
      vector.set(array, offset);
      offset += array.length;
    }
    return vector;
  }

  float64(name: string): Float64Array {
    const tensor = this.named(name);
    if (tensor.dtype !== 'F64') {
      throw new FileError(`${this.fileName}: tensor ${name} is ${tensor.dtype}, F64 is needed`);
    }
    return tensor.data as Float64Array;
  }

  private named(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) {
      throw new MismatchError(
        `${this.fileName} has no tensor "${name}"; it belongs to another network or environment`,
      );
    }
    return tensor;
  }
}
