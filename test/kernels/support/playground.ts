import { expect } from 'vitest';
import type { Kernels, Pointer } from '../../../src/wasm/kernels.js';
import type { Parts } from './parts.js';
import { type Build, engineOf } from './wasm.js';

const FIRST_ADDRESS = 1024;
const PAGES = 256;
const GUARD_BYTES = 64;
const GUARD = 0xa5;

/** An array inside the kernels' memory. */
export interface Placed<View> {
  readonly pointer: Pointer;
  /** Live. */
  readonly view: View;
}

/** Kernels and a memory to try them on: arrays stand between guard bands that a stray write breaks. */
export class Playground<Exports = Kernels> {
  readonly kernels: Exports;
  private readonly buffer: ArrayBuffer;
  private next = FIRST_ADDRESS;
  private guards: number[] = [];

  constructor(build: Build) {
    const { kernels, arena } = engineOf(build);
    arena.memory.grow(PAGES);
    this.kernels = kernels as unknown as Exports;
    this.buffer = arena.memory.buffer as ArrayBuffer;
  }

  /** Forgets all arrays; their bytes stay, as an arena's do between two uses. */
  clear(): this {
    this.next = FIRST_ADDRESS;
    this.guards = [];
    this.addGuard();
    return this;
  }

  float32(values: ArrayLike<number>): Placed<Float32Array> {
    const pointer = this.reserve(4 * values.length);
    const view = new Float32Array(this.buffer, pointer, values.length);
    view.set(values);
    return { pointer, view };
  }

  float64(values: ArrayLike<number>): Placed<Float64Array> {
    const pointer = this.reserve(8 * values.length);
    const view = new Float64Array(this.buffer, pointer, values.length);
    view.set(values);
    return { pointer, view };
  }

  uint32(values: ArrayLike<number>): Placed<Uint32Array> {
    const pointer = this.reserve(4 * values.length);
    const view = new Uint32Array(this.buffer, pointer, values.length);
    view.set(values);
    return { pointer, view };
  }

  uint8(values: ArrayLike<number>): Placed<Uint8Array> {
    const pointer = this.reserve(values.length);
    const view = new Uint8Array(this.buffer, pointer, values.length);
    view.set(values);
    return { pointer, view };
  }

  /** Room for `count` float32 numbers that hold NaN, so that one which is read before it is written shows. */
  float32Room(count: number): Placed<Float32Array> {
    return this.float32(new Float32Array(count).fill(NaN));
  }

  float64Room(count: number): Placed<Float64Array> {
    return this.float64(new Float64Array(count).fill(NaN));
  }

  /** Fails when anything was written outside the arrays. */
  expectGuardsIntact(): void {
    for (const guard of this.guards) {
      expect([...new Uint8Array(this.buffer, guard, GUARD_BYTES)].every((byte) => byte === GUARD)).toBe(true);
    }
  }

  private reserve(bytes: number): Pointer {
    const pointer = this.next;
    this.next += Math.ceil(bytes / 16) * 16;
    // what follows the last number up to a whole vector belongs to nobody
    new Uint8Array(this.buffer, pointer, this.next - pointer).fill(0);
    this.addGuard();
    return pointer as Pointer;
  }

  private addGuard(): void {
    new Uint8Array(this.buffer, this.next, GUARD_BYTES).fill(GUARD);
    this.guards.push(this.next);
    this.next += GUARD_BYTES;
  }
}

const playgrounds = new Map<Build, Playground>();

/** The cleared playground of a build. */
export function playgroundOf(build: Build): Playground {
  const playground = playgrounds.get(build) ?? new Playground(build);
  playgrounds.set(build, playground);
  return playground.clear();
}

/** The cleared playground of the inner kernels. */
export function partsPlayground(): Playground<Parts> {
  return playgroundOf('parts') as unknown as Playground<Parts>;
}
