import { FileError, PlatformError } from '../errors.js';
import { bytesOf, type FileStore, namesAlong } from './fileStore.js';

/** Cause and way out by the name of the browser's exception. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  NotFoundError: 'it does not exist; check the path',
  TypeMismatchError: 'a folder is where a file should be, or the reverse; choose another path',
  QuotaExceededError: "this site's disk space is used up; download and delete old runs and try again",
  NoModificationAllowedError: 'another tab is writing it; close that tab and try again',
  NotAllowedError: 'the browser does not allow it; allow this site to store data',
  SecurityError: 'the browser does not allow it; allow this site to store data',
};

/**
 * Files in the disk space that the browser keeps for a site's origin: they stay when the page is closed. A writable
 * stream puts a file in place when it is closed and not before, so a page that ends in mid-writing leaves the old file.
 */
export class OriginFiles implements FileStore {
  private constructor(private readonly root: FileSystemDirectoryHandle) {}

  /** Throws PlatformError where the browser has no such space or refuses it. */
  static async open(): Promise<OriginFiles> {
    try {
      return new OriginFiles(await navigator.storage.getDirectory());
    } catch (cause) {
      throw new PlatformError(
        'This page cannot keep files in the browser: it needs https or localhost, and leave to store data; use storage "memory" and download the run',
        { cause },
      );
    }
  }

  async readFile(path: string): Promise<Uint8Array> {
    return explained('read', path, async () => {
      const file = await (await this.handleOf(path)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    });
  }

  async replaceFile(path: string, content: Uint8Array | string): Promise<void> {
    await explained('write', path, () => this.write(path, content, 0, false));
  }

  async appendFile(path: string, content: Uint8Array | string): Promise<void> {
    await explained('append to', path, async () => {
      const { size } = await (await this.handleOf(path, true)).getFile();
      await this.write(path, content, size, true);
    });
  }

  async truncateFile(path: string, lengthBytes: number): Promise<void> {
    const { size } = await explained('truncate', path, async () => (await this.handleOf(path)).getFile());
    if (lengthBytes > size) {
      throw new FileError(
        `cannot truncate ${path} to ${lengthBytes} bytes: it has ${size}; its end is lost, so restore a copy`,
      );
    }
    const content = await this.readFile(path);
    await this.replaceFile(path, content.subarray(0, lengthBytes));
  }

  async makeDirectory(path: string): Promise<void> {
    await explained('create the folder', path, () => this.folderOf(namesAlong(path), true));
  }

  async fileKind(path: string): Promise<'file' | 'directory' | 'missing'> {
    const names = namesAlong(path);
    const name = names.pop();
    if (name === undefined) return 'directory';
    return explained('read', path, async () => {
      try {
        const folder = await this.folderOf(names, false);
        try {
          await folder.getFileHandle(name);
          return 'file';
        } catch (error) {
          if ((error as Error).name !== 'TypeMismatchError') throw error;
          return 'directory';
        }
      } catch (error) {
        if (['NotFoundError', 'TypeMismatchError'].includes((error as Error).name)) return 'missing';
        throw error;
      }
    });
  }

  /** Deletes a folder and all in it; a missing one is left alone. */
  async removeDirectory(path: string): Promise<void> {
    const names = namesAlong(path);
    const name = names.pop();
    if (name === undefined)
      throw new FileError('cannot delete the whole disk space of a site; name a folder');
    await explained('delete', path, async () => {
      try {
        await (await this.folderOf(names, false)).removeEntry(name, { recursive: true });
      } catch (error) {
        if ((error as Error).name !== 'NotFoundError') throw error;
      }
    });
  }

  private async write(
    path: string,
    content: Uint8Array | string,
    position: number,
    keepExistingData: boolean,
  ): Promise<void> {
    const stream = await (await this.handleOf(path, true)).createWritable({ keepExistingData });
    try {
      await stream.write({ type: 'write', position, data: bytesOf(content) });
    } catch (error) {
      await stream.abort();
      throw error;
    }
    await stream.close();
  }

  private async handleOf(path: string, create = false): Promise<FileSystemFileHandle> {
    const names = namesAlong(path);
    const name = names.pop();
    if (name === undefined) throw new FileError(`"${path}" is not the path of a file; give a name`);
    return (await this.folderOf(names, false)).getFileHandle(name, { create });
  }

  private async folderOf(names: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> {
    let folder = this.root;
    for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  }
}

async function explained<Result>(action: string, path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const { name, message } = cause as Error;
    throw new FileError(`cannot ${action} ${path}: ${EXPLANATIONS[name] ?? `${message}; check the path`}`, {
      cause,
    });
  }
}
