import { EnvironmentError } from '../errors.js';
import type { Place } from '../vector/environmentCalls.js';
import type { FramePool } from '../wasm/framePool.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { BatchLayout } from './batch.js';

/** Room in the arena to take one observation apart. */
export interface FrameRoom {
  /** The observation as bytes. */
  readonly observation: Pointer;
  /** Its frames, one after the other. */
  readonly parted: Pointer;
}

export function reserveFrameRoom(
  { arena }: Engine,
  { depth, pixels, channels, frameBytes }: FramePool,
  owner: string,
): FrameRoom {
  return {
    observation: arena.reserveBytes(`observation ${owner}`, depth * pixels * channels),
    parted: arena.reserveBytes(`frames of it ${owner}`, depth * frameBytes),
  };
}

/** Writes images to the frames of a batch, for consecutive environments. */
export class FrameWriter {
  private readonly observation: Uint8Array;
  /** Free frames of each environment: the next, and where they end. */
  private readonly next: number[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly batch: BatchLayout,
    private readonly pool: FramePool,
    private readonly room: FrameRoom,
    private readonly firstEnvironment: number,
    private readonly places: readonly Place[],
  ) {
    this.observation = engine.arena.uint8(room.observation, pool.depth * pool.pixels * pool.channels);
  }

  /** Takes what the collector's environment `index` shows at a step of the batch. Throws EnvironmentError for what is no stack. */
  put(step: number, index: number, observation: Uint8Array): void {
    const { batch, pool, room } = this;
    const environment = this.firstEnvironment + index;
    const first = 1 + environment * pool.framesOfEnvironment;
    const row = step * batch.environments + environment;
    const before = step === 0 ? -1 : row - batch.environments;
    this.observation.set(observation);
    this.next[index] = this.engine.kernels.putObservation(
      batch.frameRows,
      row,
      before,
      room.observation,
      room.parted,
      step === 0 ? first : this.next[index],
      first + pool.framesOfEnvironment,
    );
    if (this.next[index] >= 0) return;
    throw new EnvironmentError(
      `${this.places[index]()} shows more new frames than steps, but the stackSize of its observation space is ${pool.depth}; move the frames of a stack by one in each step and begin episodes with copies of the first frame or black ones, or leave stackSize out`,
    );
  }
}
