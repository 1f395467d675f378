import { expect, test } from 'vitest';
import { crc32 } from '../../src/files/crc32.js';

const digits = new TextEncoder().encode('123456789');

test('crc32 has the published check value', () => {
  expect(crc32(digits)).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test('crc32 goes on from the checksum of what came before', () => {
  expect(crc32(digits.subarray(4), crc32(digits.subarray(0, 4)))).toBe(crc32(digits));
});
