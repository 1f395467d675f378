/**
 * A 32-bit cyclic redundancy check with bits in reverse order, all ones before and after, as PNG, gzip and iSCSI use it.
 * reversedPolynomial: its coefficients, that of x^31 in the lowest bit. Of the function returned, `previous` is the
 * checksum of what came before.
 */
function makeCrc32(reversedPolynomial: number): (bytes: Uint8Array, previous?: number) => number {
  // remainders[b]: what the byte b adds to the remainder of the division by the polynomial; signed, because engines keep
  // such numbers without allocating
  const remainders = Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder >>> 1) ^ (remainder & 1 ? reversedPolynomial : 0);
    }
    return remainder;
  });
  return (bytes, previous = 0) => {
    let remainder = ~previous;
    for (let i = 0; i < bytes.length; i++) {
      remainder = remainders[(remainder ^ bytes[i]) & 0xff] ^ (remainder >>> 8);
    }
    return ~remainder >>> 0;
  };
}

/** CRC-32 of the PNG specification (annex D), unsigned. */
export const crc32 = makeCrc32(0xedb88320);

/** CRC-32C (RFC 3720, appendix B.4: the Castagnoli polynomial x^32 + x^28 + ... + 1), unsigned. */
export const crc32c = makeCrc32(0x82f63b78);
