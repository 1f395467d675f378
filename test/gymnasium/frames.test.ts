import { expect, test } from 'vitest';
import { DONE, type Frame, FrameReader, headerOf } from '../../src/gymnasium/frames.js';
import { foldSeed } from '../../src/gymnasium/gymnasiumVector.js';

function bytesOf(frames: readonly Uint8Array[]): Uint8Array {
  const parts = frames.flatMap((content) => {
    const header = headerOf('open', content.length);
    return [...header, ...content];
  });
  return Uint8Array.from(parts);
}

/** What a reader makes of the bytes, given in pieces of `size`. */
function read(bytes: Uint8Array, size: number): number[][] {
  const frames: number[][] = [];
  const reader = new FrameReader(({ kind, content, length }: Frame) => {
    expect(kind).toBe(DONE);
    frames.push(Array.from(new Uint8Array(content, 0, length)));
  });
  for (let start = 0; start < bytes.length; start += size) reader.take(bytes.subarray(start, start + size));
  return frames;
}

test('frames are the same in whatever pieces they come', () => {
  const contents = [5, 0, 1, 8, 300, 0, 7].map((length, i) =>
    Uint8Array.from({ length }, (_, byte) => (byte * 31 + i) % 256),
  );
  const expected = contents.map((content) => Array.from(content));
  for (const size of [1, 2, 3, 7, 8, 9, 64, 1000]) expect(read(bytesOf(contents), size)).toEqual(expected);
});

test('the bytes of a frame stay until the frame after the next', () => {
  const kept: Uint8Array[] = [];
  const reader = new FrameReader(({ content, length }) => kept.push(new Uint8Array(content, 0, length)));
  reader.take(bytesOf([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]));
  expect(kept.map((bytes) => [...bytes])).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('what is no frame is refused', () => {
  const reader = new FrameReader(() => {});
  expect(() => reader.take(new TextEncoder().encode('Traceback (most'))).toThrow(
    /which is none of the bridge's/,
  );
});

test('seeds are folded to 31 bits, and those that fit stay as they are', () => {
  for (const seed of [0, 1, 12345, 2 ** 31 - 1]) expect(foldSeed(seed)).toBe(seed);
  const folded = Array.from({ length: 1000 }, (_, i) => foldSeed(Number.MAX_SAFE_INTEGER - i * 2 ** 33));
  expect(folded.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
  expect(new Set(folded).size).toBe(1000);
});
