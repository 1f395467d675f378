import type { ActionSpace } from '../environments/spaces.js';
import { EnvironmentError, OptionError } from '../errors.js';
import { describeAlarm, HealthWatch } from '../health/watch.js';
import { type LogSink, progressKey, type TrainingRow } from '../logging/sink.js';
import type { Platform } from '../platform/platform.js';
import type { Policy } from '../policy/policy.js';
import { readPolicyFile } from '../policy/policyFile.js';
import { fromFirst, isFirst, onFirst, tell, together } from '../ranks/agreement.js';
import type { Ranks } from '../ranks/ranks.js';
import { isSearch, type SearchName } from '../search/index.js';
import { describeKept, keptSchedule } from '../training/maxKlSchedule.js';
import { completeOptions, type GivenOptions, requireRead, type TrpoOptions } from '../training/options.js';
import { PolicySearch } from '../training/policySearch.js';
import { Trainer, threadCount } from '../training/trainer.js';
import type { TrainerRuntime, Training, TrainingIteration } from '../training/training.js';
import { planOf, type TrainerOptions, type TrainingPlan } from '../training/trainingPlan.js';
import { type EnvironmentSource, sourceFrom } from '../vector/givenSource.js';
import { isKnownName, wayToName } from '../vector/namedEnvironments.js';
import { VERSION } from '../version.js';
import { compileKernels } from '../wasm/load.js';
import { chooseVariant, kernelFile, supportsVariant, VARIANTS, type Variant } from '../wasm/variant.js';
import { createAlike, warnOfIdleThreads } from './alikeOnRanks.js';
import { ColumnAdder, type TellColumns } from './ownColumns.js';
import { initialPolicyFrom, type PolicySource, requirePath } from './policyBytes.js';
import { type RunConfig, RunDirectory } from './runDirectory.js';
import { environmentOfRun, moduleOfRun } from './runEnvironment.js';

/** How to run, beside what to learn: none of it belongs to the run's own options. */
export interface RuntimeOptions {
  /** Use the strict kernels, which give the same bits in every engine and on every CPU. Default false. */
  readonly reproducible?: boolean;
}

/** What to start from. */
export interface StartOptions {
  /**
   * A trained policy to start from, in place of random weights: the path of its file or run folder, the bytes of its file, or
   * the policy itself. Weights and observation normaliser are taken over; the value function begins anew, as do counts of
   * steps. Hidden layers and what else makes a policy are its own unless given, and then they must be the same.
   */
  readonly initialPolicy?: PolicySource;
}

export interface TrainRequest extends TrainerOptions, RuntimeOptions, StartOptions {
  /** Folder for config, progress, checkpoint and policy; without it nothing is written. */
  readonly runDirectory?: string;
  /** Where rows of progress go beside the folder; closed at the end. */
  readonly sinks?: readonly LogSink[];
  /** Told before the first iteration, which waits for the promise it may return. */
  readonly onStart?: (trainer: Training) => void | Promise<void>;
  /** Told after the row is logged and the run saved. */
  readonly onIteration?: (iteration: TrainingIteration, trainer: Training) => void | Promise<void>;
  /**
   * Columns to add to the row of each iteration before it is logged, such as { 'eval/return': 12 }, or a promise of them. Names
   * begin with none of time/, rollout/, train/, health/, guard/, search/ and info/; values are finite, or null for none. OptionError for
   * others, and for more than 200 names.
   */
  readonly columns?: TellColumns;
  /** Stops the run; what the last whole iteration left is saved. */
  readonly signal?: AbortSignal;
  /** Told what the user may want to change but does not prevent training. */
  readonly onWarning?: (message: string) => void;
  /**
   * The processes that train together, such as `await mpiRanks()` of wasm-trpo/mpi: each makes the same request, steps its share
   * of the environments and makes the whole update. Rank 0 alone writes the folder and tells sinks and functions of the request;
   * a signal stops all ranks. Kernels are strict.
   */
  readonly ranks?: Ranks;
}

export interface ResumeRequest
  extends Pick<
    TrainRequest,
    'sinks' | 'onStart' | 'onIteration' | 'columns' | 'signal' | 'onWarning' | 'ranks'
  > {
  readonly runDirectory: string;
  /**
   * New end of the run; without it the run's own. Where maxKl shrinks over the run it goes on as it was planned, and stays
   * as it is beyond the old end; with `options: { maxKlDecaySteps: 0 }` it shrinks over the new length.
   */
  readonly timesteps?: number;
  readonly threads?: number;
  /** Options that change from here on; config.json then says so. Those that shape the networks cannot. */
  readonly options?: GivenOptions;
  /**
   * Needed when the run's environment is made by a function, or by a module that is no longer where it was; config.json
   * names a module that is given from here on.
   */
  readonly environment?: EnvironmentSource;
}

/** A training whose policy acts in a space, as the environment that was given tells it. */
export type TrainingOn<Trained extends Training, Source> =
  ActionSpace extends ActionSpaceOf<Source>
    ? Trained
    : // the narrower one first: methods of an intersection are overloads
      { readonly policy: Policy<ActionSpaceOf<Source>> } & Trained;

/** What trains by an algorithm. */
export type TrainingOf<Algorithm extends TrpoOptions['algorithm'], Source = EnvironmentSource> = TrainingOn<
  Algorithm extends SearchName ? PolicySearch : Trainer,
  Source
