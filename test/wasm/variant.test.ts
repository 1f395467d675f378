import { describe, expect, test } from 'vitest';
import {
  chooseVariant,
  kernelFile,
  supportsVariant,
  VARIANTS,
  type Variant,
} from '../../src/wasm/variant.js';
import { bytesOf } from '../kernels/support/wasm.js';

async function compiles(variant: Variant): Promise<boolean> {
  return WebAssembly.compile(bytesOf(variant)).then(
    () => true,
    () => false,
  );
}

describe('the kernels’ variants', () => {
  test.each(VARIANTS)('%s is supported exactly where it compiles', async (variant) => {
    expect(supportsVariant(variant)).toBe(await compiles(variant));
  });

  test('strict kernels run everywhere, and are what a reproducible run takes', () => {
    expect(supportsVariant('simd')).toBe(true);
    expect(chooseVariant(true)).toBe('simd');
  });

  test('otherwise the fastest that runs here is taken', () => {
    expect(chooseVariant(false)).toBe(supportsVariant('relaxed') ? 'relaxed' : 'simd');
  });

  test('each has a file for one thread and one for shared memory', () => {
    expect(kernelFile('relaxed', false)).toBe('relaxed');
    expect(kernelFile('simd', true)).toBe('simd-threads');
  });
});
