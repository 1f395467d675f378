import { expect, test } from 'vitest';

test('toEqual tells typed arrays apart as it does without the short way', () => {
  expect(Float32Array.of(1, Number.NaN)).toEqual(Float32Array.of(1, Number.NaN));
  expect({ a: [Uint8Array.of(1, 2)] }).toEqual({ a: [Uint8Array.of(1, 2)] });
  // a view of a part
  expect(Uint8Array.of(0, 1, 2).subarray(1)).toEqual(Uint8Array.of(1, 2));
  expect(Uint8Array.of(1, 2)).not.toEqual(Uint8Array.of(1, 3));
  expect({ a: [Uint8Array.of(1, 2)] }).not.toEqual({ a: [Uint8Array.of(1)] });
  expect(Uint8Array.of(1)).not.toEqual(Int8Array.of(1));
  expect(Float64Array.of(0)).not.toEqual(Float64Array.of(-0));
});
