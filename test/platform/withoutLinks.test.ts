import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nodePlatform } from '../../src/platform/node.js';

// as on FAT
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  link: async () => {
    throw Object.assign(new Error('operation not permitted'), { code: 'EPERM' });
  },
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trpo-links-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a file system without links creates a file once all the same', async () => {
  const { createFile } = nodePlatform.locking!;
  const file = join(folder, 'run.lock');
  const created = await Promise.all(Array.from({ length: 10 }, (_, i) => createFile(file, `writer ${i}`)));
  expect(created.filter((isOurs) => isOurs)).toHaveLength(1);
  expect(await readFile(file, 'utf8')).toBe(`writer ${created.indexOf(true)}`);
  expect(await createFile(file, 'later')).toBe(false);
  expect(await readdir(folder)).toEqual(['run.lock']);
});
