import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { FileError, TrpoError } from '../errors.js';
import { limitCall } from './nodeCallLimit.js';
import { gymnasiumFile, kernelsFile, workerFile } from './nodePackageFile.js';
import { keepFresh, stateOf, thisProcess } from './nodeProcesses.js';
import type { Confirm, FileKind, Platform } from './platform.js';
import type { WorkerHandle } from './threads.js';

type FileAction = 'read' | 'write' | 'write to' | 'append to' | 'truncate' | 'create the folder' | 'delete';

/** Cause and way out of the system's error codes. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist; check the path',
  EACCES: 'you have no permission; change the permissions or choose another path',
  EPERM: 'the system does not permit it; change the permissions or choose another path',
  EROFS: 'its file system is read-only and so not writable; choose another path',
  ENOSPC: 'the disk is full; free some space and try again',
  EDQUOT: 'your disk quota is used up; free some space and try again',
  EFBIG: 'the file would be larger than this file system or your limits allow; choose another path',
  EISDIR: 'it is a folder; give the path of a file',
  ENOTDIR: 'a part of the path is a file, not a folder; check the path',
  EEXIST: 'a file of that name is in the way; rename it or choose another path',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  ELOOP: 'its links lead in a circle; choose another path',
  EMFILE: 'too many files are open; close some or raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this system; close some and try again',
  EBUSY: 'another program is using it; close that program and try again',
  EIO: 'the disk reports an error; check the disk or choose another path',
  ERR_FS_FILE_TOO_LARGE: 'it is too large to read at once (2 GiB); give a smaller file',
  ERR_INVALID_ARG_VALUE: 'the path holds a zero byte; check the path',
};

function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** The FileError of a failure that the system reports. */
export function fileError(action: FileAction, path: string, cause: unknown): FileError {
  const code = errorCode(cause);
  let explanation = EXPLANATIONS[code];
  if (code === 'ENOENT' && action === 'create the folder') {
    explanation = 'the file system there takes no new folders; choose another path';
  } else if (code === 'ENOENT' && action !== 'read' && action !== 'truncate') {
    explanation = 'its folder does not exist; create the folder or check the path';
  }
  explanation ??= `${cause instanceof Error ? cause.message : cause}; check the path`;
  const suffix = code === '' ? '' : ` (${code})`;
  return new FileError(`cannot ${action} ${path}: ${explanation}${suffix}`, { cause });
}

/** What the path leads to, or undefined when there is nothing. */
async function statOrMissing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause))) return undefined;
    throw cause;
  }
}

async function writeDurably(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(content);
    // Before the rename: otherwise a power cut can leave the new name with an empty file.
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename in the folder survive a power cut, where the system can do that. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch {
    // Windows and some network file systems cannot sync a folder; the file itself is whole either way.
  } finally {
    await handle?.close();
  }
}

/** Names of temporary files that this thread is writing. */
const underWay = new Set<string>();

/** In the name of a temporary file whose writer asks before it is renamed. */
const UNCONFIRMED = '.unconfirmed';

/** Calls `work` with the path of a temporary file in the folder, which is gone afterwards. */
async function withTemporary<Result>(
  folder: string,
  kind: '' | typeof UNCONFIRMED,
  work: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const name = `.trpo-${process.pid}-${randomUUID().slice(0, 8)}${kind}.tmp`;
  underWay.add(name);
  try {
    return await work(join(folder, name));
  } finally {
    // what failed before is to be reported; a file that was never made or was renamed needs no removal
    await rm(join(folder, name), { force: true }).catch(() => undefined);
    underWay.delete(name);
  }
}

async function replaceFile(path: string, content: Uint8Array | string, confirm?: Confirm): Promise<void> {
  try {
    const old = await statOrMissing(path);
    if (old?.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    // A rename would put a plain file in the place of, say, /dev/stdout.
    if (old && !old.isFile()) throw new Error('it is a device or a pipe and cannot be replaced by a file');
    // A link stays a link: the file it points at is replaced.
    const target = old ? await realpath(path) : path;
    const folder = dirname(target);
    await withTemporary(folder, confirm ? UNCONFIRMED : '', async (temporary) => {
      await writeDurably(temporary, content, old ? old.mode & 0o777 : 0o666);
      await confirm?.();
      try {
        await rename(temporary, target);
      } catch (cause) {
        // between the question and the rename another owner may have removed the temporary file
        await confirm?.();
        throw cause;
      }
    });
    await syncFolder(folder);
  } catch (cause) {
    if (cause instanceof TrpoError) throw cause;
    throw fileError('write', path, cause);
  }
}

async function createFile(path: string, content: string): Promise<boolean> {
  try {
    await withTemporary(dirname(path), '', async (temporary) => {
      await writeDurably(temporary, content, 0o666);
      try {
        await link(temporary, path);
      } catch (cause) {
        if (errorCode(cause) === 'EEXIST') throw cause;
        await createWithoutLinks(path, content);
      }
    });
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false;
    throw fileError('write', path, cause);
  }
}

/** On FAT and the like: the file has its name for a moment before it has its content. */
async function createWithoutLinks(path: string, content: string): Promise<void> {
  try {
    await writeDurably(path, content, 0o666);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') await rm(path, { force: true }).catch(() => undefined);
    throw cause;
  }
}

async function renameFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    throw fileError('write', to, cause);
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw fileError('delete', path, cause);
  }
}

