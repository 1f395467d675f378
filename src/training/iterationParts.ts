import type { PolicyAlgorithm } from '../algorithms/algorithm.js';
import type { MeasuredUpdateReport, UpdateHealth } from '../algorithms/updateHealth.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { PolicyNetwork } from '../policy/policyNetwork.js';
import type { Batch } from '../rollout/batch.js';
import type { BatchFigures, BatchHealth } from '../rollout/batchHealth.js';
import type { RewardScaler } from '../rollout/rewardScaler.js';
import type { Rollout, RolloutReport } from '../rollout/rollout.js';
import type { Vine } from '../rollout/vine.js';
import type { ValueFitReport, ValueFunction } from '../value/valueFunction.js';
import type { Engine } from '../wasm/load.js';
import type { AdvantageReport } from './advantages.js';
import type { TrpoOptions } from './options.js';

/** What one iteration puts to work. */
export interface IterationParts {
  readonly engine: Engine;
  readonly options: TrpoOptions;
  readonly rollout: Rollout;
  readonly batch: Batch;
  readonly batchHealth: BatchHealth;
  /** Where the policy learns from branches: their rows are the algorithm's. */
  readonly vine?: Vine;
  readonly policy: PolicyNetwork;
  /** Moves the policy. */
  readonly algorithm: PolicyAlgorithm;
  readonly updateHealth: UpdateHealth;
  readonly value: ValueFunction;
  readonly normalizer: ObservationNormalizer;
  readonly rewardScaler: RewardScaler;
}

/** What one iteration did. */
export interface IterationReport extends MeasuredUpdateReport {
  readonly rollout: RolloutReport;
  readonly batchFigures: BatchFigures;
  /** How far the update of the observation normaliser moved it; see ObservationNormalizer.update. */
  readonly normalizerShift: number | null;
  readonly advantages: AdvantageReport;
  readonly valueFit: ValueFitReport;
  readonly collectMs: number;
  readonly updateMs: number;
}
