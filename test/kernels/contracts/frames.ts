import { playgroundOf } from '../support/playground.js';
import type { Build } from '../support/wasm.js';
import { type Comparison, EXPORTED, type KernelContract } from './contract.js';

/** Pixels of a frame: with and without whole vectors. */
const PIXELS = [1, 7, 16, 33, 80];
/** Frames of a stack, and channels of each. */
const STACKS = [
  [1, 1],
  [1, 3],
  [2, 1],
  [3, 2],
  [4, 1],
  [4, 3],
] as const;
const FIRST_FREE = 1;

interface Stacked {
  readonly depth: number;
  readonly channels: number;
  readonly pixels: number;
}

/** The stack [pixels x depth x channels] of frames [pixels x channels]. */
function stackOf(frames: readonly Uint8Array[], { depth, channels, pixels }: Stacked): Uint8Array {
  return Uint8Array.from({ length: depth * pixels * channels }, (_, i) => {
    const [pixel, frame] = [Math.floor(i / (depth * channels)), Math.floor(i / channels) % depth];
    return frames[frame][pixel * channels + (i % channels)];
  });
}

/** Observations of six steps: a start after black frames, a new episode that begins with copies, a still picture, another stack. */
function played(shape: Stacked): {
  readonly stacks: readonly Uint8Array[];
  readonly news: readonly number[];
} {
  const { depth, channels, pixels } = shape;
  const size = pixels * channels;
  // never black, all different
  const frame = (seed: number) =>
    Uint8Array.from({ length: size }, (_, i) => 1 + ((seed * 41 + i * 7) % 255));
  const black = new Uint8Array(size);
  const copies = (one: Uint8Array) => new Array<Uint8Array>(depth).fill(one);
  let shown = [...copies(black).slice(1), frame(1)];
  const steps = [shown];
  const next = (one: Uint8Array) => {
    shown = [...shown.slice(1), one];
    steps.push(shown);
  };
  next(frame(2));
  shown = copies(frame(3));
  steps.push(shown);
  next(frame(4));
  next(frame(4));
  steps.push(Array.from({ length: depth }, (_, i) => frame(10 + i)));
  return {
    stacks: steps.map((frames) => stackOf(frames, shape)),
    news: [1, 1, 1, 1, depth > 1 ? 0 : 1, depth],
  };
}

/** What the kernels make of those observations. */
function put(build: Build, shape: Stacked, room: number) {
  const { depth, channels, pixels } = shape;
  const playground = playgroundOf(build);
  const { kernels } = playground;
  const { stacks, news } = played(shape);
  const frameBytes = Math.ceil((pixels * channels) / 16) * 16;
  const bytes = playground.uint8(new Uint8Array((FIRST_FREE + room) * frameBytes));
  const numbers = playground.uint32(new Uint32Array(stacks.length * depth));
  const parted = playground.uint8(new Uint8Array(depth * frameBytes));
  const descriptor = playground.uint8(new Uint8Array(kernels.framesBytes()));
  kernels.describeFrames(
    descriptor.pointer,
    bytes.pointer,
    numbers.pointer,
    depth,
    pixels,
    channels,
    frameBytes,
  );
  const stride = Math.ceil((depth * pixels * channels) / 4) * 4;
  const out = playground.float32Room(stacks.length * stride);
  let next = FIRST_FREE;
  const used = stacks.map((stack, row) => {
    const observation = playground.uint8(stack);
    const end = FIRST_FREE + room;
    const answer = kernels.putObservation(
      descriptor.pointer,
      row,
      row - 1,
      observation.pointer,
      parted.pointer,
      next,
      end,
    );
    if (answer >= 0) next = answer;
    return answer;
  });
  kernels.readObservations(descriptor.pointer, 0, stacks.length, out.pointer, stride);
  playground.expectGuardsIntact();
  const read = stacks.map((stack, row) => out.view.slice(row * stride, row * stride + stack.length));
  return { stacks, news, used, read };
}

function onStacks(compare: (build: Build, shape: Stacked) => Comparison[]) {
  return (build: Build, pixels: number) =>
    STACKS.flatMap(([depth, channels]) =>
      compare(build, { depth, channels, pixels }).map((one) => ({
        ...one,
        label: `${depth} frames of ${channels} channels ${one.label ?? ''}`,
      })),
    );
}

export const FRAME_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'putObservation',
    builds: EXPORTED,
    lengths: PIXELS,
    tolerance: 0,
    compare: onStacks((build, shape) => {
      const { news, used } = put(build, shape, 5 + shape.depth);
      let next = FIRST_FREE;
      const expected = news.map((count) => {
        next += count;
        return next;
      });
      const [lacking] = put(build, shape, 4 + shape.depth - (shape.depth > 1 ? 1 : 0)).used.slice(-1);
      return [
        { actual: used, expected },
        { label: 'without room', actual: [lacking], expected: [-1] },
      ];
    }),
  },
  {
    kernel: 'readObservations',
    builds: EXPORTED,
    lengths: PIXELS,
    // the nearest float32
    tolerance: 0,
    compare: onStacks((build, shape) => {
      const { stacks, read } = put(build, shape, 5 + shape.depth);
      return stacks.map((stack, row) => ({
        label: `row ${row}`,
        actual: read[row],
        expected: Float32Array.from(stack, (byte) => byte / 255),
      }));
    }),
  },
];
