/** Wire types of https://protobuf.dev/programming-guides/encoding/. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A protobuf message under construction; fields are named by their numbers. */
export class ProtobufMessage {
  private readonly chunks: Uint8Array[] = [];

  /** value: a whole number from 0 to 2^53 - 1. */
  integer(field: number, value: number): this {
    this.chunks.push(varint(field * 8 + VARINT), varint(value));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtobufMessage): this {
    return this.bytes(field, value.encode());
  }

  bytes(field: number, value: Uint8Array): this {
    this.chunks.push(varint(field * 8 + LENGTH_DELIMITED), varint(value.length), value);
    return this;
  }

  encode(): Uint8Array {
    const encoded = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.chunks) {
      encoded.set(chunk, offset);
      offset += chunk.length;
    }
    return encoded;
  }
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