const TEMPORARY_NAME = /^\.trpo-(\d+)-[0-9a-f]{8}(\.unconfirmed)?\.tmp$/;

async function removeLeftovers(folder: string): Promise<void> {
  // what cannot be listed or removed is in nobody's way
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, writer, unconfirmed] = TEMPORARY_NAME.exec(name) ?? [];
    if (writer === undefined) continue;
    if (unconfirmed === undefined && (underWay.has(name) || isOtherLiving(Number(writer)))) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** Whether the number is that of a process other than this one: in a container, an earlier one had the same. */
function isOtherLiving(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errorCode(cause) === 'EPERM';
  }
}

async function appendFile(path: string, content: Uint8Array | string, confirm?: Confirm): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'a');
    const { size } = await handle.stat();
    // with the file open: whoever owns the name meanwhile has put another file there
    await confirm?.();
    try {
      await handle.writeFile(content);
    } catch (cause) {
      // A full disk takes a part of the content: half a line would spoil every later one.
      await handle.truncate(size).catch(() => undefined);
      throw cause;
    }
  } catch (cause) {
    if (cause instanceof TrpoError) throw cause;
    throw fileError('append to', path, cause);
  } finally {
    await handle?.close();
  }
}

async function truncateFile(path: string, lengthBytes: number): Promise<void> {
  let sizeBytes: number;
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r+');
    sizeBytes = (await handle.stat()).size;
    if (lengthBytes <= sizeBytes) await handle.truncate(lengthBytes);
  } catch (cause) {
    throw fileError('truncate', path, cause);
  } finally {
    await handle?.close();
  }
  if (lengthBytes > sizeBytes) {
    throw new FileError(
      `cannot truncate ${path} to ${lengthBytes} bytes: it has ${sizeBytes}; its end is lost, so restore a copy`,
    );
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const buffer = await readFile(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    throw fileError('read', path, cause);
  }
}

async function readTextFile(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(`cannot read ${path}: it is not UTF-8 text; give a text file or save it as UTF-8`, {
      cause,
    });
  }
}

/** One by one: the recursive `mkdir` of Node.js never returns where a file system answers oddly, such as below /proc. */
async function makeDirectory(path: string): Promise<void> {
  try {
    const missing = [path];
    for (let above = dirname(path); (await statOrMissing(above)) === undefined; above = dirname(above)) {
      // a root that is missing, such as a drive
      if (above === missing[0]) break;
      missing.unshift(above);
    }
    for (const folder of missing) await makeOneDirectory(folder);
  } catch (cause) {
    throw fileError('create the folder', path, cause);
  }
}

async function makeOneDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    // also of a root or a read-only place, which answer in other ways that the folder exists
    if ((await statOrMissing(path))?.isDirectory()) return;
    throw cause;
  }
}

async function fileKind(path: string): Promise<FileKind> {
  try {
    const found = await statOrMissing(path);
    if (found === undefined) return 'missing';
    return found.isDirectory() ? 'directory' : 'file';
  } catch (cause) {
    throw fileError('read', path, cause);
  }
}

/** A worker thread that runs nodeWorker.ts. */
function spawnWorker(): WorkerHandle {
  const worker = new Worker(workerFile());
  let isKept = true;
  const applyKept = () => (isKept ? worker.ref() : worker.unref());
  // ref() and unref() before the thread runs are lost when it comes up
  worker.once('online', applyKept);
  return {
    post: (request) => worker.postMessage(request),
    onReply: (listener) => worker.on('message', listener),
    onDeath: (listener) => {
      worker.on('error', (error) => listener(error.message));
      worker.on('exit', (code) => listener(`it exited with code ${code}`));
    },
    keepAlive: (keep) => {
      isKept = keep;
      applyKept();
    },
    terminate: async () => {
      // a thread that comes up only now must not let the process end before its own end is seen
      isKept = true;
      await worker.terminate();
    },
  };
}

/** The package's own module of environments, wherever it is installed. */
const GYMNASIUM = 'wasm-trpo/gymnasium';

/** Node.js: files by node:fs, threads by node:worker_threads. */
export const nodePlatform: Platform = {
  name: `Node.js ${process.versions.node}`,
  readFile: readBytes,
  readTextFile,
  replaceFile,
  appendFile,
  truncateFile,
  makeDirectory,
  removeLeftovers,
  locking: { createFile, renameFile, removeFile, thisProcess, keepFresh, stateOf },
  exists: async (path) => (await fileKind(path)) !== 'missing',
  fileKind,
  joinPath: join,
  modules: {
    pathOf: (folder, address) => {
      if (address === gymnasiumFile().href) return GYMNASIUM;
      return address.startsWith('file:')
        ? relative(resolve(folder), fileURLToPath(address)).split(sep).join('/')
        : undefined;
    },
    find: (folder, path) => {
      const file = path === GYMNASIUM ? fileURLToPath(gymnasiumFile()) : resolve(folder, path);
      return { file, address: pathToFileURL(file).href };
    },
  },
  readKernels: async (variant) => readBytes(fileURLToPath(kernelsFile(variant))),
  threading: { spawnWorker, availableThreads: availableParallelism() },
  limitCall,
  yieldToEventLoop: () => setImmediate(),
};
