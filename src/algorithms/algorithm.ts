import type { AlgorithmState, AlgorithmStateLayout } from '../checkpoint/learnerState.js';
import type { OptionTable, OptionValues } from '../options/optionEntry.js';
import type { PolicyNetwork } from '../policy/policyNetwork.js';
import type { PolicyRows } from '../policy/policyRows.js';
import type { Engine } from '../wasm/load.js';
import type { ShardTeam } from '../wasm/shardTeam.js';
import type { ConjugateGradientReport, PolicyObjective } from './objective.js';
import type { StepReport } from './step.js';

/** How large the next update may be. */
export interface UpdateSize {
  /** delta: most KL(old || new). */
  readonly maxKl: number;
  /** What learning rates are multiplied by, where steps come from them: 1, or less after the guard rolled back. */
  readonly stepFactor: number;
}

/** What an algorithm did with theta on one batch. */
export interface PolicyUpdateReport {
  /** Mean of ratio x advantage at theta_old. */
  readonly surrogateOld: number;
  /** Mean entropy of pi_old. */
  readonly entropy: number;
  /** Largest |pi_theta_old / pi_old - 1|: 0 unless the batch is stale. */
  readonly largestRatioError: number;
  /** null where no system was solved. */
  readonly conjugateGradient: ConjugateGradientReport | null;
  readonly step: StepReport;
}

/** A way to move the policy on the rows of a batch. */
export interface PolicyAlgorithm {
  readonly objective: PolicyObjective;
  /** Whether steps go along the solution x of (F + damping I) x = g, for whose KL the quadratic model speaks. */
  readonly followsSolution: boolean;
  /** Moves theta. A refused step leaves theta exactly as it was, and the report says why. */
  update(size: UpdateSize): PolicyUpdateReport;
  /** What lives on from one update to the next; absent where nothing does. */
  state?: AlgorithmState;
  /** Names of what it holds. */
  readonly stateLayout?: AlgorithmStateLayout;
}

/** What an algorithm works with. */
export interface AlgorithmParts {
  readonly engine: Engine;
  readonly policy: PolicyNetwork;
  readonly rows: PolicyRows;
  readonly team: ShardTeam;
  readonly seed: number;
}

/** Puts an algorithm to work; `options`: those of its own. Reserves what it needs in the arena. */
export type CreateAlgorithm<Table extends OptionTable> = (
  parts: AlgorithmParts,
  options: OptionValues<Table>,
) => PolicyAlgorithm;
