import { describe, expect, test } from 'vitest';
import { PlatformError, TrpoError } from '../../src/errors.js';
import { Arena } from '../../src/wasm/arena.js';
import type { Pointer } from '../../src/wasm/kernels.js';
import { createEngine, requireSimd } from '../../src/wasm/load.js';
import { moduleOf } from '../kernels/support/wasm.js';

describe('requireSimd', () => {
  test('accepts this runtime', () => {
    expect(() => requireSimd()).not.toThrow();
  });

  test('names what is missing and the way out', () => {
    expect(() => requireSimd({ validate: () => false })).toThrow(PlatformError);
    expect(() => requireSimd({ validate: () => false })).toThrow(/no.* 128-bit SIMD|not its 128-bit SIMD/);
    expect(() => requireSimd(null)).toThrow(/no WebAssembly; use Node 20/);
  });
});

test('a system that grants no memory is named, with what is needed', () => {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor() {
      super({ initial: 1 });
      throw new RangeError('could not allocate memory');
    }
  };
  try {
    expect(() => createEngine(moduleOf('simd'))).toThrow(PlatformError);
    expect(() => createEngine(moduleOf('simd'))).toThrow(
      /no WebAssembly memory \(could not allocate.*ulimit -v/,
    );
  } finally {
    WebAssembly.Memory = Memory;
  }
});

describe('Arena', () => {
  function arena(maximum = 64): Arena {
    return new Arena(new WebAssembly.Memory({ initial: 1, maximum }));
  }

  test('reservations are aligned, do not overlap, and grow the memory', () => {
    const memory = arena();
    const first = memory.reserveFloat32('first', 3);
    const second = memory.reserveFloat64('second', 40_000);
    memory.seal();
    expect(first % 64).toBe(0);
    expect(second % 64).toBe(0);
    memory.float32(first, 3).fill(1);
    expect(memory.float64(second, 40_000).every((value) => value === 0)).toBe(true);
    expect(memory.memory.buffer.byteLength).toBeGreaterThanOrEqual(memory.bytes);
    expect(memory.reservations).toEqual([
      { name: 'first', bytes: 12 },
      { name: 'second', bytes: 320_000 },
    ]);
  });

  test('views come after sealing, reservations before', () => {
    const memory = arena();
    expect(() => memory.float32(1024 as Pointer, 1)).toThrow(TrpoError);
    memory.seal();
    expect(() => memory.reserveFloat32('late', 1)).toThrow(/"late" was reserved after/);
  });

  test('memory that runs out is named with its purpose and size', () => {
    expect(() => arena(2).reserveFloat32('huge batch', 1e6)).toThrow(PlatformError);
    expect(() => arena(2).reserveFloat32('huge batch', 1e6)).toThrow(
      /"huge batch" \(4000000 bytes.*fewer steps/,
    );
  });
});
