import type { Pointer } from './kernels.js';
import type { Engine } from './load.js';

/** How an observation of bytes [pixels x depth x channels] is divided into frames [pixels x channels]. */
export interface StackShape {
  readonly depth: number;
  readonly pixels: number;
  readonly channels: number;
}

/** Where the frames of a batch lie, each of them once: plain numbers that any thread can be told. */
export interface FramePool extends StackShape {
  /** Frames, `frameBytes` apart; number 0 is black, those of environment e begin at 1 + e framesOfEnvironment. */
  readonly bytes: Pointer;
  readonly frameBytes: number;
  readonly framesOfEnvironment: number;
}

/** Bytes that the kernels compare and turn at once. */
const BLOCK_BYTES = 16;

/**
 * Reserves the frames of a batch. Each row shows a new one, and the first of each environment those before it; an episode that begins
 * has one too.
 */
export function reserveFramePool(
  { arena }: Engine,
  stack: StackShape,
  steps: number,
  environments: number,
): FramePool {
  const frameBytes = Math.ceil((stack.pixels * stack.channels) / BLOCK_BYTES) * BLOCK_BYTES;
  const framesOfEnvironment = steps + stack.depth - 1;
  const bytes = arena.reserveBytes('batch frames', (1 + environments * framesOfEnvironment) * frameBytes);
  return { ...stack, bytes, frameBytes, framesOfEnvironment };
}

/** Tells the kernels of rows whose observations are frames; numbers: uint32 [rows x depth]. */
export function placeFrames({ arena, kernels }: Engine, pool: FramePool, numbers: Pointer): Pointer {
  const pointer = arena.reserveBytes('frames descriptor', kernels.framesBytes());
  kernels.describeFrames(
    pointer,
    pool.bytes,
    numbers,
    pool.depth,
    pool.pixels,
    pool.channels,
    pool.frameBytes,
  );
  return pointer;
}
