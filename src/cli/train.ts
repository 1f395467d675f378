import { readdir } from 'node:fs/promises';
import { styleText } from 'node:util';
import { FileError, OptionError } from '../errors.js';
import { isObject, parseJson, type Refuse } from '../files/json.js';
import type { LogSink } from '../logging/sink.js';
import { TensorBoardSink } from '../logging/tensorBoard.js';
import { TerminalSink } from '../logging/terminal.js';
import { mpiRanks } from '../mpi/mpiRanks.js';
import { nodePlatform } from '../platform/node.js';
import { fromFirst, isFirst, isTold, together } from '../ranks/agreement.js';
import type { Ranks } from '../ranks/ranks.js';
import type { TrainResult } from '../run/requests.js';
import { resume } from '../run/resume.js';
import { BEST_POLICY_FILE, OPTIONS_BEFORE, type RunConfig, RunDirectory } from '../run/runDirectory.js';
import { train } from '../run/train.js';
import {
  completeOptions,
  isRead,
  type OptionName,
  optionTable,
  parseOption,
  type TrpoOptions,
} from '../training/options.js';
import type { Training } from '../training/training.js';
import { optionsOfRun } from '../training/trainingPlan.js';
import type { EnvironmentSource } from '../vector/givenSource.js';
import {
  assignmentFlag,
  countFlag,
  describeFlags,
  type Flags,
  type FlagValues,
  parseArguments,
} from './arguments.js';
import type { Command, CommandContext } from './command.js';
import { ENVIRONMENT_HELP, folderNameOf, givenEnvironment, isKnown } from './givenEnvironment.js';
import { gymnasiumFlags } from './gymnasiumFlags.js';

/** Far more than the options there are. */
const OPTION_FILE_LIMITS = { depth: 8, marks: 10_000 };

const flags = {
  algorithm: {
    type: 'string',
    placeholder: 'NAME',
    help: `${optionTable.algorithm.choices.join(', ')} (default trpo)`,
  },
  timesteps: { type: 'string', placeholder: 'N', help: 'environment steps of the whole run' },
  seed: { type: 'string', placeholder: 'N', help: 'seed of everything random (default 0)' },
  environments: { type: 'string', placeholder: 'N', help: 'environments that are stepped together' },
  steps: { type: 'string', placeholder: 'N', help: 'steps of each environment in one iteration' },
  guard: { type: 'boolean', help: 'keep the best policy, and go back to it when the return falls' },
  set: {
    type: 'string',
    multiple: true,
    placeholder: 'NAME=VALUE',
    help: 'any other option, repeatable; "trpo options" lists them',
  },
  config: { type: 'string', placeholder: 'FILE', help: 'options from a JSON file: {"maxKl": 0.02, ...}' },
  policy: {
    type: 'string',
    placeholder: 'FILE',
    help: 'start from a trained policy: its file, or its run folder',
  },
  'run-directory': {
    type: 'string',
    placeholder: 'DIR',
    help: 'folder of the run (default runs/ENVIRONMENT-seedN)',
  },
  resume: { type: 'string', placeholder: 'DIR', help: 'go on with the run in a folder, exactly' },
  'stretch-decay': {
    type: 'boolean',
    help: 'with --resume and --timesteps: maxKl shrinks over the new length, after a jump up',
  },
  threads: {
    type: 'string',
    placeholder: 'N',
    help: 'threads, without effect on results (default: all cores)',
  },
  mpi: {
    type: 'boolean',
    help: 'train with the other processes that mpirun or srun started, on one machine or several',
  },
  ...gymnasiumFlags,
  reproducible: { type: 'boolean', help: 'strict kernels: the same bits in every engine, on every CPU' },
  tensorboard: { type: 'boolean', help: 'write TensorBoard event files into the run folder too' },
  quiet: { type: 'boolean', help: 'no progress, only the result' },
  json: { type: 'boolean', help: 'one JSON object on standard output and nothing else there' },
} as const satisfies Flags;

