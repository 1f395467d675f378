import { PlatformError, TrpoError } from '../errors.js';
import type { Pointer } from './kernels.js';

const PAGE_BYTES = 65536;
/** Addresses below this stay unused, so that 0 is never a valid one. */
const FIRST_ADDRESS = 1024;
const ALIGNMENT = 64;
/** Kernels may read up to one vector past the end of an array. */
const SLACK_BYTES = 16;

/** A named stretch of memory. */
export interface Reservation {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Sole owner of the kernels' memory. Everything is reserved before work starts; then `seal` ends reserving, so that
 * memory never grows under a view and views stay valid for good.
 */
export class Arena {
  readonly reservations: Reservation[] = [];
  private next = FIRST_ADDRESS;
  /** Stands before the names of what is reserved. */
  private prefix = '';
  private sealed = false;

  constructor(readonly memory: WebAssembly.Memory) {}

  /** Room for `bytes` bytes, zero at first, aligned to a cache line. Throws PlatformError when memory is exhausted. */
  reserveBytes(name: string, bytes: number): Pointer {
    if (this.sealed) throw new TrpoError(`Arena: "${name}" was reserved after the arena was sealed`);
    const pointer = this.next;
    const end = pointer + bytes + SLACK_BYTES;
    this.next = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    const missing = Math.ceil((this.next - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.grow(missing, name, bytes);
    this.reservations.push({ name: `${this.prefix}${name}`, bytes });
    return pointer as Pointer;
  }

  /** Room for `count` float32 numbers. */
  reserveFloat32(name: string, count: number): Pointer {
    return this.reserveBytes(name, count * 4);
  }

  /** Room for `count` float64 numbers. */
  reserveFloat64(name: string, count: number): Pointer {
    return this.reserveBytes(name, count * 8);
  }

  /** What `reserve` returns; the names of all that it reserves begin with `owner`. */
  reserveFor<Result>(owner: string, reserve: () => Result): Result {
    const outer = this.prefix;
    this.prefix = `${outer}${owner}: `;
    try {
      return reserve();
    } finally {
      this.prefix = outer;
    }
  }

  seal(): void {
    this.sealed = true;
  }

  /** A view of `count` float32 numbers; only after `seal`. */
  float32(pointer: Pointer, count: number): Float32Array {
    this.requireSealed();
    return new Float32Array(this.memory.buffer, pointer, count);
  }

  /** A view of `count` float64 numbers; only after `seal`. */
  float64(pointer: Pointer, count: number): Float64Array {
    this.requireSealed();
    return new Float64Array(this.memory.buffer, pointer, count);
  }

  /** A view of `count` int32 numbers; only after `seal`. */
  int32(pointer: Pointer, count: number): Int32Array {
    this.requireSealed();
    return new Int32Array(this.memory.buffer, pointer, count);
  }

  /** A view of `count` bytes; only after `seal`. */
  uint8(pointer: Pointer, count: number): Uint8Array {
    this.requireSealed();
    return new Uint8Array(this.memory.buffer, pointer, count);
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.next;
  }

  private requireSealed(): void {
    if (!this.sealed) throw new TrpoError('Arena: a view was asked for before the arena was sealed');
  }

  private grow(pages: number, name: string, bytes: number): void {
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new PlatformError(
        `WebAssembly memory cannot grow by ${pages} pages for "${name}" (${bytes} bytes, ${this.next} in all; the limit is 4 GiB or what the system grants); use fewer steps, environments or hidden units`,
        { cause },
      );
    }
  }
}
