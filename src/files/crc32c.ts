/** The Castagnoli polynomial x^32 + x^28 + ... + 1 of RFC 3720, its bits in reverse order. */
const REVERSED_POLYNOMIAL = 0x82f63b78;

/** remainders[b]: what the byte b adds to the remainder of the division by the polynomial. */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? REVERSED_POLYNOMIAL : 0);
  }
  return remainder;
});

/** CRC-32C (RFC 3720, appendix B.4) of `bytes`, unsigned; `previous` is the checksum of what came before. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  // locals: a start in a fresh process runs this interpreted, where every access counts
  const table = remainders;
  const length = bytes.length;
  let remainder = ~previous;
  for (let i = 0; i < length; i++) {
    remainder = table[(remainder ^ bytes[i]) & 0xff] ^ (remainder >>> 8);
  }
  return ~remainder >>> 0;
}
