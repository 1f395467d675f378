import { crc32c } from '../files/crc32.js';

/** Numbers of the format that its writer and its reader share. */

// Field numbers: tensorboard/compat/proto/event.proto, summary.proto and tensor.proto.
export const eventField = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
export const SUMMARY_VALUE_FIELD = 1;
export const valueField = { tag: 1, simpleValue: 2, tensor: 8 } as const;
export const tensorField = { content: 4, floats: 5 } as const;
export const SESSION_STATUS_FIELD = 1;
export const SESSION_START = 1;

/** Around a TFRecord's data: length (8 bytes) and its checksum before, the data's checksum after. */
export const FRAME_BYTES = { length: 8, head: 12, tail: 4 } as const;

/** TFRecord masks its checksums: the checksum of data that holds its own checksum is a weak one. */
export function maskedChecksum(bytes: Uint8Array): number {
  const checksum = crc32c(bytes);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
