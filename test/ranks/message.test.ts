import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage, type Message } from '../../src/ranks/message.js';

const MESSAGES: Record<string, Message> = {
  nothing: undefined,
  null: null,
  'a text': 'Grüße, "7"',
  'numbers to the bit': [0, -0, 0.1, Number.MIN_VALUE, 2 ** 60, Number.NaN, Infinity, -Infinity],
  'a list that looks like a code': ['number', '-0', ['list'], ['none']],
  'absent fields, which are not null': { a: undefined, b: null, c: [undefined] },
  'a map in its order': new Map<string, Message>([
    ['z', 1],
    ['a', -0],
  ]),
  'arrays of any length': {
    empty: new Float64Array(0),
    three: Float64Array.of(-0, Number.NaN, 1e-310),
    bytes: Uint8Array.of(1, 2, 3, 4, 5),
    after: Float64Array.of(7),
  },
};

test.each(Object.entries(MESSAGES))('%s comes out as it went in', (_, message) => {
  expect(decodeMessage(encodeMessage(message))).toStrictEqual(message);
});

test('a message is read wherever its bytes lie', () => {
  const message = { bytes: Uint8Array.of(9), figures: Float64Array.of(1, 2) };
  const bytes = encodeMessage(message);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(decodeMessage(moved.subarray(3))).toStrictEqual(message);
});

test('views of shared memory are told as they were', () => {
  const shared = new Float64Array(new SharedArrayBuffer(32), 8, 2);
  shared.set([1.5, -0]);
  expect(decodeMessage(encodeMessage(shared))).toStrictEqual(Float64Array.of(1.5, -0));
});
