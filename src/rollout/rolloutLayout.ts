import type { RunningMoments } from '../normalization/runningMoments.js';
import type { PolicyPointers } from '../policy/policyNetwork.js';
import type { ActionRows } from '../policy/policyRows.js';
import type { ValuePointers } from '../value/valueNetwork.js';
import type { ObservationRow } from '../vector/vectorEnvironment.js';
import type { Pointer } from '../wasm/kernels.js';
import type { BatchLayout } from './batch.js';
import type { BoundsReport } from './boundsWatch.js';
import type { EpisodeInfo } from './episodeInfo.js';
import type { FrameRoom } from './frameWriter.js';
import type { VineLayout } from './vine.js';

/** What every collector of a rollout is told: plain data, the same on every thread. */
export interface RolloutLayout {
  readonly environmentName: string;
  readonly seed: number;
  /** Whether actions are in units of half the range of their Box. */
  readonly rescaleActions: boolean;
  readonly batch: BatchLayout;
  readonly policy: PolicyPointers;
  readonly value: ValuePointers;
  /** int32 [1]: every collector gives its batch up once this is not 0. */
  readonly interrupt: Pointer;
  /** ms that an environment may take for one answer; 0 for any time. */
  readonly stepTimeoutMs: number;
  /** Where branches go, if they grow from the trajectories. */
  readonly vine?: VineLayout;
}

/** Rows in the arena beside the vine, one for each environment of a collector. */
export interface BranchRows extends ActionRows {
  /** float32 [environments] */
  readonly values: Pointer;
}

/** A collector's own part of the arena. */
export interface CollectorPart {
  /** Number of the collector's first environment. */
  readonly firstEnvironment: number;
  readonly scratch: Pointer;
  /** float32 [CHUNK_ROWS x observationStride] and [CHUNK_ROWS]: rows beside the batch and their values. */
  readonly chunkObservations: Pointer;
  readonly chunkValues: Pointer;
  /** Where the batch has frames. */
  readonly frameRoom?: FrameRoom;
  /** Where the layout has a vine. */
  readonly branch?: BranchRows;
}

/** Where one environment stands between two batches. */
export interface EnvironmentProgress {
  /** From saveState; absent where the environment has none. */
  state?: Float64Array;
  /** The observation to act on next, as the environment gave it. */
  observation: ObservationRow;
  /** Which choices may be taken there: 1 or 0 for each; absent where actions are not masked. */
  mask?: Uint8Array;
  episodeReturn: number;
  episodeLength: number;
}

/** An episode that ended within a batch. */
export interface EndedEpisode {
  /** Step of the batch, and environment, at which it ended. */
  readonly step: number;
  readonly environment: number;
  readonly episodeReturn: number;
  readonly length: number;
  /** The figures in what the environment told with its last step; absent without any. */
  readonly info?: EpisodeInfo;
}

/** What a collector did in one batch. */
export interface CollectorReport {
  readonly ended: readonly EndedEpisode[];
  /** What each environment's observations were like, for the normaliser. */
  readonly observed: readonly RunningMoments[];
  /** Of the observations that were acted on; absent where the observation space has no finite bound. */
  readonly bounds?: BoundsReport;
  /** Where each environment stands now. */
  readonly progress: readonly EnvironmentProgress[];
  /** Version of the policy's parameters under which the batch began and ended. */
  readonly policyVersion: number;
  /** Steps made beside the batch, in the branches of a vine. */
  readonly branchSteps: number;
}

/** Ends a collector's batch because another one's failed or the run was aborted; never the cause itself. */
export class Interruption extends Error {
  constructor() {
    super('the batch was interrupted');
    this.name = 'Interruption';
  }
}

/** Such as "environments 2 to 3 of CartPole-v1 from step 1024 on". */
export function spanOf(
  { environmentName }: RolloutLayout,
  firstEnvironment: number,
  count: number,
  ticks: number,
): string {
  const last = firstEnvironment + count - 1;
  return `environments ${firstEnvironment} to ${last} of ${environmentName} from step ${ticks} on`;
}