type Values = FlagValues<typeof flags>;

/** Options that say how random weights are drawn. */
const ONLY_RANDOM_WEIGHTS: readonly string[] = ['policyOutputGain', 'initialLogStd'];

const SHORTCUTS = ['algorithm', 'timesteps', 'seed', 'environments', 'steps'] as const;

export const trainCommand: Command = {
  name: 'train',
  summary: 'train a policy',
  help: `trpo train ENVIRONMENT [flags]
trpo train ENVIRONMENT --policy FILE [flags]
trpo train --resume DIR [MODULE] [--timesteps N [--stretch-decay]]

Trains a policy with TRPO and leaves a run folder: config.json, progress.jsonl, checkpoint.safetensors and
policy.safetensors, with --guard best.safetensors too. With --policy a new run starts from the weights and the
observation normaliser of a policy, whose hidden layers it takes over; --resume goes on with a run. Without flags
each environment starts from its own tuned options. Ctrl-C stops after saving.

"mpirun -np 4 trpo train ENVIRONMENT --mpi" trains in four processes, each of which steps its share of the environments; results
are those of one process with --reproducible and the same number of environments. It needs the package koffi, and Open MPI,
MPICH or another library of MPI.

${ENVIRONMENT_HELP}

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    if (positionals.length > 1) {
      throw new OptionError(`trpo train takes one environment, "${positionals.join(' ')}" was given`);
    }
    if (values['stretch-decay'] && (values.resume === undefined || values.timesteps === undefined)) {
      throw new OptionError(
        '--stretch-decay says how maxKl shrinks when a run goes on to another end; give --resume DIR and --timesteps N with it, or leave it out',
      );
    }
    if (values.resume === undefined && positionals[0] === undefined) {
      throw new OptionError(
        'trpo train needs an environment, such as CartPole-v1 ("trpo environments" lists them) or a module of yours, such as ./corridor.js',
      );
    }
    if (!values.mpi) return run(context, values, positionals[0]);
    const ranks = await mpiRanks();
    if (isFirst(ranks)) return run(context, values, positionals[0], ranks);
    const { rank, size, host } = ranks;
    context.adviseOnFailure(`that was rank ${rank} of ${size}, on host ${host}`);
    const silent = { write: () => {}, writeError: () => {}, adviseOnFailure: () => {} };
    try {
      await run({ ...context, ...silent }, values, positionals[0], ranks);
    } catch (error) {
      // rank 0 tells it
      if (!isTold(error)) throw error;
      context.failSilently();
    }
  },
};

/** environment: given, but for a run to go on with. */
function run(
  context: CommandContext,
  values: Values,
  environment: string | undefined,
  ranks?: Ranks,
): Promise<void> {
  if (values.resume !== undefined) return resumeRun(context, values, environment, ranks);
  return startRun(context, values, environment!, ranks);
}

async function startRun(context: CommandContext, values: Values, text: string, ranks?: Ranks): Promise<void> {
  const { name: environment, source } = await together(ranks, () => givenEnvironment(text, values));
  const { given, runDirectory } = await fromFirst(ranks, async () => {
    const given = await givenOptions(values);
    const { seed } = optionsOfRun(environment, given);
    const free = () => freeDirectory(`runs/${folderNameOf(environment)}-seed${seed}`);
    return { given, runDirectory: values['run-directory'] ?? (await free()) };
  });
  const sinks = await makeSinks(context, values, runDirectory, ranks);
  const result = await train(nodePlatform, {
    ...given,
    environment: source,
    environmentName: environment,
    threads: threadsOf(values),
    reproducible: values.reproducible,
    initialPolicy: values.policy,
    runDirectory,
    sinks,
    signal: context.signal,
    onIteration: (_, trainer) => adviseResuming(context, runDirectory, trainer),
    onWarning: ranks && ((message) => context.writeError(`trpo: warning: ${message}\n`)),
    ranks,
  });
  await tellResult(context, values, runDirectory, result);
}

async function resumeRun(
  context: CommandContext,
  values: Values,
  environment?: string,
  ranks?: Ranks,
): Promise<void> {
  const runDirectory = values.resume!;
  const fixed = [
    ...(
      [
        'algorithm',
        'seed',
        'environments',
        'steps',
        'guard',
        'set',
        'config',
        'policy',
        'run-directory',
        'reproducible',
      ] as const
    ).filter((name) => values[name] !== undefined),
  ].map((name) => `--${name}`);
  if (fixed.length > 0) {
    throw new OptionError(
      `${fixed.join(' ')} with --resume: a resumed run keeps its own options, only --timesteps may change; leave the rest out`,
    );
  }
  const timesteps =
    values.timesteps === undefined ? undefined : (parseOption('timesteps', values.timesteps) as number);
  const config = await fromFirst(
    ranks,
    async () => (await RunDirectory.open(nodePlatform, runDirectory)).config,
  );
  const moved = await together(ranks, () =>
    environment === undefined ? undefined : movedModule(config, runDirectory, environment, values),
  );
  const sinks = await makeSinks(context, values, runDirectory, ranks);
  const result = await resume(nodePlatform, {
    runDirectory,
    environment: moved,
    timesteps,
    options: values['stretch-decay'] ? { maxKlDecaySteps: 0 } : undefined,
    threads: threadsOf(values),
    sinks,
    signal: context.signal,
    onStart: (trainer) => adviseResuming(context, runDirectory, trainer),
    onIteration: (_, trainer) => adviseResuming(context, runDirectory, trainer),
    onWarning: (message) => context.writeError(`trpo: warning: ${message}\n`),
    ranks,
  });
  await tellResult(context, values, runDirectory, result);
}

/** Where the module of a run is now. Throws OptionError for a known name: a run keeps its environment. */
async function movedModule(
  config: RunConfig,
  runDirectory: string,
  text: string,
  values: Values,
): Promise<EnvironmentSource> {
  const { source } = await givenEnvironment(text, values);
  if (typeof source === 'object' && !isKnown(config.environment)) return source;
  throw new OptionError(
    `${text} with --resume: ${runDirectory} trains on ${config.environment} and keeps it; leave it out, or give the path of its module where that has moved`,
  );
}

/** What is saved stands whatever fails next. */
function adviseResuming(context: CommandContext, runDirectory: string, { iterationCount }: Training): void {
  if (iterationCount === 0) return;
  context.adviseOnFailure(
    `${iterationCount} iterations are saved; once the cause is gone, go on with: trpo train --resume ${runDirectory}`,
  );
}

function threadsOf(values: Values): number | undefined {
  return values.threads === undefined ? undefined : countFlag('threads', values.threads);
}

/** Options of the config file, under those of --set, under the flags of their own. */
async function givenOptions(values: Values): Promise<Partial<TrpoOptions>> {
  const flagged: Record<string, unknown> = {};
  for (const assignment of values.set ?? []) {
    const [name, text] = assignmentFlag(assignment);
    flagged[name] = parseOption(name, text);
  }
  for (const name of SHORTCUTS) {
    const text = values[name];
    if (text !== undefined) flagged[name] = parseOption(name, text);
  }
  if (values.guard) flagged.guard = true;
  if (values.config === undefined) return flagged;
  const { options, isRun } = await readOptionFile(values.config);
  if (!isRun) return { ...options, ...flagged };
  // a run's config.json holds all options there are: those that this run does not read are left out
  const all = completeOptions(options, flagged);
  const unread = values.policy === undefined ? [] : ONLY_RANDOM_WEIGHTS;
  const read = Object.entries(options).filter(
    ([name]) => isRead(name as OptionName, all) && !unread.includes(name),
  );
  return { ...Object.fromEntries(read), ...flagged };
}

async function readOptionFile(path: string): Promise<{ options: Record<string, unknown>; isRun: boolean }> {
  const refuse: Refuse = (fault) => {
    throw new FileError(`${path}: ${fault}; write a JSON object of options, such as {"maxKl": 0.02}`);
  };
  const parsed = parseJson(await nodePlatform.readTextFile(path), 'it', OPTION_FILE_LIMITS, refuse);
  if (!isObject(parsed)) return refuse('it must be a JSON object');
  // a run's config.json keeps its options one level down
  const isRun = parsed.format !== undefined;
  const options = isRun ? parsed.options : parsed;
  return isObject(options)
    ? { options: isRun ? { ...OPTIONS_BEFORE, ...options } : { ...options }, isRun }
    : refuse('its options are no JSON object');
}

/** The path itself, or with -2, -3, ... where runs of that name exist. */
async function freeDirectory(path: string): Promise<string> {
  let candidate = path;
  for (let number = 2; await nodePlatform.exists(candidate); number++) candidate = `${path}-${number}`;
  return candidate;
}

/** Those of rank 0; the others have none. */
async function makeSinks(
  context: CommandContext,
  values: Values,
  runDirectory: string,
  ranks?: Ranks,
): Promise<LogSink[]> {
  const sinks: LogSink[] = [];
  if (!isFirst(ranks)) return sinks;
  if (!values.quiet) {
    sinks.push(
      new TerminalSink({
        write: values.json ? context.writeError : context.write,
        isTerminal: context.isTerminal,
        columns: context.columns,
        style: styleText,
      }),
    );
  }
  if (values.tensorboard) {
    const notBeforeMs = 1000 * (1 + (await latestEventFileSeconds(runDirectory)));
    sinks.push(new TensorBoardSink(nodePlatform, runDirectory, () => Math.max(Date.now(), notBeforeMs)));
  }
  return sinks;
}

/** When the last session began, as its event file is named; TensorBoard reads them in the order of their names. */
async function latestEventFileSeconds(runDirectory: string): Promise<number> {
  if (!(await nodePlatform.exists(runDirectory))) return 0;
  const names = await readdir(runDirectory);
  return Math.max(0, ...names.map((name) => Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0)));
}

async function tellResult(
  context: CommandContext,
  values: Values,
  runDirectory: string,
  { trainer, finished }: TrainResult,
): Promise<void> {
  const meanReturn = trainer.meanReturn;
  const { best } = trainer;
  const bestPath = nodePlatform.joinPath(runDirectory, BEST_POLICY_FILE);
  if (values.json) {
    const result = {
      environment: trainer.spec.environmentName,
      runDirectory,
      seed: trainer.options.seed,
      timesteps: trainer.totalTimesteps,
      iterations: trainer.iterationCount,
      seconds: trainer.elapsedSeconds,
      meanReturn,
      finished,
      ...(trainer.options.guard ? { best: best === undefined ? null : { ...best, policy: bestPath } } : {}),
    };
    context.write(`${JSON.stringify(result)}\n`);
    return;
  }
  if (!finished) {
    context.write(
      `stopped after ${trainer.iterationCount} iterations; go on with: trpo train --resume ${runDirectory}\n`,
    );
    return;
  }
  if (values.quiet) context.write(`mean return ${meanReturn?.toFixed(2) ?? 'unknown'}\n`);
  if (best !== undefined) {
    const { iteration, episodes, lowerBound } = best;
    context.write(
      `best policy, of iteration ${iteration}: mean return ${best.meanReturn.toFixed(2)}, with 95 % confidence at least ${lowerBound.toFixed(2)} (${episodes} episodes): ${bestPath}\n`,
    );
  }
  const evaluated = best === undefined ? runDirectory : bestPath;
  context.write(`run folder ${runDirectory}; evaluate with: trpo evaluate ${evaluated}\n`);
}
