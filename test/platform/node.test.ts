import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileError, OwnershipError } from '../../src/errors.js';
import { nodePlatform } from '../../src/platform/node.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trpo-platform-'));
  file = join(folder, 'state.bin');
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** The message of the FileError that the call must end in. */
async function fileErrorOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(FileError);
  return (error as FileError).message;
}

/** Makes every write through a file handle store `written` bytes and then fail with the system's code. */
async function failWrites(code: string, written = 0): Promise<void> {
  const handle = await open(join(folder, 'probe'), 'w');
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  await rm(join(folder, 'probe'));
  vi.spyOn(prototype, 'writeFile').mockImplementation(async function (this: typeof handle, data) {
    await this.write(Buffer.from(data as string).subarray(0, written));
    throw Object.assign(new Error(code), { code });
  });
}

describe('replaceFile', () => {
  it('creates and replaces bytes and text, and leaves no other file', async () => {
    await nodePlatform.replaceFile(file, Uint8Array.of(1, 2, 255));
    expect(await nodePlatform.readFile(file)).toEqual(Uint8Array.of(1, 2, 255));
    await nodePlatform.replaceFile(file, 'naïve ✓');
    expect(await nodePlatform.readTextFile(file)).toBe('naïve ✓');
    await nodePlatform.replaceFile(file, '');
    expect(await nodePlatform.readFile(file)).toEqual(new Uint8Array(0));
    expect(await readdir(folder)).toEqual(['state.bin']);
  });

  it('keeps the old file and removes the temporary one when the disk is full', async () => {
    await writeFile(file, 'old');
    await failWrites('ENOSPC', 2);
    const message = await fileErrorOf(nodePlatform.replaceFile(file, 'new content'));
    expect(message).toBe(`cannot write ${file}: the disk is full; free some space and try again (ENOSPC)`);
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['state.bin']);
  });

  it.each([
    ['EACCES', 'permission'],
    ['EROFS', 'not writable'],
    ['EIO', 'disk'],
    ['EUNHEARDOF', 'check the path'],
  ])('explains %s', async (code, words) => {
    await failWrites(code);
    const message = await fileErrorOf(nodePlatform.replaceFile(file, 'x'));
    expect(message).toContain(file);
    expect(message).toContain(words);
    expect(message).toContain(code);
  });

  it('names a missing folder, a folder in its place and a file in the place of the folder', async () => {
    expect(await fileErrorOf(nodePlatform.replaceFile(join(folder, 'no', 'x'), 'x'))).toContain(
      'folder does not exist',
    );
    expect(await fileErrorOf(nodePlatform.replaceFile(folder, 'x'))).toContain('it is a folder');
    await writeFile(file, 'plain');
    expect(await fileErrorOf(nodePlatform.replaceFile(join(file, 'x'), 'x'))).toContain('not a folder');
    expect(await readdir(folder)).toEqual(['state.bin']);
    expect(await fileErrorOf(nodePlatform.replaceFile(join(folder, 'n'.repeat(300)), 'x'))).toContain(
      'too long',
    );
  });

  it.skipIf(process.getuid?.() === 0)('names a folder that is not writable', async () => {
    await chmod(folder, 0o500);
    expect(await fileErrorOf(nodePlatform.replaceFile(file, 'x'))).toContain('no permission');
    expect(await fileErrorOf(nodePlatform.appendFile(file, 'x'))).toContain('no permission');
    expect(await fileErrorOf(nodePlatform.makeDirectory(file))).toContain('no permission');
    await chmod(folder, 0o700);
  });

  it('keeps a link a link, and the permissions of the old file', async () => {
    await writeFile(file, 'old', { mode: 0o600 });
    const link = join(folder, 'latest');
    await symlink(file, link);
    await nodePlatform.replaceFile(link, 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['latest', 'state.bin']);
  });

  it.skipIf(!existsSync('/dev/null'))('does not put a file in the place of a device', async () => {
    expect(await fileErrorOf(nodePlatform.replaceFile('/dev/null', 'x'))).toContain('device');
    expect((await stat('/dev/null')).isFile()).toBe(false);
  });

  it('never shows a part to a reader', async () => {
    const contents = ['a', 'b'].map((letter) => letter.repeat(300_000));
    await nodePlatform.replaceFile(file, contents[0]);
    let isWriting = true;
    const writer = (async () => {
      for (let i = 0; i < 20; i++) await nodePlatform.replaceFile(file, contents[i % 2]);
      isWriting = false;
    })();
    while (isWriting) expect(contents).toContain(await nodePlatform.readTextFile(file));
    await writer;
  });

  it('asks once more at the last moment, and keeps the old file when the answer is an error of ours', async () => {
    await writeFile(file, 'old');
    const refuse = async () => {
      expect(await readdir(folder)).toHaveLength(2);
      throw new OwnershipError('taken');
    };
    await expect(nodePlatform.replaceFile(file, 'new', refuse)).rejects.toThrow(new OwnershipError('taken'));
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['state.bin']);
    await nodePlatform.replaceFile(file, 'new', async () => {});
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  it('lets two writers of one file not disturb each other', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => nodePlatform.replaceFile(file, `writer ${i}`)));
    expect(await nodePlatform.readTextFile(file)).toMatch(/^writer \d$/);
    expect(await readdir(folder)).toEqual(['state.bin']);
  });
});

