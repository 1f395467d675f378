import type { Platform } from './platform.js';

/** Where a page keeps files: the part of a platform that differs between memory and the origin's own disk space. */
export interface FileStore
  extends Pick<Platform, 'readFile' | 'truncateFile' | 'makeDirectory' | 'fileKind'> {
  replaceFile(path: string, content: Uint8Array | string): Promise<void>;

  appendFile(path: string, content: Uint8Array | string): Promise<void>;
}

export function bytesOf(content: Uint8Array | string): Uint8Array<ArrayBuffer> {
  return typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
}

/** Names along a path, without empty ones. */
export function namesAlong(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
