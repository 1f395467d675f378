import { bytesInUnits, frameIntoStack, frameOfStack, framesOfGreyStack, greyStack } from '../linear/pixels';

/**
 * Observations that are stacks of frames, kept as bytes: each frame once, and for every row which ones it shows. An observation is
 * [pixels x depth x channels], its oldest frame first; a frame [pixels x channels]. Frame 0 is black.
 */
@unmanaged
export class Frames {
  /** Frames, `frameBytes` apart. */
  bytes: usize;
  /** uint32 [rows x depth]: the frames of each row. */
  numbers: usize;
  depth: i32;
  pixels: i32;
  channels: i32;
  frameBytes: i32;
}

const GREY_STACK: i32 = 4;

export function framesBytes(): i32 {
  return <i32>offsetof<Frames>();
}

/** frameBytes: pixels x channels or more, a multiple of 16. */
export function describeFrames(
  frames: usize,
  bytes: usize,
  numbers: usize,
  depth: i32,
  pixels: i32,
  channels: i32,
  frameBytes: i32,
): void {
  const f = changetype<Frames>(frames);
  f.bytes = bytes;
  f.numbers = numbers;
  f.depth = depth;
  f.pixels = pixels;
  f.channels = channels;
  f.frameBytes = frameBytes;
}

/**
 * Takes the observation of `row` as bytes. Frames that it shares with row `before` (negative for none), one step earlier, with each
 * other or with the black one are not kept again; new ones become number `next` and those after it, up to `end`. parted: room for
 * `depth` frames. Returns the next free number, or -1 where there is no room.
 */
export function putObservation(
  frames: usize,
  row: i32,
  before: i32,
  observation: usize,
  parted: usize,
  next: i32,
  end: i32,
): i32 {
  const f = changetype<Frames>(frames);
  part(f, observation, parted);
  const numbers = numbersAt(f, row);
  for (let i = 0; i < f.depth; i++) {
    const frame = parted + <usize>i * <usize>f.frameBytes;
    let number = -1;
    if (before >= 0 && i + 1 < f.depth) number = ifSame(f, load<u32>(numbersAt(f, before) + (<usize>(i + 1) << 2)), frame);
    if (number < 0 && i > 0) number = ifSame(f, load<u32>(numbers + (<usize>(i - 1) << 2)), frame);
    if (number < 0 && f.depth > 1) number = ifSame(f, 0, frame);
    if (number < 0) {
      if (next >= end) return -1;
      memory.copy(frameAt(f, next), frame, f.frameBytes);
      number = next++;
    }
    store<u32>(numbers + (<usize>i << 2), number);
  }
  return next;
}

/** out [rows x outStride] float32 = the observations from `row` on, in units of 255. */
export function readObservations(frames: usize, row: i32, rows: i32, out: usize, outStride: i32): void {
  const f = changetype<Frames>(frames);
  for (let i = 0; i < rows; i++) readObservation(f, row + i, out + (<usize>(i * outStride) << 2));
}

/** out [pixels x depth x channels] float32 = the observation of a row, in units of 255. */
export function readObservation(f: Frames, row: i32, out: usize): void {
  const numbers = numbersAt(f, row);
  if (f.depth == 1) {
    bytesInUnits(out, frameAt(f, load<u32>(numbers)), f.pixels * f.channels);
  } else if (isGreyStack(f)) {
    greyStack(
      out,
      frameAt(f, load<u32>(numbers, 0)),
      frameAt(f, load<u32>(numbers, 4)),
      frameAt(f, load<u32>(numbers, 8)),
      frameAt(f, load<u32>(numbers, 12)),
      f.pixels,
    );
  } else {
    for (let i = 0; i < f.depth; i++) {
      frameIntoStack(out, frameAt(f, load<u32>(numbers + (<usize>i << 2))), i, f.depth, f.pixels, f.channels);
    }
  }
}

/** Copies the frames of an observation to `parted`, one after the other. */
function part(f: Frames, observation: usize, parted: usize): void {
  if (f.depth == 1) memory.copy(parted, observation, f.pixels * f.channels);
  else if (isGreyStack(f)) framesOfGreyStack(parted, f.frameBytes, observation, f.pixels);
  else {
    for (let i = 0; i < f.depth; i++) {
      frameOfStack(parted + <usize>i * <usize>f.frameBytes, observation, i, f.depth, f.pixels, f.channels);
    }
  }
}

/** `number` where that frame has the bytes of `frame`, else -1. */
function ifSame(f: Frames, number: i32, frame: usize): i32 {
  const kept = frameAt(f, number);
  for (let i: usize = 0; i < <usize>f.frameBytes; i += 16) {
    if (v128.any_true(v128.xor(v128.load(kept + i), v128.load(frame + i)))) return -1;
  }
  return number;
}

// @ts-ignore: decorator
@inline
function isGreyStack(f: Frames): bool {
  return f.depth == GREY_STACK && f.channels == 1 && f.pixels % 16 == 0;
}

// @ts-ignore: decorator
@inline
function numbersAt(f: Frames, row: i32): usize {
  return f.numbers + (<usize>row * <usize>f.depth << 2);
}

// @ts-ignore: decorator
@inline
function frameAt(f: Frames, number: i32): usize {
  return f.bytes + <usize>number * <usize>f.frameBytes;
}