describe('removeLeftovers', () => {
  it('removes what dead processes left, and nothing else', async () => {
    const { pid: deadPid } = spawnSync(process.execPath, ['--version']);
    const ours = `.trpo-${process.pid}-01234567.tmp`;
    const dead = `.trpo-${deadPid}-89abcdef.tmp`;
    const others = ['state.bin', `.trpo-${process.ppid}-01234567.tmp`, '.trpo-1.tmp', 'x.tmp'];
    for (const name of [ours, dead, ...others]) await writeFile(join(folder, name), '');
    await nodePlatform.removeLeftovers!(folder);
    expect((await readdir(folder)).sort()).toEqual(others.sort());
    await nodePlatform.removeLeftovers!(join(folder, 'nowhere'));
  });

  it('removes what waits to be confirmed, also when it is confirmed before it has its place', async () => {
    await writeFile(file, 'old');
    let asked = 0;
    const confirm = async () => {
      // as if this writer were suspended here, and another became the owner
      if (++asked > 1) throw new OwnershipError('taken');
      expect((await readdir(folder)).filter((name) => name.endsWith('.unconfirmed.tmp'))).toHaveLength(1);
      await nodePlatform.removeLeftovers!(folder);
    };
    const taken = new OwnershipError('taken');
    await expect(nodePlatform.replaceFile(file, 'new', confirm)).rejects.toThrow(taken);
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['state.bin']);
    const neverTaken = () => nodePlatform.removeLeftovers!(folder);
    expect(await fileErrorOf(nodePlatform.replaceFile(file, 'new', neverTaken))).toContain('cannot write');
  });
});

