import { ROW_TILE } from '../linear/rowTile';

/** What one thread needs to carry one tile through a network and a distribution. */
@unmanaged
export class Scratch {
  /** Activations of a tile, for passes that do not keep them. */
  block: usize;
  /** Two buffers [ROW_TILE x widestStride]. */
  bufferA: usize;
  bufferB: usize;
  /** Observations gathered by index [ROW_TILE x widestStride]. */
  gathered: usize;
  /** Component-major tiles [components x ROW_TILE]. */
  inputs: usize;
  state: usize;
  actions: usize;
  work: usize;
  /** Rows [ROW_TILE]. */
  rowsA: usize;
  rowsB: usize;
  /** 16 bytes for random words. */
  words: usize;
}

const TILE_BYTES: usize = <usize>ROW_TILE << 2;

/**
 * Bytes of scratch for networks with blocks of at most `blockFloats` and rows of at most `widestStride`, and
 * distributions with at most `components` inputs or noise numbers.
 */
export function scratchBytes(blockFloats: i32, widestStride: i32, components: i32): i32 {
  const floats = <usize>blockFloats + 3 * <usize>(ROW_TILE * widestStride);
  return <i32>(headBytes() + (floats << 2) + (4 * <usize>components + 2) * TILE_BYTES + 16);
}

export function describeScratch(scratch: usize, blockFloats: i32, widestStride: i32, components: i32): void {
  const s = changetype<Scratch>(scratch);
  const bufferBytes = <usize>widestStride * TILE_BYTES;
  const tileBytes = <usize>components * TILE_BYTES;
  s.block = scratch + headBytes();
  s.bufferA = s.block + (<usize>blockFloats << 2);
  s.bufferB = s.bufferA + bufferBytes;
  s.gathered = s.bufferB + bufferBytes;
  s.inputs = s.gathered + bufferBytes;
  s.state = s.inputs + tileBytes;
  s.actions = s.state + tileBytes;
  s.work = s.actions + tileBytes;
  s.rowsA = s.work + tileBytes;
  s.rowsB = s.rowsA + TILE_BYTES;
  s.words = s.rowsB + TILE_BYTES;
}

// @ts-ignore: decorator
@inline
function headBytes(): usize {
  return (offsetof<Scratch>() + 15) & ~15;
}
