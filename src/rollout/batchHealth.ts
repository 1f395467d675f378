import { type ActionUnits, boundsInUnits } from '../policy/actionUnits.js';
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
    private readonly units: ActionUnits,
  ) {
    const { arena } = engine;
    const { actionSize } = batch;
    if (units.space.kind !== 'Box') return;
    this.bounds = {
      low: arena.reserveFloat32('lowest actions', actionSize),
      high: arena.reserveFloat32('highest actions', actionSize),
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
    const { bounds } = this;
    const inUnits = boundsInUnits(this.units);
    if (inUnits === undefined || bounds === undefined) return null;
    const { kernels, arena } = this.engine;
    const { actions, rows, actionSize } = this.batch;
    arena.float32(bounds.low, actionSize).set(inUnits.low);
    arena.float32(bounds.high, actionSize).set(inUnits.high);
    return kernels.shareOutside(actions, rows, actionSize, bounds.low, bounds.high);
  }
}
