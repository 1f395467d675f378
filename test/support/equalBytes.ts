import { expect } from 'vitest';

/**
 * Typed arrays with the same bits are equal: `toEqual` asks for this first. Element by element it takes a second for the
 * checkpoint of a network of 40,000 parameters, and there are hundreds of such comparisons.
 */
expect.addEqualityTesters([
  (a: unknown, b: unknown): true | undefined => {
    if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
    // others go the long way, which tells where they differ
    return bytesOf(a).equals(bytesOf(b)) ? true : undefined;
  },
]);

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
