import type { BatchLayout } from '../rollout/batch.js';
import type { Engine } from '../wasm/load.js';

export interface AdvantageReport {
  /** Before normalisation. */
  readonly mean: number;
  readonly standardDeviation: number;
  /** Largest magnitude, before normalisation. */
  readonly largest: number;
  /** 1 - Var(returns - values) / Var(returns) of the value function before its fit; null when returns are constant. */
  readonly explainedVariance: number | null;
}

/** Fills the batch's advantages and returns (arXiv:1506.02438, eq. 16); see assembly/update/advantages.ts. */
export function estimateAdvantages(
  { kernels }: Engine,
  batch: BatchLayout,
  gamma: number,
  lambda: number,
): AdvantageReport {
  kernels.generalizedAdvantages(
    batch.advantages,
    batch.returns,
    batch.rewards,
    batch.values,
    batch.terminated,
    batch.truncated,
    batch.finalValues,
    batch.bootstrapValues,
    batch.steps,
    batch.environments,
    gamma,
    lambda,
  );
  const mean = kernels.meanOf(batch.advantages, batch.rows);
  const standardDeviation = kernels.standardDeviationOf(batch.advantages, batch.rows, mean);
  const returnsMean = kernels.meanOf(batch.returns, batch.rows);
  const returnsDeviation = kernels.standardDeviationOf(batch.returns, batch.rows, returnsMean);
  return {
    mean,
    standardDeviation,
    largest: kernels.largestMagnitudeOf(batch.advantages, batch.rows),
    // returns - values are the advantages
    explainedVariance: returnsDeviation === 0 ? null : 1 - (standardDeviation / returnsDeviation) ** 2,
  };
}

/** Advantages to mean 0 and standard deviation 1; constant ones become 0, and the line search then says so. */
export function normalizeAdvantages({ kernels }: Engine, batch: BatchLayout, report: AdvantageReport): void {
  const scale = report.standardDeviation === 0 ? 1 : 1 / report.standardDeviation;
  kernels.centreAndScale(batch.advantages, batch.rows, report.mean, scale);
}
