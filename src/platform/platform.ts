import type { Locking } from './locking.js';
import type { CallLimit, SpawnWorker } from './threads.js';

/** What a path leads to; a link counts as what it points at, a device or pipe as a file. */
export type FileKind = 'file' | 'directory' | 'missing';

/** Throws when a file may not be written any more. */
export type Confirm = () => Promise<void>;

/**
 * All that runtimes do differently. A failure is a FileError naming the path, the cause and the way out.
 * A method that changes a file either does so wholly or leaves the file as it was.
 */
export interface Platform {
  /** The runtime's name, for messages and logs. */
  readonly name: string;

  readFile(path: string): Promise<Uint8Array>;

  /** Reads UTF-8; other bytes are refused, not replaced. */
  readTextFile(path: string): Promise<string>;

  /**
   * Writes a file so that readers, and a crash at any time, see the old content or the new, never a part. `confirm` is
   * called at the last moment: when it throws a TrpoError, the old content stays and the error is passed on.
   */
  replaceFile(path: string, content: Uint8Array | string, confirm?: Confirm): Promise<void>;

  /** Adds to the end of a file, which is created when missing; to the file that had the name before `confirm` was called. */
  appendFile(path: string, content: Uint8Array | string, confirm?: Confirm): Promise<void>;

  /** Cuts a file to its first `lengthBytes` bytes; it must have at least as many. */
  truncateFile(path: string, lengthBytes: number): Promise<void>;

  /** Creates a folder and the folders above it; one that exists is left alone. */
  makeDirectory(path: string): Promise<void>;

  /**
   * Removes what killed processes left in a folder of files they were replacing, and what is not confirmed yet, whoever
   * writes it: it will be refused. Absent where they leave nothing.
   */
  readonly removeLeftovers?: (folder: string) => Promise<void>;

  /** Locks between processes; absent where files belong to one page, for which the browser keeps locks. */
  readonly locking?: Locking;

  exists(path: string): Promise<boolean>;

  fileKind(path: string): Promise<FileKind>;

  joinPath(...parts: string[]): string;

  /** Modules that are files; absent where they are not. */
  readonly modules?: {
    /** The path of a module seen from a folder, with slashes; undefined where its address is not that of a file. */
    pathOf(folder: string, address: string): string | undefined;
    /** The file that such a path leads to, and its address for import(). */
    find(folder: string, path: string): { readonly file: string; readonly address: string };
  };

  /** The bytes of a build of the kernels, such as "simd". */
  readKernels(variant: string): Promise<Uint8Array>;

  /** Threads on shared memory; absent where memory cannot be shared. */
  readonly threading?: { readonly spawnWorker: SpawnWorker; readonly availableThreads: number };

  /** Ends a call that does not return; absent where the runtime cannot. */
  readonly limitCall?: CallLimit;

  /** Lets timers, signals and other tasks of the event loop run. */
  yieldToEventLoop(): Promise<void>;
}
