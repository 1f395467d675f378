import { EnvironmentError, OptionError } from '../errors.js';
import { HealthWatch } from '../health/watch.js';
import { progressKey } from '../logging/sink.js';
import type { Platform } from '../platform/platform.js';
import { readPolicyFile } from '../policy/policyFile.js';
import { fromFirst, isFirst, onFirst, together } from '../ranks/agreement.js';
import { isSearch } from '../search/index.js';
import { describeKept, keptSchedule } from '../training/maxKlSchedule.js';
import { completeOptions, requireRead } from '../training/options.js';
import type { Training } from '../training/training.js';
import { type EnvironmentSource, sourceFrom } from '../vector/givenSource.js';
import { isKnownName, wayToName } from '../vector/namedEnvironments.js';
import { chooseVariant, supportsVariant, VARIANTS } from '../wasm/variant.js';
import { createAlike } from './alikeOnRanks.js';
import { createTraining } from './createTraining.js';
import { requirePath } from './policyBytes.js';
import type { ResumeRequest, TrainResult } from './requests.js';
import { type RunConfig, RunDirectory } from './runDirectory.js';
import { environmentOfRun, moduleOfRun } from './runEnvironment.js';
import { closingOnFailure, runIterations, whileOwned } from './runIterations.js';
import { warnOfThreads } from './threadWarnings.js';

/**
 * Goes on with the run in a folder, exactly where its last whole iteration ended, with the kernels that it began with.
 * MismatchError: `options` change the networks or the number of environments, which the checkpoint holds. OwnershipError:
 * another process, or another run of this one, writes the folder.
 */
export async function resume(platform: Platform, request: ResumeRequest): Promise<TrainResult> {
  requirePath('runDirectory', request.runDirectory);
  const directory = await onFirst(request.ranks, () => RunDirectory.claim(platform, request.runDirectory));
  return whileOwned(directory, () => goOn(platform, directory, request));
}

/** What a run goes on from, as the process that has its folder reads it. */
interface Begun {
  readonly path: string;
  readonly config: RunConfig;
  readonly checkpointPath: string;
  /** Absent where no iteration was finished. */
  readonly checkpoint: Uint8Array | undefined;
}

async function readBegun(directory: RunDirectory): Promise<Begun> {
  const { path, config, checkpointPath } = directory;
  return { path, config, checkpointPath, checkpoint: await directory.readCheckpoint() };
}

async function goOn(
  platform: Platform,
  directory: RunDirectory | undefined,
  request: ResumeRequest,
): Promise<TrainResult> {
  const { sinks = [], onStart, onIteration, columns, signal, ranks } = request;
  const onWarning = isFirst(ranks) ? request.onWarning : undefined;
  const begun = await fromFirst(ranks, () => readBegun(directory!));
  const { path, config, checkpoint } = begun;
  const begunWith = VARIANTS.find((variant) => variant === config.variant);
  const variant = begunWith !== undefined && supportsVariant(begunWith) ? begunWith : chooseVariant(false);
  const changed = { ...request.options, timesteps: request.timesteps ?? request.options?.timesteps };
  const kept = keptSchedule(config.options, changed);
  const options = completeOptions(config.options, kept, changed);
  // what the run began with may hold options that it does not read; what is given now may not
  requireRead(changed, options);
  const hasAll = checkpoint !== undefined && !isSearch(options.algorithm);
  const initial = await fromFirst(ranks, () => startOf(directory!, hasAll));
  const trainer = await createAlike(ranks, async () =>
    createTraining(platform, variant, {
      source: await sourceToResume(platform, begun, request.environment),
      environmentName: config.environment,
      options,
      threads: request.threads,
      initial: initial && { name: initial.file, ...readPolicyFile(initial.bytes, initial.file) },
      ranks,
    }),
  );
  warnOfThreads(trainer, request.environment, ranks, onWarning);
  if (ranks !== undefined && variant !== chooseVariant(true)) {
    onWarning?.(
      `${path} was begun with kernels "${variant}", whose last bits differ between processors; ranks on machines of different kinds will stop, and a run that was begun with --reproducible or on ranks does not`,
    );
  }
  if (kept.maxKlDecaySteps !== undefined) onWarning?.(describeKept(options));
  if (config.variant !== variant) {
    onWarning?.(
      `${path} was begun with kernels "${config.variant}", which do not run here; "${variant}" are used, and results differ in the last bits`,
    );
  }
  if (!trainer.resumesExactly) {
    onWarning?.(
      `${config.environment} has no saveState and restoreState: the run goes on with new episodes, not in the middle of the old ones`,
    );
  }
  return closingOnFailure(trainer, async () => {
    const watch = new HealthWatch();
    await together(ranks, async () => {
      if (checkpoint !== undefined) {
        await trainer.restoreCheckpoint(checkpoint, begun.checkpointPath, signal);
      }
      if (request.timesteps !== undefined && request.timesteps < trainer.totalTimesteps) {
        throw new OptionError(
          `timesteps = ${request.timesteps}: ${path} has made ${trainer.totalTimesteps} already; give more than that`,
        );
      }
      if (directory !== undefined) await prepareFolder(platform, directory, trainer, watch, request);
    });
    const tasks = { sinks, onStart, onIteration, columns, signal, ranks };
    return runIterations(trainer, { ...tasks, directory, watch });
  });
}

/** Brings rows and config.json to where the run goes on. watch: sees the rows of earlier sessions. */
async function prepareFolder(
  platform: Platform,
  directory: RunDirectory,
  trainer: Training,
  watch: HealthWatch,
  request: ResumeRequest,
): Promise<void> {
  const rows = await directory.rewindProgress(trainer.iterationCount);
  for (const row of rows) watch.look(row);
  if (rows.length > 0) trainer.elapsedSeconds = Number(rows.at(-1)![progressKey.timeElapsed] ?? 0);
  const environmentModule = moduleOfRun(platform, directory.path, request.environment);
  if (request.options === undefined && environmentModule === undefined) return;
  await directory.record({
    ...(request.options === undefined ? {} : { options: trainer.options }),
    ...(environmentModule === undefined ? {} : { environmentModule }),
  });
}

/**
 * The policy that the run started from, if it did and that counts: the checkpoint of a search has no deviations of actions, that
 * of another run has everything.
 */
async function startOf(
  directory: RunDirectory,
  hasAll: boolean,
): Promise<{ readonly file: string; readonly bytes: Uint8Array } | undefined> {
  if (hasAll || directory.config.initialPolicy === undefined) return undefined;
  return directory.readInitialPolicy();
}

/**
 * What to go on with. Throws EnvironmentError where none is given and the run's own is neither a known name nor a module,
 * FileError when its module is not where it was.
 */
async function sourceToResume(
  platform: Platform,
  { path, config }: Pick<RunDirectory, 'path' | 'config'>,
  given: EnvironmentSource | undefined,
): Promise<EnvironmentSource> {
  if (given !== undefined) return sourceFrom(given);
  const { environment, environmentModule } = config;
  if (environmentModule !== undefined) return environmentOfRun(platform, path, config);
  if (isKnownName(environment)) return environment;
  throw new EnvironmentError(
    `${path} was trained on "${environment}", which is not a known name: a run folder does not hold the program of an environment; ${wayToName(environment) ?? 'give it again: resume({ runDirectory, environment: () => new Corridor() }), or trpo train --resume FOLDER MODULE'}`,
  );
}
