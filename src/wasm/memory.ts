import { PlatformError } from '../errors.js';

/** A memory for one engine. Throws PlatformError where the system grants none. */
export function createMemory(initialPages: number, mostPages: number, shared = false): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: initialPages, maximum: mostPages, shared });
  } catch (cause) {
    throw new PlatformError(
      `The system grants no WebAssembly memory (${(cause as Error).message}); each engine needs some 10 GiB of address space, though little of it is used: raise the limit (ulimit -v), or close policies that are not needed any more (policy.close())`,
      { cause },
    );
  }
}
