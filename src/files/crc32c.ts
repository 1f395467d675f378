import { makeCrc32 } from './crc32.js';

/** CRC-32C (RFC 3720, appendix B.4: the Castagnoli polynomial x^32 + x^28 + ... + 1), unsigned. */
export const crc32c = makeCrc32(0x82f63b78);