describe('createFile', () => {
  const { createFile } = nodePlatform.locking!;

  it('creates a file once, whole, whatever has its name', async () => {
    expect(await createFile(file, 'first')).toBe(true);
    expect(await createFile(file, 'second')).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('first');
    await symlink('nowhere', join(folder, 'link'));
    expect(await createFile(join(folder, 'link'), 'x')).toBe(false);
    expect(await createFile(folder, 'x')).toBe(false);
    expect((await readdir(folder)).sort()).toEqual(['link', 'state.bin']);
  });

  it('lets one of many create it, and a reader never sees a part', async () => {
    const content = 'a'.repeat(300_000);
    const created = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const isOurs = await createFile(file, content);
        expect((await readFile(file, 'utf8')).length).toBe(content.length);
        return isOurs;
      }),
    );
    expect(created.filter((isOurs) => isOurs)).toHaveLength(1);
  });

  it('is not disturbed by who removes leftovers meanwhile', async () => {
    for (let i = 0; i < 20; i++) {
      const creating = createFile(join(folder, `${i}`), 'x');
      let isDone = false;
      creating.finally(() => {
        isDone = true;
      });
      while (!isDone) await nodePlatform.removeLeftovers!(folder);
      expect(await creating).toBe(true);
    }
  });

  it('names a missing folder and a full disk, and leaves nothing', async () => {
    expect(await fileErrorOf(createFile(join(folder, 'no', 'x'), 'x'))).toContain('folder does not exist');
    await failWrites('ENOSPC', 1);
    expect(await fileErrorOf(createFile(file, 'xyz'))).toContain('the disk is full');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('appendFile', () => {
  it('creates the file and adds to its end', async () => {
    await nodePlatform.appendFile(file, 'one\n');
    await nodePlatform.appendFile(file, Uint8Array.of(0x32, 0x0a));
    expect(await nodePlatform.readTextFile(file)).toBe('one\n2\n');
  });

  it('takes back a part that was written before the disk was full', async () => {
    await writeFile(file, 'whole\n');
    await failWrites('ENOSPC', 3);
    expect(await fileErrorOf(nodePlatform.appendFile(file, 'second\n'))).toContain('the disk is full');
    expect(await readFile(file, 'utf8')).toBe('whole\n');
  });

  it('adds to the file that was there before it asked, and nothing when the answer is no', async () => {
    await writeFile(file, 'old\n');
    const replaced = () => nodePlatform.replaceFile(file, 'of another owner\n');
    await nodePlatform.appendFile(file, 'row\n', replaced);
    expect(await readFile(file, 'utf8')).toBe('of another owner\n');
    const refuse = async () => {
      throw new OwnershipError('taken');
    };
    await expect(nodePlatform.appendFile(file, 'row\n', refuse)).rejects.toThrow(new OwnershipError('taken'));
    expect(await readFile(file, 'utf8')).toBe('of another owner\n');
  });

  it.skipIf(!existsSync('/dev/full'))('reports a device that is really full', async () => {
    expect(await fileErrorOf(nodePlatform.appendFile('/dev/full', 'x'))).toBe(
      'cannot append to /dev/full: the disk is full; free some space and try again (ENOSPC)',
    );
  });

  it('names a folder and a missing folder', async () => {
    expect(await fileErrorOf(nodePlatform.appendFile(folder, 'x'))).toContain('it is a folder');
    expect(await fileErrorOf(nodePlatform.appendFile(join(folder, 'no', 'x'), 'x'))).toContain(
      'create the folder',
    );
  });
});

describe('truncateFile', () => {
  it('cuts the end off and refuses to make a file longer', async () => {
    await writeFile(file, 'abcdef');
    await nodePlatform.truncateFile(file, 6);
    await nodePlatform.truncateFile(file, 2);
    expect(await readFile(file, 'utf8')).toBe('ab');
    expect(await fileErrorOf(nodePlatform.truncateFile(file, 3))).toContain('it has 2');
    expect(await readFile(file, 'utf8')).toBe('ab');
    expect(await fileErrorOf(nodePlatform.truncateFile(join(folder, 'no'), 0))).toContain(
      'it does not exist',
    );
  });
});

describe('reading', () => {
  it('names a missing file, a folder, a file as folder and a path with a zero byte', async () => {
    await writeFile(file, 'x');
    for (const read of [nodePlatform.readFile, nodePlatform.readTextFile]) {
      expect(await fileErrorOf(read(join(folder, 'no')))).toContain('it does not exist; check the path');
      expect(await fileErrorOf(read(folder))).toContain('it is a folder; give the path of a file');
      expect(await fileErrorOf(read(join(file, 'x')))).toContain('not a folder');
      expect(await fileErrorOf(read('a\0b'))).toContain('zero byte');
    }
  });

  it('refuses text that is not UTF-8', async () => {
    await writeFile(file, Uint8Array.of(0x61, 0xff));
    expect(await fileErrorOf(nodePlatform.readTextFile(file))).toContain('not UTF-8');
  });

  it('gives a plain Uint8Array', async () => {
    await writeFile(file, 'x');
    expect((await nodePlatform.readFile(file)).constructor).toBe(Uint8Array);
  });
});

describe('folders', () => {
  it('creates all of a path, twice without complaint, and tells the kinds apart', async () => {
    const deep = nodePlatform.joinPath(folder, 'a', 'b');
    await nodePlatform.makeDirectory(deep);
    await nodePlatform.makeDirectory(deep);
    await writeFile(file, '');
    expect(await nodePlatform.fileKind(deep)).toBe('directory');
    expect(await nodePlatform.fileKind(file)).toBe('file');
    expect(await nodePlatform.fileKind(join(folder, 'no'))).toBe('missing');
    expect(await nodePlatform.fileKind(join(file, 'below a file'))).toBe('missing');
    expect(await nodePlatform.exists(file)).toBe(true);
    expect(await nodePlatform.exists(join(folder, 'no'))).toBe(false);
    await symlink('loop', join(folder, 'loop'));
    expect(await fileErrorOf(nodePlatform.fileKind(join(folder, 'loop')))).toContain('circle');
  });

  it('names a file in the way', async () => {
    await writeFile(file, '');
    expect(await fileErrorOf(nodePlatform.makeDirectory(file))).toContain('in the way');
    expect(await fileErrorOf(nodePlatform.makeDirectory(join(file, 'below')))).toContain('not a folder');
    expect(await fileErrorOf(nodePlatform.makeDirectory(join(file, 'far', 'below')))).toContain(
      'not a folder',
    );
    await symlink('nowhere', join(folder, 'link'));
    expect(await fileErrorOf(nodePlatform.makeDirectory(join(folder, 'link')))).toContain('in the way');
  });

  // with the recursive mkdir of Node.js this never returned
  it.skipIf(!existsSync('/proc/self'))('names a file system that takes no folders', async () => {
    for (const path of ['/proc/x', '/proc/x/y', '/proc/self/x/y/z']) {
      expect(await fileErrorOf(nodePlatform.makeDirectory(path))).toBe(
        `cannot create the folder ${path}: the file system there takes no new folders; choose another path (ENOENT)`,
      );
    }
  });

  it('are made through links and steps upwards, by several at once, and where all exist', async () => {
    await nodePlatform.makeDirectory(join(folder, 'real'));
    await symlink('real', join(folder, 'alias'));
    await nodePlatform.makeDirectory(join(folder, 'alias', 'a'));
    await nodePlatform.makeDirectory(`${folder}/real/b/../c/`);
    await Promise.all(Array.from({ length: 10 }, () => nodePlatform.makeDirectory(join(folder, 'x/y/z'))));
    expect((await readdir(join(folder, 'real'))).sort()).toEqual(['a', 'b', 'c']);
    expect(await nodePlatform.fileKind(join(folder, 'x/y/z'))).toBe('directory');
    for (const existing of ['/', '.', '..', folder]) await nodePlatform.makeDirectory(existing);
  });
});
