import { describeAlarm, HealthWatch } from '../health/watch.js';
import { type LogSink, progressKey, type TrainingRow } from '../logging/sink.js';
import { isFirst, tell } from '../ranks/agreement.js';
import type { Ranks } from '../ranks/ranks.js';
import type { Training } from '../training/training.js';
import { ColumnAdder, type TellColumns } from './ownColumns.js';
import type { TrainRequest, TrainResult } from './requests.js';
import type { RunDirectory } from './runDirectory.js';

/** directory: absent on ranks that do not write it. */
export function whileOwned<Result>(
  directory: RunDirectory | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  return directory === undefined ? work() : directory.whileOwned(work);
}

/** Closes the trainer where `work` throws. */
export async function closingOnFailure(
  trainer: Training,
  work: () => Promise<TrainResult>,
): Promise<TrainResult> {
  try {
    return await work();
  } catch (error) {
    await trainer.close().catch(() => {});
    throw error;
  }
}

/** Trains to the end of the run or of its signal, and saves, logs and tells each iteration. */
export async function runIterations(
  trainer: Training,
  run: {
    readonly directory?: RunDirectory;
    /** Has seen the rows of earlier sessions. */
    readonly watch?: HealthWatch;
    readonly sinks: readonly LogSink[];
    readonly onStart?: TrainRequest['onStart'];
    readonly onIteration?: TrainRequest['onIteration'];
    readonly columns?: TellColumns;
    readonly signal?: AbortSignal;
    readonly ranks?: Ranks;
  },
): Promise<TrainResult> {
  const { directory, watch = new HealthWatch(), signal, ranks } = run;
  const silent: Pick<typeof run, 'sinks' | 'onStart' | 'onIteration' | 'columns'> = { sinks: [] };
  const { sinks, onStart, onIteration, columns } = isFirst(ranks) ? run : silent;
  // the row is written before the checkpoint: a row too many is dropped on resume, a row too few would be lost
  const allSinks: readonly LogSink[] = directory === undefined ? sinks : [directory.progressSink(), ...sinks];
  try {
    await onStart?.(trainer);
    const { algorithm, seed, timesteps } = trainer.options;
    const { environmentName } = trainer.spec;
    const run = {
      environmentName,
      algorithm,
      seed,
      totalTimesteps: timesteps,
      runDirectory: directory?.path,
    };
    for (const sink of allSinks) await sink.begin?.(run);
    let savedBest: number | undefined;
    const adder = new ColumnAdder(columns);
    for await (const made of trainer.iterations(signal)) {
      const iteration = await adder.add(made, trainer);
      const row = withWarnings(iteration.row, watch);
      for (const sink of allSinks) await sink.write(row);
      const { best } = trainer;
      if (best !== undefined && best.iteration !== savedBest) {
        savedBest = best.iteration;
        await directory?.saveBest(trainer.encodeBestPolicy()!);
      }
      await directory?.save(trainer.encodeCheckpoint(), trainer.encodePolicy());
      await onIteration?.({ ...iteration, row }, trainer);
    }
  } catch (error) {
    await directory?.noteFailure(error, trainer);
    await tell(ranks, error);
    // what fails now follows from that error, which is the one to tell
    await closeAll(allSinks, trainer).catch(() => {});
    throw error;
  }
  await closeAll(allSinks, trainer);
  return { trainer, finished: trainer.totalTimesteps >= trainer.options.timesteps };
}

async function closeAll(sinks: readonly LogSink[], trainer: Training): Promise<void> {
  try {
    for (const sink of sinks) await sink.close?.();
  } finally {
    await trainer.close();
  }
}

/** The row with the warnings that begin there. */
function withWarnings(row: TrainingRow, watch: HealthWatch): TrainingRow {
  const begun = watch.look(row).filter(({ begins }) => begins);
  return { ...row, [progressKey.warnings]: begun.length === 0 ? null : begun.map(describeAlarm).join('\n') };
}