>;

/** The action space of what a factory makes; any where that is not known. */
export type ActionSpaceOf<Source> = Source extends (count: number) => infer Made
  ? Awaited<Made> extends { readonly actionSpace: infer Space extends ActionSpace }
    ? Space
    : ActionSpace
  : ActionSpace;

export interface TrainResult<Trained extends Training = Training> {
  readonly trainer: Trained;
  /** Whether the run reached its timesteps, rather than being stopped. */
  readonly finished: boolean;
}

/**
 * Builds a trainer on this platform. Throws OptionError for the algorithms that have none, cem and cma-es, and MismatchError
 * naming what differs where `initialPolicy` does not fit.
 */
export async function createTrainer(
  platform: Platform,
  // a program in JavaScript may give nothing at all, and is told what is missing
  { reproducible = false, initialPolicy, ...options } = {} as TrainerOptions & RuntimeOptions & StartOptions,
): Promise<Trainer> {
  const plan = planOf(options, await initialPolicyFrom(platform, initialPolicy));
  return Trainer.ofPlan(await runtimeOf(platform, chooseVariant(reproducible), plan.threads), plan);
}

/** What the plan's algorithm is run by. */
async function createTraining(platform: Platform, variant: Variant, plan: TrainingPlan): Promise<Training> {
  if (!isSearch(plan.options.algorithm)) {
    return Trainer.ofPlan(await runtimeOf(platform, variant, plan.threads), plan);
  }
  if (plan.ranks !== undefined) {
    throw new OptionError(
      `algorithm = "${plan.options.algorithm}" on ${plan.ranks.size} ranks: candidates of a search are played one after the other by one process; use trpo, npg, vpg or ppo, or one process`,
    );
  }
  // candidates are played one after the other
  return PolicySearch.ofPlan(await runtimeOf(platform, variant, 1), plan);
}

async function runtimeOf(
  platform: Platform,
  variant: Variant,
  threads: number | undefined,
): Promise<TrainerRuntime> {
  const { threading, yieldToEventLoop, limitCall } = platform;
  const isShared = threadCount(threads, threading) > 1;
  const module = await compileKernels(await platform.readKernels(kernelFile(variant, isShared)));
  return {
    ...{ module, variant, yieldToEventLoop, limitCall },
    ...(isShared ? { threading: { ...threading!, module } } : {}),
  };
}

/** Trains from the start, into a run folder if one is given. OwnershipError: another begins a run there or took it over. */
export async function train(platform: Platform, request = {} as TrainRequest): Promise<TrainResult> {
  const {
    runDirectory,
    sinks = [],
    onStart,
    onIteration,
    columns,
    signal,
    onWarning,
    reproducible,
    initialPolicy,
    ranks,
    ...options
  } = request;
  if (runDirectory !== undefined) requirePath('runDirectory', runDirectory);
  const initial = await initialPolicyFrom(platform, initialPolicy, ranks);
  const trainer = await createAlike(ranks, async () => {
    const plan = { ...planOf(options, initial), ranks };
    // machines differ in what the others compute
    return createTraining(platform, chooseVariant(ranks !== undefined || (reproducible ?? false)), plan);
  });
  if (isFirst(ranks)) {
    warnOfFunction(trainer, options.environment, onWarning);
    warnOfIdleThreads(trainer, ranks, onWarning);
  }
  return closingOnFailure(trainer, async () => {
    const tasks = { sinks, onStart, onIteration, columns, signal, ranks };
    if (runDirectory === undefined) return runIterations(trainer, tasks);
    const config = {
      environment: trainer.spec.environmentName,
      environmentModule: moduleOfRun(platform, runDirectory, options.environment),
      initialPolicy: initial && {
        path: typeof initialPolicy === 'string' ? initial.name : undefined,
        environment: initial.spec.environmentName,
      },
      options: trainer.options,
      variant: trainer.variant,
      version: VERSION,
      platform: platform.name,
    };
    const directory = await onFirst(ranks, () =>
      RunDirectory.create(platform, runDirectory, config, initial && trainer.encodePolicy()),
    );
    return whileOwned(directory, () => runIterations(trainer, { ...tasks, directory }));
  });
}

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

/** directory: absent where another process writes it. */
function whileOwned<Result>(
  directory: RunDirectory | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  return directory === undefined ? work() : directory.whileOwned(work);
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
  warnOfFunction(trainer, request.environment, onWarning);
  warnOfIdleThreads(trainer, ranks, onWarning);
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

/** Ends the trainer's threads when what it is for fails before its iterations begin. */
async function closingOnFailure(trainer: Training, work: () => Promise<TrainResult>): Promise<TrainResult> {
  try {
    return await work();
  } catch (error) {
    await trainer.close().catch(() => {});
    throw error;
  }
}

/** An environment given as a function cannot move to other threads; with several of them that is worth knowing. */
function warnOfFunction(
  trainer: Training,
  environment: EnvironmentSource | undefined,
  onWarning: TrainRequest['onWarning'],
): void {
  if (typeof environment !== 'function' || trainer.threads === 1 || trainer.options.environments === 1)
    return;
  onWarning?.(
    `environments given as a function stay on the calling thread; to step them in ${trainer.threads} threads, give { module: 'absolute URL', export: 'name of the function' }`,
  );
}

async function runIterations(
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
