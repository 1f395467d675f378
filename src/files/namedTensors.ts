import { FileError, MismatchError, NonFiniteError } from '../errors.js';
import { sizeOf } from '../numbers/shape.js';
import { isCounter, shown } from './json.js';
import type { Tensor } from './safetensors.js';

/** Searched for by a built-in: a test of each number takes a policy's start a quarter longer. */
const NON_FINITE = [Number.NaN, Infinity, -Infinity];

/** A tensor of a vector that is stored in parts. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The version of this format that the header says the file is of. Throws FileError for another format, and for a version above the newest. */
export function requireFormat(
  metadata: Readonly<Record<string, string>>,
  fileName: string,
  format: string,
  newest: number,
): number {
  if (metadata.format !== format) {
    throw new FileError(
      `${fileName} is a safetensors file of format ${shown(metadata.format)}, "${format}" is needed; give the right file`,
    );
  }
  for (let version = 1; version <= newest; version++) {
    if (metadata.version === String(version)) return version;
  }
  throw new FileError(
    `${fileName} has version ${shown(metadata.version)} of ${format}, this program reads versions up to ${newest}; use the wasm-trpo that wrote it`,
  );
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
    const size = sizeOf(shape);
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

/** Adds bytes as a tensor. */
export function putBytes(tensors: Map<string, Tensor>, name: string, bytes: Uint8Array): void {
  tensors.set(name, { dtype: 'U8', shape: [bytes.length], data: bytes.slice() });
}

function requireSavable(name: string, numbers: Float32Array | Float64Array): void {
  if (!NON_FINITE.some((value) => numbers.includes(value))) return;
  throw new NonFiniteError(
    `${name} holds numbers that are not finite and is not saved; what was saved before stands: go on from it with rewards of a smaller scale, or smaller steps`,
  );
}

/** Tensors of a file by name, with errors that name the file. What it gives are copies. */
export class NamedTensors {
  constructor(
    private readonly tensors: ReadonlyMap<string, Tensor>,
    private readonly fileName: string,
  ) {}

  /** Whether any part of a vector is stored under a prefix. */
  hasParts(prefix: string): boolean {
    for (const name of this.tensors.keys()) if (name.startsWith(`${prefix}/`)) return true;
    return false;
  }

  /** The unpadded vector whose parts are stored under a prefix. */
  parts(prefix: string, parts: readonly NamedShape[]): Float32Array {
    const arrays = parts.map(({ name, shape }) => {
      const tensor = this.named(`${prefix}/${name}`);
      if (tensor.dtype !== 'F32' || tensor.shape.join() !== shape.join()) {
        throw new MismatchError(
          `${this.fileName}: ${prefix}/${name} is ${tensor.dtype} ${shown(tensor.shape)}, this network needs F32 ${shown(shape)}; hidden sizes and environment must be those of the file`,
        );
      }
      return tensor.data as Float32Array;
    });
    const vector = new Float32Array(arrays.reduce((sum, array) => sum + array.length, 0));
    let offset = 0;
    for (const array of arrays) {
      this.requireFinite(prefix, array);
      vector.set(array, offset);
      offset += array.length;
    }
    return vector;
  }

  /** As `parts`, of numbers that are at least 0. */
  squares(prefix: string, parts: readonly NamedShape[]): Float32Array {
    return this.requireAtLeastZero(prefix, this.parts(prefix, parts));
  }

  /** The finite numbers of a vector; MismatchError unless it has `length` of them, where that is given. */
  float64(name: string, length?: number): Float64Array {
    const data = this.vector(name, 'F64', length) as Float64Array;
    this.requireFinite(name, data);
    return data.slice();
  }

  /** As `float64`, of bytes. */
  bytes(name: string, length: number): Uint8Array {
    return this.vector(name, 'U8', length).slice() as Uint8Array;
  }

  private vector(name: string, needed: Tensor['dtype'], length: number | undefined): Tensor['data'] {
    const { dtype, data } = this.named(name);
    if (dtype !== needed) {
      throw new FileError(
        `${this.fileName}: tensor ${name} is ${dtype}, ${needed} is needed; it was altered, restore a copy`,
      );
    }
    if (length !== undefined && data.length !== length) {
      throw new MismatchError(
        `${this.fileName}: ${name} has ${data.length} numbers, ${length} are needed; hidden sizes, algorithm and environment must be those of the file`,
      );
    }
    return data;
  }

  /** A vector of numbers that are at least 0. */
  atLeastZero(name: string, length: number): Float64Array {
    return this.requireAtLeastZero(name, this.float64(name, length));
  }

  /** A vector of whole numbers from 0 to 2^53 - 1. */
  counters(name: string, length: number): Float64Array {
    const data = this.float64(name, length);
    const wrong = data.find((value) => !isCounter(value));
    return wrong === undefined ? data : this.refuse(`${name} holds ${wrong}, which counts nothing`);
  }

  private requireAtLeastZero<Vector extends Float32Array | Float64Array>(name: string, data: Vector): Vector {
    const negative = data.find((value) => value < 0);
    return negative === undefined ? data : this.refuse(`${name} holds ${negative}, it cannot be below 0`);
  }

  private requireFinite(name: string, data: Float32Array | Float64Array): void {
    if (NON_FINITE.some((value) => data.includes(value))) {
      this.refuse(`${name} holds numbers that are not finite`);
    }
  }

  private refuse(fault: string): never {
    throw new FileError(`${this.fileName}: ${fault}; it is damaged, restore a copy`);
  }

  private named(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) {
      throw new MismatchError(
        `${this.fileName} has no tensor "${name}"; it belongs to another network or environment, give the right file`,
      );
    }
    return tensor;
  }
}
