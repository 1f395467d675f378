import { FileError } from '../errors.js';
import { bytesOf, type FileStore, namesAlong } from './fileStore.js';

/** Files that last as long as the page. */
export class MemoryFiles implements FileStore {
  private readonly files = new Map<string, Uint8Array>();

  async readFile(path: string): Promise<Uint8Array> {
    return this.contentOf(path, 'read').slice();
  }

  async replaceFile(path: string, content: Uint8Array | string): Promise<void> {
    this.files.set(keyOf(path), bytesOf(content));
  }

  async appendFile(path: string, content: Uint8Array | string): Promise<void> {
    const before = this.files.get(keyOf(path)) ?? new Uint8Array();
    const added = bytesOf(content);
    const whole = new Uint8Array(before.length + added.length);
    whole.set(before);
    whole.set(added, before.length);
    this.files.set(keyOf(path), whole);
  }

  async truncateFile(path: string, lengthBytes: number): Promise<void> {
    const content = this.contentOf(path, 'truncate');
    if (lengthBytes > content.length) {
      throw new FileError(
        `cannot truncate ${path} to ${lengthBytes} bytes: it has ${content.length}; its end is lost, so restore a copy`,
      );
    }
    this.files.set(keyOf(path), content.slice(0, lengthBytes));
  }

  /** Folders exist as soon as a file lies in them. */
  async makeDirectory(): Promise<void> {}

  async fileKind(path: string): Promise<'file' | 'directory' | 'missing'> {
    const key = keyOf(path);
    if (this.files.has(key)) return 'file';
    return [...this.files.keys()].some((other) => other.startsWith(`${key}/`)) ? 'directory' : 'missing';
  }

  private contentOf(path: string, action: string): Uint8Array {
    const content = this.files.get(keyOf(path));
    if (content === undefined) {
      throw new FileError(
        `cannot ${action} ${path}: it does not exist in this page's memory; check the path`,
      );
    }
    return content;
  }
}

function keyOf(path: string): string {
  return namesAlong(path).join('/');
}
