import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesOf, moduleOf, SHARED_BUILDS, VARIANTS } from './support/wasm.js';
import { functionExports, memoryImports, wasmSections } from './support/wasmSections.js';

const DATA_SECTION = 11;
const DATA_COUNT_SECTION = 12;
const START_SECTION = 8;

/** Names of the Kernels interface, from its text: one `name(` a member. */
function kernelNames(): string[] {
  const text = readFileSync(new URL('../../src/wasm/kernels.ts', import.meta.url), 'utf8');
  const body = text.slice(text.indexOf('export interface Kernels {'));
  return [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
}

describe.each(VARIANTS)('%s.wasm', (variant) => {
  const module = moduleOf(variant);

  test('imports its memory and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  test('exports exactly the functions that the Kernels interface names', () => {
    const exports = WebAssembly.Module.exports(module);
    const functions = exports.filter(({ kind }) => kind === 'function').map(({ name }) => name);
    expect(functions.sort()).toEqual(kernelNames().sort());
    expect(exports.filter(({ kind }) => kind !== 'function').map(({ name }) => name)).toEqual(['memory']);
  });

  test('exports take and return numbers only, which JavaScript need not wrap', () => {
    for (const { name, parameters, results } of functionExports(bytesOf(variant))) {
      for (const type of [...parameters, ...results]) expect(['i32', 'f32', 'f64'], name).toContain(type);
      expect(results.length, name).toBeLessThanOrEqual(1);
    }
  });
});

/** The builds that the package ships, by their bytes: some engines cannot compile all of them. */
describe.each(['simd', 'relaxed', ...SHARED_BUILDS] as const)('%s.wasm', (build) => {
  const bytes = bytesOf(build);
  const isShared = (SHARED_BUILDS as readonly string[]).includes(build);

  test('has no static data and nothing that runs at the start: instances may share one memory', () => {
    const ids = wasmSections(bytes).map(({ id }) => id);
    expect(ids).not.toContain(DATA_SECTION);
    expect(ids).not.toContain(DATA_COUNT_SECTION);
    expect(ids).not.toContain(START_SECTION);
  });

  test('imports env.memory and nothing else, shared where threads share it', () => {
    const memory = { module: 'env', name: 'memory', shared: isShared };
    expect(memoryImports(bytes)).toEqual([expect.objectContaining(memory)]);
    // a shared memory must say how far it may grow, and the same as src/wasm/load.ts
    if (isShared) expect(memoryImports(bytes)[0].maximumPages).toBe(65536);
  });

  test('exports what the others do', () => {
    expect(functionExports(bytes)).toEqual(functionExports(bytesOf('simd')));
  });

  test('is smaller than 64 KB', () => {
    expect(bytes.length).toBeLessThan(65536);
  });
});
