import type { Pointer } from './kernels.js';
import type { ActingEngine } from './load.js';

/** What one thread needs room for, to carry a tile through a network and a distribution. */
export interface ScratchNeed {
  /** Floats of a tile's activations. */
  readonly blockFloats: number;
  /** Floats of the widest row. */
  readonly widestStride: number;
  /** Inputs or noise numbers of the distribution; 0 without one. */
  readonly components: number;
}

/** Enough for each of these. */
export function largestNeed(needs: readonly ScratchNeed[]): ScratchNeed {
  const largest = (of: (need: ScratchNeed) => number) => Math.max(...needs.map(of));
  return {
    blockFloats: largest(({ blockFloats }) => blockFloats),
    widestStride: largest(({ widestStride }) => widestStride),
    components: largest(({ components }) => components),
  };
}

/** A thread's scratch in the arena; `name` is for the arena's table. */
export function reserveScratch(
  { kernels, arena }: ActingEngine,
  name: string,
  { blockFloats, widestStride, components }: ScratchNeed,
): Pointer {
  const scratch = arena.reserveBytes(name, kernels.scratchBytes(blockFloats, widestStride, components));
  kernels.describeScratch(scratch, blockFloats, widestStride, components);
  return scratch;
}
