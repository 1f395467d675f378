import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACTING_KERNELS } from '../../src/wasm/kernels.js';
import { functionExports, wasmSections } from '../kernels/support/wasmSections.js';
import { EDGE_WASM, edgeModule } from './support.js';

const KERNEL_LIMIT_BYTES = 12 * 1024;

test('edge.wasm is below 12 KB, exports what acting needs, and imports a memory alone', () => {
  const bytes = new Uint8Array(readFileSync(EDGE_WASM));
  expect(bytes.length).toBeLessThan(KERNEL_LIMIT_BYTES);
  expect(
    functionExports(bytes)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...ACTING_KERNELS].sort());
  expect(WebAssembly.Module.imports(edgeModule())).toEqual([
    { module: 'env', name: 'memory', kind: 'memory' },
  ]);
  const DATA_SECTION = 11;
  expect(wasmSections(bytes).map(({ id }) => id)).not.toContain(DATA_SECTION);
});

test('the built edge.js imports nothing, compiles nothing, fetches nothing and holds no trainer', () => {
  const text = readFileSync(new URL('../../dist/edge.js', import.meta.url), 'utf8');
  expect(text).toContain('createPolicy');
  for (const forbidden of [
    /\bimport\s*["'{*(]/,
    /\bfetch\b/,
    /\beval\b/,
    /new Function/,
    // the words of an error apart
    /WebAssembly\.(compile|instantiate)(?!\(its bytes\))/,
    /new WebAssembly\.Module\b/,
    /\bclass Trainer\b/,
    /conjugateGradient/i,
  ]) {
    expect(forbidden.test(text), String(forbidden)).toBe(false);
  }
});
