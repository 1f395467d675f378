/** Frames of src/gymnasium/bridge.py: a header of two uint32, what it is and how many bytes follow, and these bytes. */

export const PROTOCOL = 1;

/** What a request is. */
export const REQUESTS = { open: 0, reset: 1, step: 2, render: 3, save: 4, restore: 5, list: 6 } as const;
export type RequestKind = keyof typeof REQUESTS;

/** What an answer is. */
export const DONE = 0;
export const FAILED = 1;

const HEADER_BYTES = 8;
/** No bridge sends longer frames: 1,000 stacks of images are a tenth of it. */
const MOST_BYTES = 2 ** 31 - 1;

export interface Frame {
  readonly kind: number;
  /** The first `length` bytes of a buffer, which the frame after the next may reuse. */
  readonly content: ArrayBuffer;
  readonly length: number;
}

/** Bytes up to whole float64, so that an array of any kind may follow. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** What a part of an answer says as JSON. */
export function jsonIn({ content }: Pick<Frame, 'content'>, start: number, length: number): unknown {
  return JSON.parse(new TextDecoder().decode(new Uint8Array(content, start, length)));
}

/** The header of a request with `length` bytes. */
export function headerOf(kind: RequestKind, length: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, REQUESTS[kind], true);
  view.setUint32(4, length, true);
  return header;
}

/** Puts frames together from the pieces that a stream gives. */
export class FrameReader {
  private readonly header = new Uint8Array(HEADER_BYTES);
  private headerFilled = 0;
  private kind = 0;
  private length = 0;
  private filled = 0;
  private content = new ArrayBuffer(0);
  /** Of the frame before. */
  private other = new ArrayBuffer(0);
  private bytes = new Uint8Array(this.content);

  /** onFrame: called with each whole frame before the next one is looked at. */
  constructor(private readonly onFrame: (frame: Frame) => void) {}

  /** Takes the next bytes of the stream. Throws RangeError for a header that no bridge sends. */
  take(piece: Uint8Array): void {
    let taken = 0;
    while (taken < piece.length || this.isWhole) {
      if (this.headerFilled < HEADER_BYTES) {
        const part = piece.subarray(taken, taken + HEADER_BYTES - this.headerFilled);
        this.header.set(part, this.headerFilled);
        this.headerFilled += part.length;
        taken += part.length;
        if (this.headerFilled === HEADER_BYTES) this.begin();
        continue;
      }
      const part = piece.subarray(taken, taken + this.length - this.filled);
      this.bytes.set(part, this.filled);
      this.filled += part.length;
      taken += part.length;
      if (this.isWhole) this.end();
    }
  }

  private get isWhole(): boolean {
    return this.headerFilled === HEADER_BYTES && this.filled === this.length;
  }

  private begin(): void {
    const view = new DataView(this.header.buffer);
    this.kind = view.getUint32(0, true);
    this.length = view.getUint32(4, true);
    this.filled = 0;
    if (this.kind > FAILED || this.length > MOST_BYTES) {
      throw new RangeError(
        `a frame of kind ${this.kind} and ${this.length} bytes, which is none of the bridge's`,
      );
    }
    [this.content, this.other] = [this.other, this.content];
    if (this.length > this.content.byteLength) this.content = new ArrayBuffer(padded(this.length));
    this.bytes = new Uint8Array(this.content);
  }

  private end(): void {
    this.headerFilled = 0;
    this.onFrame({ kind: this.kind, content: this.content, length: this.length });
  }
}
