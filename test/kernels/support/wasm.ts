import { readFileSync } from 'node:fs';
import { createEngine, type Engine } from '../../../src/wasm/load.js';
import { supportsVariant } from '../../../src/wasm/variant.js';

export type Variant = 'simd' | 'debug' | 'relaxed';

/** Builds of the kernels that every contract runs on: all that this engine runs. */
export const VARIANTS: readonly Variant[] = [
  'simd',
  'debug',
  ...(supportsVariant('relaxed') ? (['relaxed'] as const) : []),
];

/** `parts` exports the inner kernels as well (test/kernels/assembly/parts.ts). */
export type Build = Variant | 'parts';

/** Builds that threads share a memory with. */
export const SHARED_BUILDS = ['simd-threads', 'relaxed-threads'] as const;

export type AnyBuild = Build | (typeof SHARED_BUILDS)[number];

const modules = new Map<AnyBuild, WebAssembly.Module>();

export function bytesOf(build: AnyBuild): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../../build/wasm/${build}.wasm`, import.meta.url)));
}

export function moduleOf(build: AnyBuild): WebAssembly.Module {
  const module = modules.get(build) ?? new WebAssembly.Module(bytesOf(build));
  modules.set(build, module);
  return module;
}

export function engineOf(build: AnyBuild): Engine {
  return createEngine(moduleOf(build), (SHARED_BUILDS as readonly string[]).includes(build));
}
