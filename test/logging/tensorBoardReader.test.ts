import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { FileError } from '../../src/errors.js';
import { progressKey } from '../../src/logging/sink.js';
import { TensorBoardSink } from '../../src/logging/tensorBoard.js';
import { readTensorBoardRows } from '../../src/logging/tensorBoardReader.js';
import { nodePlatform } from '../../src/node.js';
import { framed } from '../support/mutations.js';

const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function written(rows: readonly Record<string, number>[]): Promise<Uint8Array> {
  const sink = new TensorBoardSink(nodePlatform, folder);
  for (const row of rows) await sink.write(row);
  return readFileSync(sink.path);
}

const ROWS: readonly Record<string, number>[] = [
  { [progressKey.totalTimesteps]: 100, 'train/loss': 0.5, 'rollout/ep_rew_mean': 20 },
  { [progressKey.totalTimesteps]: 300, 'train/loss': -1.25 },
];

test('reads back what the sink wrote, in order of steps', async () => {
  expect(readTensorBoardRows(await written(ROWS), 'events')).toEqual(ROWS);
  expect(readTensorBoardRows(await written([...ROWS].reverse()), 'events')).toEqual(ROWS);
});

test('a step that was logged twice has the later number', async () => {
  const again = { [progressKey.totalTimesteps]: 100, 'train/loss': 7 };
  expect(readTensorBoardRows(await written([...ROWS, again]), 'events')[0]).toEqual({ ...ROWS[0], ...again });
});

test('a file that is still being written loses its last record alone', async () => {
  const bytes = await written(ROWS);
  expect(readTensorBoardRows(bytes.subarray(0, bytes.length - 5), 'events')).toEqual([ROWS[0]]);
  expect(readTensorBoardRows(new Uint8Array(0), 'events')).toEqual([]);
});

/** A scalar as TensorFlow 2 writes it: a tensor of one float, tag "loss", at step 5. */
test('a scalar in a tensor is read as well', () => {
  const value = Uint8Array.from([
    ...[0x0a, 4, ...new TextEncoder().encode('loss')],
    ...[0x42, 8, 0x08, 1, 0x22, 4, 0, 0, 0x20, 0x40],
  ]);
  const summary = [0x0a, value.length, ...value];
  const event = Uint8Array.from([0x10, 5, 0x2a, summary.length, ...summary]);
  expect(readTensorBoardRows(framed(event), 'events')).toEqual([
    { [progressKey.totalTimesteps]: 5, loss: 2.5 },
  ]);
});

test('a changed byte, or any other file, is refused by name or read, and nothing else', async () => {
  const bytes = await written(ROWS);
  const read = (content: Uint8Array) => {
    try {
      return readTensorBoardRows(content, 'events').length;
    } catch (error) {
      expect(error).toBeInstanceOf(FileError);
      expect((error as Error).message).toMatch(/^events: the record at byte \d+ is damaged/);
      return -1;
    }
  };
  for (let i = 0; i < bytes.length; i++) {
    const changed = Uint8Array.from(bytes);
    changed[i] ^= 0x10;
    expect(read(changed), `byte ${i}`).toBe(-1);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (content) => read(content) <= 0));
  const frames = fc.sample(fc.uint8Array({ maxLength: 60 }), 200).map(framed);
  for (const frame of frames) expect(read(frame)).toBeLessThanOrEqual(1);
});

/** One scalar at step 1, with a tag of up to 100 letters. */
function scalarEvent(tag: string, number: number): Uint8Array {
  const bytes = new Uint8Array(Float32Array.of(number).buffer);
  const letters = new TextEncoder().encode(tag);
  const value = [0x0a, letters.length, ...letters, 0x15, ...bytes];
  return framed(Uint8Array.from([0x10, 1, 0x2a, value.length + 2, 0x0a, value.length, ...value]));
}

test('what is not finite is null, and a tag named __proto__ a tag', () => {
  const events = [
    scalarEvent('loss', Number.NaN),
    scalarEvent('kl', Infinity),
    scalarEvent('__proto__', 3),
    scalarEvent('constructor', 4),
  ];
  const [row] = readTensorBoardRows(Uint8Array.from(events.flatMap((event) => [...event])), 'events');
  expect(Object.entries(row)).toEqual([
    [progressKey.totalTimesteps, 1],
    ['loss', null],
    ['kl', null],
    ['__proto__', 3],
    ['constructor', 4],
  ]);
});

test('one step that is logged again and again takes time in proportion; too many tags are refused', () => {
  const again = Buffer.concat(Array.from({ length: 50_000 }, (_, i) => scalarEvent(`t${i % 900}`, i)));
  expect(Object.keys(readTensorBoardRows(again, 'events')[0])).toHaveLength(901);
  const tags = Buffer.concat(Array.from({ length: 1001 }, (_, i) => scalarEvent(`t${i}`, i)));
  expect(() => readTensorBoardRows(tags, 'events')).toThrow(/^events has more than .* 1000 tags.*; give/);
});

test('a number of more than 64 bits and a step that is no number are damage', () => {
  const endless = framed(Uint8Array.from([0x10, ...new Array<number>(40).fill(0xff), 1]));
  expect(() => readTensorBoardRows(endless, 'events')).toThrow(FileError);
  const step = new Uint8Array(Float64Array.of(Number.NaN).buffer);
  expect(() => readTensorBoardRows(framed(Uint8Array.from([0x11, ...step])), 'events')).toThrow(FileError);
});
