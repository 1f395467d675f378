import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../src/errors.js';
import { keepRowsUpTo, ProgressFile, readProgress } from '../../src/logging/progressFile.js';
import type { ProgressRow } from '../../src/logging/sink.js';
import { nodePlatform } from '../../src/platform/node.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trpo-progress-'));
  path = join(folder, 'progress.jsonl');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const rowOf = (iteration: number): ProgressRow => ({
  'time/iterations': iteration,
  'rollout/ep_rew_mean': iteration < 2 ? null : iteration / 3,
  'train/is_line_search_success': true,
  'train/line_search_reason': 'δ',
});

async function writeRows(count: number): Promise<void> {
  const file = new ProgressFile(nodePlatform, path);
  for (let iteration = 1; iteration <= count; iteration++) await file.write(rowOf(iteration));
}

describe('ProgressFile', () => {
  it('has each row on the disk as soon as it is written', async () => {
    const file = new ProgressFile(nodePlatform, path);
    for (let iteration = 1; iteration <= 3; iteration++) {
      await file.write(rowOf(iteration));
      expect(await readProgress(nodePlatform, path)).toHaveLength(iteration);
    }
    expect(await readProgress(nodePlatform, path)).toEqual([1, 2, 3].map(rowOf));
  });

  it('writes numbers that are not finite as null', async () => {
    await new ProgressFile(nodePlatform, path).write({ a: Number.NaN, b: Infinity, c: -Infinity, d: 1 });
    expect(await readFile(path, 'utf8')).toBe('{"a":null,"b":null,"c":null,"d":1}\n');
  });

  it('writes a row with one append', async () => {
    const calls: unknown[] = [];
    const platform = { ...nodePlatform, appendFile: async (...call: unknown[]) => void calls.push(call) };
    await new ProgressFile(platform, path).write({ a: 1 });
    expect(calls).toEqual([[path, '{"a":1}\n', undefined]]);
  });
});

describe('readProgress', () => {
  it('leaves out a last line that was cut off, wherever that was', async () => {
    await writeRows(3);
    const whole = await readFile(path);
    const twoRowsBytes = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let length = twoRowsBytes; length < whole.length - 1; length++) {
      await writeFile(path, whole.subarray(0, length));
      expect(await readProgress(nodePlatform, path)).toEqual([1, 2].map(rowOf));
    }
    // Only the newline is missing: the row is whole.
    await writeFile(path, whole.subarray(0, whole.length - 1));
    expect(await readProgress(nodePlatform, path)).toHaveLength(3);
  });

  it.each([
    '{"a":',
    'text',
    '',
    '[1]',
    'null',
    '1',
    '{"a":{}}',
    '{"a":[1]}',
    '{"a":1}{"a":2}',
    '{}',
    '{"a":1,"a":2}',
    '{"a":1e999}',
  ])('names the line of %j in the middle', async (line) => {
    await writeFile(path, `{"a":1}\n{"a":2}\n${line}\n{"a":3}\n`);
    const error = await readProgress(nodePlatform, path).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).message).toContain(`${path}, line 3: not a progress row`);
  });

  it('names a line that is not UTF-8, and a missing file', async () => {
    await writeFile(path, Uint8Array.of(0x7b, 0xff, 0x0a));
    await expect(readProgress(nodePlatform, path)).rejects.toThrow('line 1');
    await expect(readProgress(nodePlatform, join(folder, 'no'))).rejects.toThrow(FileError);
  });

  it('refuses more columns than a log has, in a row or over all of them', async () => {
    const rowOfNew = (first: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`c${first + i}`, 0])));
    await writeFile(path, `${rowOfNew(0)}\n${rowOfNew(300)}\n${rowOfNew(500)}\n`);
    await expect(readProgress(nodePlatform, path)).rejects.toThrow(
      /line 3: there are more than .* 1000 columns/,
    );
    await writeFile(path, `{${'"a":0,'.repeat(1001)}"a":0}\n`);
    await expect(readProgress(nodePlatform, path)).rejects.toThrow(/line 1: .* more than 2000 entries/);
  });

  it('reads an empty file as no rows', async () => {
    await writeFile(path, '');
    expect(await readProgress(nodePlatform, path)).toEqual([]);
  });
});

describe('keepRowsUpTo', () => {
  it('drops later rows and keeps the text of the others', async () => {
    await writeRows(5);
    const lines = (await readFile(path, 'utf8')).split('\n');
    await keepRowsUpTo(nodePlatform, path, 3);
    expect(await readFile(path, 'utf8')).toBe(`${lines.slice(0, 3).join('\n')}\n`);
    await keepRowsUpTo(nodePlatform, path, 0);
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('drops a partial last line, so that the next row starts a line of its own', async () => {
    await writeRows(2);
    await nodePlatform.appendFile(path, '{"time/iter');
    await keepRowsUpTo(nodePlatform, path, 9);
    await new ProgressFile(nodePlatform, path).write(rowOf(3));
    expect(await readProgress(nodePlatform, path)).toEqual([1, 2, 3].map(rowOf));
  });

  it('gives a whole last row the newline that it lacks', async () => {
    await writeFile(path, JSON.stringify(rowOf(1)));
    await keepRowsUpTo(nodePlatform, path, 1);
    await new ProgressFile(nodePlatform, path).write(rowOf(2));
    expect(await readProgress(nodePlatform, path)).toHaveLength(2);
  });

  it('leaves the file alone when nothing is to be dropped, keeps rows without an iteration', async () => {
    await writeFile(path, '{"note":"a"}\n{"time/iterations":null}\n{"time/iterations":1}\n');
    const before = await stat(path);
    await keepRowsUpTo(nodePlatform, path, 1);
    expect((await stat(path)).ino).toBe(before.ino);
    await keepRowsUpTo(nodePlatform, path, 0);
    expect(await readProgress(nodePlatform, path)).toHaveLength(2);
  });

  it('takes a missing file as nothing to drop, and leaves a corrupted one as it is', async () => {
    await keepRowsUpTo(nodePlatform, path, 1);
    expect(await nodePlatform.exists(path)).toBe(false);
    await writeFile(path, 'text\n{"time/iterations":5}\n');
    await expect(keepRowsUpTo(nodePlatform, path, 1)).rejects.toThrow('line 1');
    expect(await readFile(path, 'utf8')).toBe('text\n{"time/iterations":5}\n');
  });
});
