import { instantiateSync } from '@assemblyscript/loader';
import { PlatformError } from '../errors.js';
import { Arena } from './arena.js';
import type { ActingKernels, Kernels } from './kernels.js';
import { createMemory } from './memory.js';

/** One instance of the kernels and the memory it works on. */
export interface Engine<Exports extends ActingKernels = Kernels> {
  readonly kernels: Exports;
  readonly arena: Arena;
}

/** An engine that can act: any, and all that a deployed policy has. */
export type ActingEngine = Engine<ActingKernels>;

const INITIAL_PAGES = 2;
/** 4 GiB, as the shared build declares. */
const MOST_PAGES = 65536;

/** A module of one instruction that only engines with SIMD accept: () -> drop v128.const 0. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 26, 11,
]);

/** Compiles kernel bytes. Throws PlatformError where WebAssembly, its SIMD instructions or leave to compile are missing. */
export async function compileKernels(bytes: Uint8Array): Promise<WebAssembly.Module> {
  requireSimd();
  try {
    return await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    throw new PlatformError(
      `The kernels cannot be compiled: ${(cause as Error).message}; a page's content policy must allow it (script-src 'wasm-unsafe-eval'), and the file must be the one that this version brings`,
      { cause },
    );
  }
}

/** Throws PlatformError where WebAssembly or its SIMD instructions are missing. */
export function requireSimd(
  webAssembly: { validate(bytes: Uint8Array<ArrayBuffer>): boolean } | null = globalThis.WebAssembly ?? null,
): void {
  if (webAssembly === null) {
    throw new PlatformError('This runtime has no WebAssembly; use Node 20 or later, or a current browser');
  }
  if (!webAssembly.validate(SIMD_PROBE)) {
    throw new PlatformError(
      'This runtime has WebAssembly but not its 128-bit SIMD instructions, which every kernel uses; use Node 20 or later, or a browser of 2023 or later on a CPU with SSE4.1 or NEON',
    );
  }
}

/** Another instance of the kernels on a memory that was laid out by `createEngine`, for another thread. */
export function attachEngine(module: WebAssembly.Module, memory: WebAssembly.Memory): Engine {
  const { exports } = instantiateSync(module, { env: { memory } });
  const arena = new Arena(memory);
  arena.seal();
  return { kernels: exports as unknown as Kernels, arena };
}

/** A new instance with a memory of its own; shared between threads if the module was built for it. */
export function createEngine(module: WebAssembly.Module, shared = false): Engine {
  const memory = createMemory(INITIAL_PAGES, MOST_PAGES, shared);
  const { exports } = instantiateSync(module, { env: { memory } });
  return { kernels: exports as unknown as Kernels, arena: new Arena(memory) };
}
