/** Bytes of images as float32 in units of 255, and stacks of frames that are split and joined. */

/** 1 / 255 in two parts: a byte times the first is exact, and the sum is byte / 255 to the nearest float32. */
const UNIT_HEAD: f32 = 0.00392150879;
const UNIT_TAIL: f32 = 0.0000000598383920;

/** 4 bytes of 4 pixels each, in the order of the bytes; its own inverse. */
// @ts-ignore: decorator
@inline
function turned(bytes: v128): v128 {
  return i8x16.swizzle(bytes, i8x16(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}

// @ts-ignore: decorator
@inline
function inUnits(bytes: v128): v128 {
  const values = f32x4.convert_i32x4_u(bytes);
  return f32x4.add(
    f32x4.mul(values, f32x4.splat(UNIT_HEAD)),
    f32x4.mul(values, f32x4.splat(UNIT_TAIL)),
  );
}

/** out [16] = 16 bytes / 255. */
// @ts-ignore: decorator
@inline
function storeInUnits(out: usize, bytes: v128): void {
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  v128.store(out, inUnits(i32x4.extend_low_i16x8_u(low)), 0);
  v128.store(out, inUnits(i32x4.extend_high_i16x8_u(low)), 16);
  v128.store(out, inUnits(i32x4.extend_low_i16x8_u(high)), 32);
  v128.store(out, inUnits(i32x4.extend_high_i16x8_u(high)), 48);
}

// @ts-ignore: decorator
@inline
function byteInUnits(byte: usize): f32 {
  const value = <f32>load<u8>(byte);
  return value * UNIT_HEAD + value * UNIT_TAIL;
}

/** out [count] float32 = bytes [count] / 255. */
export function bytesInUnits(out: usize, bytes: usize, count: i32): void {
  const whole = count & ~15;
  for (let i = 0; i < whole; i += 16) storeInUnits(out + (<usize>i << 2), v128.load(bytes + <usize>i));
  for (let i = whole; i < count; i++) store<f32>(out + (<usize>i << 2), byteInUnits(bytes + <usize>i));
}

/** frame [pixels x channels] = frame `index` of a stack [pixels x depth x channels], both bytes. */
export function frameOfStack(frame: usize, stack: usize, index: i32, depth: i32, pixels: i32, channels: i32): void {
  let from = stack + <usize>(index * channels);
  const step = <usize>(depth * channels);
  for (let pixel = 0; pixel < pixels; pixel++, from += step) {
    for (let channel = 0; channel < channels; channel++) store<u8>(frame++, load<u8>(from + <usize>channel));
  }
}

/** The same of all frames of a stack of 4 grey ones, a multiple of 16 pixels each, which follow each other at `frameBytes`. */
export function framesOfGreyStack(frames: usize, frameBytes: usize, stack: usize, pixels: i32): void {
  for (let pixel = 0; pixel < pixels; pixel += 16, stack += 64, frames += 16) {
    const a = turned(v128.load(stack, 0));
    const b = turned(v128.load(stack, 16));
    const c = turned(v128.load(stack, 32));
    const d = turned(v128.load(stack, 48));
    storeTurned(frames, frameBytes, a, b, c, d);
  }
}

/** Writes the 4 x 4 matrix of 32-bit words whose rows are a to d by its columns. */
// @ts-ignore: decorator
@inline
function storeTurned(out: usize, outBytes: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(out + outBytes, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(out + 2 * outBytes, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(out + 3 * outBytes, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

/** Frame `index` of the stack out [pixels x depth x channels] float32 = frame [pixels x channels] / 255. */
export function frameIntoStack(out: usize, frame: usize, index: i32, depth: i32, pixels: i32, channels: i32): void {
  let to = out + (<usize>(index * channels) << 2);
  const step = <usize>(depth * channels) << 2;
  for (let pixel = 0; pixel < pixels; pixel++, to += step) {
    for (let channel = 0; channel < channels; channel++) {
      store<f32>(to + (<usize>channel << 2), byteInUnits(frame++));
    }
  }
}

/** out [pixels x 4] float32 = four grey frames / 255 as one stack; a multiple of 16 pixels. */
export function greyStack(out: usize, a: usize, b: usize, c: usize, d: usize, pixels: i32): void {
  for (let pixel = 0; pixel < pixels; pixel += 16, out += 256) {
    const from = <usize>pixel;
    const oldest = v128.load(a + from);
    const second = v128.load(b + from);
    const third = v128.load(c + from);
    const newest = v128.load(d + from);
    const ab = v128.shuffle<i32>(oldest, second, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(third, newest, 0, 4, 1, 5);
    const abHigh = v128.shuffle<i32>(oldest, second, 2, 6, 3, 7);
    const cdHigh = v128.shuffle<i32>(third, newest, 2, 6, 3, 7);
    storeInUnits(out, turned(v128.shuffle<i64>(ab, cd, 0, 2)));
    storeInUnits(out + 64, turned(v128.shuffle<i64>(ab, cd, 1, 3)));
    storeInUnits(out + 128, turned(v128.shuffle<i64>(abHigh, cdHigh, 0, 2)));
    storeInUnits(out + 192, turned(v128.shuffle<i64>(abHigh, cdHigh, 1, 3)));
  }
}
