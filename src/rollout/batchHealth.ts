import type { ActionSpace } from '../environments/spaces.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { BatchLayout } from './batch.js';

/** What a fresh batch says of the environment and of how the policy fits it. */
export interface BatchFigures {
  /** Population standard deviation, and largest magnitude, of the environment's own rewards. */
  readonly rewardStd: number;
  readonly rewardLargest: number;
  /** Share of actions of which a number was clipped to the bounds of its Box; null for other spaces. */
  readonly clippedActions: number | null;
  /** Share of the batch's ended episodes that were truncated, not terminated; null when none ended. */
  readonly truncatedEpisodes: number | null;
}

/** Reads those figures off a batch whose rewards are not scaled yet. */
export class BatchHealth {
  private readonly bounds?: { readonly low: Pointer; readonly high: Pointer };

  /** Reserves its part of the arena. */
  constructor(
    private readonly engine: Engine,
    private readonly batch: BatchLayout,
    private readonly actionSpace: ActionSpace,
  ) {
    const { arena } = engine;
    if (actionSpace.kind !== 'Box') return;
    this.bounds = {
      low: arena.reserveFloat32('lowest actions', actionSpace.size),
      high: arena.reserveFloat32('highest actions', actionSpace.size),
    };
  }

  /** episodes: how many ended in the batch. */
  measure(episodes: number): BatchFigures {
    const { kernels } = this.engine;
    const { rewards, terminated, rows } = this.batch;
    const rewardMean = kernels.meanOf(rewards, rows);
    const terminatedEpisodes = Math.round(kernels.meanOf(terminated, rows) * rows);
    return {
      rewardStd: kernels.standardDeviationOf(rewards, rows, rewardMean),
      rewardLargest: kernels.largestMagnitudeOf(rewards, rows),
      clippedActions: this.clippedActions(),
      truncatedEpisodes: episodes === 0 ? null : 1 - terminatedEpisodes / episodes,
    };
  }

  private clippedActions(): number | null {
    const { actionSpace, bounds, batch } = this;
    if (actionSpace.kind !== 'Box' || bounds === undefined) return null;
    const { kernels, arena } = this.engine;
    arena.float32(bounds.low, actionSpace.size).set(actionSpace.low);
    arena.float32(bounds.high, actionSpace.size).set(actionSpace.high);
    const { actions, rows, actionSize } = batch;
    return kernels.shareOutside(actions, rows, actionSize, bounds.low, bounds.high);
  }
}
