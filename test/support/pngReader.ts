import { inflateSync } from 'node:zlib';

export interface PngChunk {
  readonly type: string;
  readonly content: Buffer;
}

export interface PngFrame {
  /** The canvas after this frame, [height x width x 3]. */
  readonly canvas: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  /** s; undefined for a picture that is no animation. */
  readonly delay?: number;
}

export interface PngFile {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frames: readonly PngFrame[];
  readonly chunkTypes: readonly string[];
}

/** The checksum bit by bit, as the PNG specification defines it: the remainder of a polynomial division. */
function plainCrc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const carry = (remainder ^ (byte >>> bit)) & 1;
      remainder = (remainder >>> 1) ^ (carry ? 0xedb88320 : 0);
    }
  }
  return ~remainder >>> 0;
}

function chunksOf(file: Buffer): PngChunk[] {
  if (file.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('no PNG signature');
  const chunks: PngChunk[] = [];
  for (let offset = 8; offset < file.length; ) {
    const end = offset + 8 + file.readUInt32BE(offset);
    const body = file.subarray(offset + 4, end);
    if (file.readUInt32BE(end) !== plainCrc32(body)) throw new Error(`checksum of chunk at ${offset}`);
    chunks.push({ type: body.subarray(0, 4).toString('latin1'), content: body.subarray(4) });
    offset = end + 4;
  }
  return chunks;
}

/** Reads 8-bit RGB files without interlacing, animated or not; anything else, and any disorder, is an Error. */
export function readPng(bytes: Uint8Array): PngFile {
  const chunks = chunksOf(Buffer.from(bytes));
  const chunkTypes = chunks.map(({ type }) => type);
  const header = chunks[0].content;
  if (chunkTypes[0] !== 'IHDR' || chunkTypes.at(-1) !== 'IEND') throw new Error('IHDR or IEND misplaced');
  if (header.subarray(8).toString('hex') !== '0802000000') throw new Error('not 8-bit RGB');
  const [widthPx, heightPx] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  let canvas = new Uint8Array(3 * widthPx * heightPx);
  const frames: PngFrame[] = [];
  let sequence = 0;
  let control: Buffer | undefined;
  for (const { type, content } of chunks) {
    if (type === 'fcTL') control = content;
    if (type === 'fcTL' || type === 'fdAT') {
      if (content.readUInt32BE(0) !== sequence++) throw new Error('sequence numbers');
    }
    if (type !== 'IDAT' && type !== 'fdAT') continue;
    const [width, height, x, y] = control
      ? [4, 8, 12, 16].map((at) => control!.readUInt32BE(at))
      : [widthPx, heightPx, 0, 0];
    if (x + width > widthPx || y + height > heightPx) throw new Error('a frame leaves the canvas');
    const rows = unfiltered(inflateSync(type === 'IDAT' ? content : content.subarray(4)), width, height);
    canvas = canvas.slice();
    for (let row = 0; row < height; row++) {
      canvas.set(rows.subarray(3 * width * row, 3 * width * (row + 1)), 3 * ((y + row) * widthPx + x));
    }
    const delay = control && control.readUInt16BE(20) / control.readUInt16BE(22);
    frames.push({ canvas, widthPx: width, heightPx: height, delay });
  }
  const announced = chunks.find(({ type }) => type === 'acTL')?.content.readUInt32BE(0) ?? 1;
  if (announced !== frames.length) throw new Error('number of frames');
  return { widthPx, heightPx, frames, chunkTypes };
}

/** Filter types 0 (none) and 2 (up). */
function unfiltered(data: Buffer, widthPx: number, heightPx: number): Uint8Array {
  const rowBytes = 3 * widthPx;
  if (data.length !== (rowBytes + 1) * heightPx) throw new Error('amount of pixels');
  const out = new Uint8Array(rowBytes * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const filter = data[row * (rowBytes + 1)];
    if (filter !== 0 && filter !== 2) throw new Error(`filter type ${filter}`);
    for (let i = 0; i < rowBytes; i++) {
      const above = filter === 2 && row > 0 ? out[(row - 1) * rowBytes + i] : 0;
      out[row * rowBytes + i] = data[row * (rowBytes + 1) + 1 + i] + above;
    }
  }
  return out;
}

/** "#rrggbb" of a pixel. */
export function colorAt({ widthPx }: { widthPx: number }, rgb: Uint8Array, x: number, y: number): string {
  const start = 3 * (y * widthPx + x);
  return `#${Buffer.from(rgb.subarray(start, start + 3)).toString('hex')}`;
}
