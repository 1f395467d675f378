import { FileError, PlatformError } from '../errors.js';
import { turnOfEventLoop } from './eventLoop.js';
import { type FileStore, namesAlong } from './fileStore.js';
import type { Platform } from './platform.js';
import type { SpawnWorker } from './threads.js';

/** Written out one by one, because bundlers find a file by the text of its URL. */
const KERNELS: Readonly<Record<string, () => URL>> = {
  simd: () => new URL('./wasm/simd.wasm', import.meta.url),
  'simd-threads': () => new URL('./wasm/simd-threads.wasm', import.meta.url),
  relaxed: () => new URL('./wasm/relaxed.wasm', import.meta.url),
  'relaxed-threads': () => new URL('./wasm/relaxed-threads.wasm', import.meta.url),
};

/**
 * The platform of a page and its workers; files lie in `store`. Threads only where the page is cross-origin isolated and
 * somebody starts them.
 */
export function browserPlatform(store: FileStore, spawnWorker?: SpawnWorker): Platform {
  return {
    name: navigator.userAgent,
    readFile: (path) => store.readFile(path),
    readTextFile: async (path) => decodeText(path, await store.readFile(path)),
    replaceFile: async (path, content, confirm) => {
      await confirm?.();
      await store.replaceFile(path, content);
    },
    appendFile: async (path, content, confirm) => {
      await confirm?.();
      await store.appendFile(path, content);
    },
    truncateFile: (path, lengthBytes) => store.truncateFile(path, lengthBytes),
    makeDirectory: (path) => store.makeDirectory(path),
    exists: async (path) => (await store.fileKind(path)) !== 'missing',
    fileKind: (path) => store.fileKind(path),
    joinPath: (...parts) => parts.flatMap(namesAlong).join('/'),
    readKernels,
    ...(globalThis.crossOriginIsolated && spawnWorker !== undefined
      ? { threading: { spawnWorker, availableThreads: navigator.hardwareConcurrency } }
      : {}),
    yieldToEventLoop: turnOfEventLoop,
  };
}

function decodeText(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(`cannot read ${path}: it is not UTF-8 text; give a text file`, { cause });
  }
}

async function readKernels(variant: string): Promise<Uint8Array> {
  const url = KERNELS[variant]().href;
  let fault: string;
  try {
    const response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    fault = `the server answers ${response.status}`;
  } catch (cause) {
    fault = (cause as Error).message;
  }
  throw new PlatformError(
    `The kernels ${url} cannot be loaded: ${fault}; serve wasm-trpo's dist/wasm/ beside the worker's program`,
  );
}
