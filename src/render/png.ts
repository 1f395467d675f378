import { concatenate } from '../files/concatenate.js';
import { crc32 } from '../files/crc32.js';
import { CHANNELS, type Image, type Place } from './image.js';

/** What every PNG file starts with. */
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const BIT_DEPTH = 8;
const TRUECOLOUR = 2;
/** Filter type of a row: the differences to the row above, which are mostly 0 in a picture of plain shapes. */
const FILTER_UP = 2;

export interface AnimationTiming {
  /** Each frame is shown for numerator / denominator s; whole numbers from 0, 1 to 65535. */
  readonly delayNumerator: number;
  readonly delayDenominator: number;
}

/** The picture as a PNG file (W3C, "Portable Network Graphics (PNG) Specification", third edition): 8-bit RGB. */
export async function encodePng(image: Image): Promise<Uint8Array> {
  const data = await compressed(image, wholeOf(image));
  return concatenate([SIGNATURE, header(image), chunk('IDAT', data), chunk('IEND')]);
}

/**
 * Pictures of one size, at least one, as an animated PNG (the same specification) that repeats for ever. A viewer
 * without animations shows the first one. Each later frame holds only the rectangle that differs from its predecessor.
 */
export async function encodeAnimatedPng(
  frames: Iterable<Image>,
  { delayNumerator, delayDenominator }: AnimationTiming,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let first: Image | undefined;
  let previous: Image | undefined;
  let frameCount = 0;
  // frame controls and data of all frames but the first are numbered together
  let sequenceNumber = 0;
  for (const frame of frames) {
    const place = previous === undefined ? wholeOf(frame) : changedPart(previous, frame);
    const control = integers([sequenceNumber++, place.widthPx, place.heightPx, place.xPx, place.yPx]);
    // the last two bytes: leave the frame as it is, and put the next one's pixels in place of those below
    const timing = integers([delayNumerator, delayDenominator], 2);
    parts.push(chunk('fcTL', control, timing, Uint8Array.of(0, 0)));
    const data = await compressed(frame, place);
    parts.push(
      previous === undefined ? chunk('IDAT', data) : chunk('fdAT', integers([sequenceNumber++]), data),
    );
    first ??= frame;
    previous = frame;
    frameCount++;
  }
  const forEver = 0;
  const animation = chunk('acTL', integers([frameCount, forEver]));
  return concatenate([SIGNATURE, header(first!), animation, ...parts, chunk('IEND')]);
}

function header({ widthPx, heightPx }: Image): Uint8Array {
  // compression, filtering and interlacing have one method each, 0
  return chunk('IHDR', integers([widthPx, heightPx]), Uint8Array.of(BIT_DEPTH, TRUECOLOUR, 0, 0, 0));
}

/** Length, type, content, and the checksum of type and content. */
function chunk(type: string, ...content: Uint8Array[]): Uint8Array {
  const body = concatenate([new TextEncoder().encode(type), ...content]);
  return concatenate([integers([body.length - type.length]), body, integers([crc32(body)])]);
}

/** The rows of the part, filtered, as a zlib stream. */
async function compressed(image: Image, { xPx, yPx, widthPx, heightPx }: Place): Promise<Uint8Array> {
  const rowBytes = CHANNELS * widthPx;
  const filtered = new Uint8Array((1 + rowBytes) * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const target = row * (1 + rowBytes);
    const source = CHANNELS * ((yPx + row) * image.widthPx + xPx);
    filtered[target] = FILTER_UP;
    for (let i = 0; i < rowBytes; i++) {
      // above the first row there are zeros
      const above = row === 0 ? 0 : image.rgb[source + i - CHANNELS * image.widthPx];
      filtered[target + 1 + i] = image.rgb[source + i] - above;
    }
  }
  // "deflate" is the zlib format there; unlike node:zlib every runtime has it
  const stream = new Blob([filtered]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The smallest rectangle around all pixels that differ; where none does, the first pixel, for a frame needs one. */
function changedPart(before: Image, after: Image): Place {
  const { widthPx, heightPx, rgb } = after;
  let [left, right, top, bottom] = [widthPx, -1, heightPx, -1];
  for (let pixel = 0; pixel < widthPx * heightPx; pixel++) {
    const i = CHANNELS * pixel;
    if (rgb[i] === before.rgb[i] && rgb[i + 1] === before.rgb[i + 1] && rgb[i + 2] === before.rgb[i + 2]) {
      continue;
    }
    const x = pixel % widthPx;
    const y = (pixel - x) / widthPx;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = y;
  }
  if (bottom < 0) return { xPx: 0, yPx: 0, widthPx: 1, heightPx: 1 };
  return { xPx: left, yPx: top, widthPx: right - left + 1, heightPx: bottom - top + 1 };
}

function wholeOf({ widthPx, heightPx }: Image): Place {
  return { xPx: 0, yPx: 0, widthPx, heightPx };
}

/** Unsigned big-endian integers of 2 or 4 bytes each. */
function integers(values: readonly number[], bytesEach: 2 | 4 = 4): Uint8Array {
  const bytes = new Uint8Array(bytesEach * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (bytesEach === 4) view.setUint32(4 * i, value);
    else view.setUint16(2 * i, value);
  });
  return bytes;
}
