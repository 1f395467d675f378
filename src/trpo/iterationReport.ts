import { type ProgressRow, progressKey } from '../logging/sink.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { Batch } from '../rollout/batch.js';
import type { RewardScaler } from '../rollout/rewardScaler.js';
import type { Rollout, RolloutReport } from '../rollout/rollout.js';
import type { ValueFitReport, ValueFunction } from '../value/valueFunction.js';
import type { Engine } from '../wasm/load.js';
import type { AdvantageReport } from './advantages.js';
import type { LineSearchReport } from './lineSearch.js';
import type { ConjugateGradientReport, PolicyObjective } from './objective.js';
import type { TrpoOptions } from './options.js';

/** The parts that one iteration puts to work; src/trpo/train.ts builds them. */
export interface IterationParts {
  readonly engine: Engine;
  readonly options: TrpoOptions;
  readonly rollout: Rollout;
  readonly batch: Batch;
  readonly objective: PolicyObjective;
  readonly value: ValueFunction;
  /** Fits `value` to the batch's returns by the optimizer that the options name. */
  readonly fitValue: () => ValueFitReport;
  readonly normalizer: ObservationNormalizer;
  readonly rewardScaler: RewardScaler;
}

export interface IterationReport {
  readonly rollout: RolloutReport;
  readonly advantages: AdvantageReport;
  readonly surrogateOld: number;
  readonly entropy: number;
  readonly largestRatioError: number;
  readonly conjugateGradient: ConjugateGradientReport;
  readonly lineSearch: LineSearchReport;
  readonly valueFit: ValueFitReport;
  readonly collectMs: number;
  readonly updateMs: number;
}

/** What the trainer knows beside the report of one iteration. */
export interface RunStanding {
  readonly iteration: number;
  readonly timesteps: number;
  /** Seconds since the run began, over all its sessions. */
  readonly elapsedSeconds: number;
  readonly meanReturn: number | null;
  readonly returnStd: number | null;
  readonly meanLength: number | null;
  /** Mean standard deviation of a Gaussian policy; null for other kinds. */
  readonly meanStd: number | null;
}

/** A row of progress; names as in Stable-Baselines3 where it has them. Sums are means over the batch's rows. */
export function toProgressRow(report: IterationReport, standing: RunStanding): ProgressRow {
  const { conjugateGradient, lineSearch, advantages, valueFit } = report;
  return {
    [progressKey.iterations]: standing.iteration,
    [progressKey.totalTimesteps]: standing.timesteps,
    [progressKey.timeElapsed]: standing.elapsedSeconds,
    [progressKey.stepsPerSecond]:
      standing.elapsedSeconds > 0 ? standing.timesteps / standing.elapsedSeconds : 0,
    [progressKey.collectMs]: report.collectMs,
    [progressKey.updateMs]: report.updateMs,
    [progressKey.meanReturn]: standing.meanReturn,
    [progressKey.returnStd]: standing.returnStd,
    [progressKey.meanEpisodeLength]: standing.meanLength,
    [progressKey.episodes]: report.rollout.episodes,
    [progressKey.episodesMeanReturn]: report.rollout.meanReturn,
    [progressKey.policyObjective]: report.surrogateOld + lineSearch.improvement,
    [progressKey.klOldNew]: lineSearch.meanKlOldNew,
    [progressKey.largestKl]: lineSearch.largestKlOldNew,
    [progressKey.entropy]: report.entropy,
    [progressKey.std]: standing.meanStd,
    [progressKey.ratioError]: report.largestRatioError,
    [progressKey.lineSearchAccepted]: lineSearch.accepted,
    [progressKey.lineSearchBacktracks]: lineSearch.backtracks,
    [progressKey.lineSearchReason]: lineSearch.reason,
    [progressKey.stepScale]: lineSearch.stepScale,
    [progressKey.improvement]: lineSearch.improvement,
    [progressKey.predictedImprovement]: lineSearch.predictedImprovement,
    [progressKey.cgIterations]: conjugateGradient.iterations,
    [progressKey.cgResidual]: conjugateGradient.relativeResidual,
    [progressKey.cgStopReason]: conjugateGradient.stopReason,
    [progressKey.cgSmallestCurvature]: finiteOrNull(conjugateGradient.smallestCurvature),
    [progressKey.advantageMean]: advantages.mean,
    [progressKey.advantageStd]: advantages.standardDeviation,
    [progressKey.explainedVariance]: advantages.explainedVariance,
    [progressKey.valueLoss]: valueFit.lossAfter,
    [progressKey.valueLossBefore]: valueFit.lossBefore,
    [progressKey.valueFitSteps]: valueFit.steps,
    [progressKey.valueFitReason]: valueFit.reason,
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
