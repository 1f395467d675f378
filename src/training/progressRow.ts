import { type InfoColumn, inactiveKey, infoKey, progressKey, type TrainingRow } from '../logging/sink.js';
import type { BoundsReport } from '../rollout/boundsWatch.js';
import type { IterationReport } from './iterationParts.js';

type BoundsColumns = Pick<
  TrainingRow,
  typeof progressKey.observationsOutOfBounds | typeof progressKey.firstOutOfBounds
>;

/** What the trainer knows beside the report of one iteration. */
export interface RunStanding {
  readonly iteration: number;
  readonly timesteps: number;
  /** Seconds since the run began, over all its sessions. */
  readonly elapsedSeconds: number;
  readonly meanReturn: number | null;
  readonly returnStd: number | null;
  readonly meanLength: number | null;
  /** Means of what episodes told at their end. */
  readonly meanInfo: ReadonlyMap<string, number | null>;
  /** delta of the update. */
  readonly maxKl: number;
  /** Mean standard deviation of a Gaussian policy; null for other kinds. */
  readonly meanStd: number | null;
}

/** A row of progress; names as in Stable-Baselines3 where it has them. Sums are means over the batch's rows. */
export function toProgressRow(report: IterationReport, standing: RunStanding): TrainingRow {
  const { conjugateGradient, step, advantages, valueFit, batchFigures, figures } = report;
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
    [progressKey.truncatedEpisodes]: batchFigures.truncatedEpisodes,
    [progressKey.clippedActions]: batchFigures.clippedActions,
    ...boundsColumns(report.rollout.bounds),
    [progressKey.rewardStd]: batchFigures.rewardStd,
    [progressKey.rewardLargest]: batchFigures.rewardLargest,
    [progressKey.normalizerShift]: report.normalizerShift,
    [progressKey.policyObjective]: report.surrogateOld + step.improvement,
    [progressKey.maxKl]: standing.maxKl,
    [progressKey.klOldNew]: step.meanKlOldNew,
    [progressKey.largestKl]: step.largestKlOldNew,
    [progressKey.klModelRatio]: finiteOrNull(figures.klModelRatio),
    [progressKey.entropy]: report.entropy,
    [progressKey.entropyChange]: figures.entropyChange,
    [progressKey.std]: standing.meanStd,
    [progressKey.ratioError]: report.largestRatioError,
    [progressKey.lineSearchAccepted]: step.accepted,
    [progressKey.lineSearchBacktracks]: step.backtracks,
    [progressKey.lineSearchReason]: step.reason,
    [progressKey.stepScale]: step.stepScale,
    [progressKey.improvement]: step.improvement,
    [progressKey.predictedImprovement]: step.predictedImprovement,
    [progressKey.gradientNorm]: figures.gradientNorm,
    [progressKey.stepNorm]: figures.stepNorm,
    [progressKey.damping]: conjugateGradient?.damping ?? null,
    [progressKey.dampingRetries]: conjugateGradient?.dampingRetries ?? null,
    [progressKey.cgIterations]: conjugateGradient?.iterations ?? null,
    [progressKey.cgResidual]: conjugateGradient?.relativeResidual ?? null,
    [progressKey.cgStopReason]: conjugateGradient?.stopReason ?? null,
    [progressKey.cgSmallestCurvature]: finiteOrNull(conjugateGradient?.smallestCurvature),
    [progressKey.advantageMean]: advantages.mean,
    [progressKey.advantageStd]: advantages.standardDeviation,
    [progressKey.advantageLargest]: advantages.largest,
    [progressKey.explainedVariance]: advantages.explainedVariance,
    [progressKey.valueLoss]: valueFit.lossAfter,
    [progressKey.valueLossBefore]: valueFit.lossBefore,
    [progressKey.valueFitSteps]: valueFit.steps,
    [progressKey.valueFitReason]: valueFit.reason,
    ...Object.fromEntries(figures.inactive.map(({ of, share }, i) => [inactiveKey(of, i + 1), share])),
    ...infoColumns(standing.meanInfo),
  };
}

/** The columns of what episodes told at their end. */
export function infoColumns(means: ReadonlyMap<string, number | null>): Record<InfoColumn, number | null> {
  return Object.fromEntries([...means].map(([name, mean]) => [infoKey(name), mean]));
}

/** The columns of observations outside their bounds; null where there are no bounds, or nothing outside them. */
export function boundsColumns({ seen, outside, first }: Partial<BoundsReport> = {}): BoundsColumns {
  const share = outside === undefined || seen === undefined ? null : outside / seen;
  return {
    [progressKey.observationsOutOfBounds]: share,
    [progressKey.firstOutOfBounds]:
      first === undefined
        ? null
        : `observation[${first.index}] = ${first.value} of environment ${first.environment}, bounds ${first.low} to ${first.high}`,
  };
}

function finiteOrNull(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
