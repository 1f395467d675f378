/** The bytes of an array or a buffer, which are not copied; undefined for anything else. */
export function bytesFrom(given: unknown): Uint8Array | undefined {
  // not instanceof: test runners and other realms hand over arrays of their own
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const isBuffer = Object.prototype.toString.call(given) === '[object ArrayBuffer]';
  return isBuffer ? new Uint8Array(given as ArrayBuffer) : undefined;
}
