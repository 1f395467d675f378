import { bernoulli } from './bernoulli.js';
import { diagonalGaussian } from './diagonalGaussian.js';
import { multiCategorical } from './multiCategorical.js';

export type DistributionSpec =
  | { kind: 'categorical'; actionCount: number }
  | { kind: 'multiCategorical'; actionCounts: number[] }
  /** As multiCategorical, where `maskAt` tells which choices may be taken. */
  | { kind: 'maskedCategorical'; actionCounts: number[] }
  | { kind: 'bernoulli'; actionSize: number }
  | { kind: 'diagonalGaussian'; actionSize: number };

/** What fixes one distribution per row: the network's outputs, inputs [rows x inputSize] (logits or means),
 *  and logStd [logStdSize], shared by all rows (empty unless the kind is diagonalGaussian).
 *  Also the shape of a direction in that space. */
export interface DistributionInputs {
  inputs: Float64Array;
  logStd: Float64Array;
}

/** One covector per row: inputs [rows x inputSize], logStd [rows x logStdSize]. */
export interface RowGradients {
  inputs: Float64Array;
  logStd: Float64Array;
}

/** Rows are independent; several action dimensions are independent factors, so their terms are summed
 *  (never averaged: an average would give delta another meaning). actions [rows x actionSize]. */
export interface Distribution {
  inputSize: number;
  actionSize: number;
  logStdSize: number;
  /** log pi(a | s), nats. Out [rows]. */
  logProbabilities(at: DistributionInputs, actions: Float64Array): Float64Array;
  /** H(pi(. | s)), nats; the differential entropy for diagonalGaussian. Out [rows]. */
  entropies(at: DistributionInputs): Float64Array;
  /** KL(old || new), nats: the direction that TRPO constrains (arXiv:1502.05477). Out [rows]. */
  klOldNew(oldAt: DistributionInputs, newAt: DistributionInputs): Float64Array;
  /** d log pi(a | s) / d (inputs, logStd). */
  logProbabilityGradients(at: DistributionInputs, actions: Float64Array): RowGradients;
  /** d KL(old || new) / d (new inputs, new logStd). */
  klOldNewGradients(oldAt: DistributionInputs, newAt: DistributionInputs): RowGradients;
  /** M v per row, M the Fisher information of (inputs, logStd): the Hessian of KL(at || new) at new = at. */
  fisherTimesVector(at: DistributionInputs, vector: DistributionInputs): RowGradients;
}

/** The float64 mathematics of one kind of distribution.
 *  Actions are indices (categorical kinds), 0 or 1 (bernoulli), or reals (diagonalGaussian). */
export function distributionOf(spec: DistributionSpec): Distribution {
  switch (spec.kind) {
    case 'categorical':
      return multiCategorical([spec.actionCount]);
    case 'multiCategorical':
    case 'maskedCategorical':
      return multiCategorical(spec.actionCounts);
    case 'bernoulli':
      return bernoulli(spec.actionSize);
    case 'diagonalGaussian':
      return diagonalGaussian(spec.actionSize);
  }
}
