import { concatenate } from './concatenate.js';

/** Of the encoding (https://protobuf.dev/programming-guides/encoding/). */
export const wireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** A protobuf message under construction; fields are named by their numbers. */
export class ProtobufMessage {
  private readonly chunks: Uint8Array[] = [];

  /** value: a whole number from 0 to 2^53 - 1. */
  integer(field: number, value: number): this {
    this.chunks.push(fieldKey(field, wireType.varint), varint(value));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtobufMessage): this {
    return this.bytes(field, value.encode());
  }

  bytes(field: number, value: Uint8Array): this {
    this.chunks.push(fieldKey(field, wireType.lengthDelimited), varint(value.length), value);
    return this;
  }

  float64(field: number, value: number): this {
    const content = new Uint8Array(8);
    new DataView(content.buffer).setFloat64(0, value, true);
    this.chunks.push(fieldKey(field, wireType.fixed64), content);
    return this;
  }

  float32(field: number, value: number): this {
    const content = new Uint8Array(4);
    new DataView(content.buffer).setFloat32(0, value, true);
    this.chunks.push(fieldKey(field, wireType.fixed32), content);
    return this;
  }

  encode(): Uint8Array {
    return concatenate(this.chunks);
  }
}

function fieldKey(field: number, type: number): Uint8Array {
  return varint(field * 8 + type);
}

/** Seven bits a byte, the lowest first; the top bit marks that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
