import { availableParallelism } from 'node:os';
import { basename, normalize } from 'node:path';
import { parseSeeds, parseSettings, planRuns } from '../compare/plan.js';
import { comparisonCharts, reportHtml, reportText } from '../compare/report.js';
import { type ComparedRun, summarize } from '../compare/summary.js';
import { OptionError, OwnershipError, PlatformError } from '../errors.js';
import { nodePlatform } from '../platform/node.js';
import { lineChartPng, lineChartSvg } from '../render/chart.js';
import { parseOption, type TrpoOptions } from '../training/options.js';
import {
  assignmentFlag,
  countFlag,
  describeFlags,
  type Flags,
  type FlagValues,
  parseArguments,
} from './arguments.js';
import type { Command, CommandContext } from './command.js';
import { isDone, type Job, readRun, runJob } from './comparedRuns.js';
import { ComparisonProgress } from './comparisonProgress.js';
import { ENVIRONMENT_HELP, givenEnvironment } from './givenEnvironment.js';
import { gymnasiumArguments, gymnasiumFlags, isOfPython } from './gymnasiumFlags.js';

const DEFAULT_OUTPUT = 'comparison';
const DEFAULT_SEEDS = '5';
const DEFAULT_EPISODES = 20;

const flags = {
  environments: { type: 'string', placeholder: 'A,B', help: 'where to train' },
  algorithms: {
    type: 'string',
    placeholder: 'A,B',
    help: 'what to compare, each with options after colons: trpo,vpg,trpo:lambda=0.9',
  },
  seeds: { type: 'string', placeholder: 'N', help: 'runs of each, or their seeds: 3,7,9 (default 5)' },
  timesteps: { type: 'string', placeholder: 'N', help: 'environment steps of every run' },
  set: {
    type: 'string',
    multiple: true,
    placeholder: 'NAME=VALUE',
    help: 'option of every run that reads it, repeatable; "trpo options" lists them',
  },
  episodes: {
    type: 'string',
    placeholder: 'N',
    help: `evaluate each last policy over as many episodes; 0 for none (default ${DEFAULT_EPISODES})`,
  },
  parallel: { type: 'string', placeholder: 'N', help: 'runs at the same time (default: all cores)' },
  output: {
    type: 'string',
    placeholder: 'DIR',
    help: `folder of runs, report and plots (default ${DEFAULT_OUTPUT})`,
  },
  ...gymnasiumFlags,
  json: { type: 'boolean', help: 'the summary as one JSON object on standard output, nothing else there' },
} as const satisfies Flags;

type Values = FlagValues<typeof flags>;

export const compareCommand: Command = {
  name: 'compare',
  summary: 'train several settings with several seeds and report on them',
  help: `trpo compare --environments A,B --algorithms A,B [flags]
trpo compare RUN_FOLDER RUN_FOLDER ... [flags]

Trains every setting in every environment with every seed, each in a process of its own, and writes report.html (which
needs nothing else) and plots/ as SVG and PNG. The same command goes on where it was interrupted: finished runs stay,
unfinished ones are resumed. With run folders nothing is trained: they are compared as they are.

${ENVIRONMENT_HELP}

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    const output = values.output ?? DEFAULT_OUTPUT;
    const runs =
      positionals.length > 0
        ? await existingRuns(values, positionals)
        : await trainedRuns(context, values, output);
    if (runs !== undefined) await writeReport(context, values, output, runs);
  },
};

/** The runs in the folders given; a setting is named by its algorithm and the options in which the runs differ. */
async function existingRuns(values: Values, folders: readonly string[]): Promise<ComparedRun[]> {
  const useless = (
    ['environments', 'algorithms', 'seeds', 'timesteps', 'set', 'episodes', 'parallel'] as const
  )
    .filter((name) => values[name] !== undefined)
    .map((name) => `--${name}`);
  if (useless.length > 0) {
    throw new OptionError(
      `${useless.join(' ')} with run folders: runs that exist are compared as they are; leave the flags or the folders out`,
    );
  }
  const runs: ComparedRun[] = [];
  for (const folder of folders) runs.push(await readRun(folder));
  const empty = folders.filter((_, i) => runs[i].rows.length === 0);
  if (empty.length > 0) {
    throw new OptionError(`${empty.join(', ')}: no iteration was finished there; leave the folder out`);
  }
  return runs.map((run, i) => ({ ...run, algorithm: settingName(run, runs, folders[i]) }));
}

/** Such as "trpo:lambda=0.9", of the options in which runs of the same environment differ. */
function settingName(run: ComparedRun, runs: readonly ComparedRun[], folder: string): string {
  const same = runs.filter(({ environment }) => environment === run.environment);
  const names = (Object.keys(run.options) as (keyof TrpoOptions)[]).filter(
    (name) =>
      !['algorithm', 'seed', 'timesteps'].includes(name) &&
      new Set(same.map(({ options }) => String(options[name]))).size > 1,
  );
  const assignments = names.map((name) => `${name}=${String(run.options[name]) || 'none'}`);
  const setting = [run.options.algorithm, ...assignments].join(':');
  // two runs that differ in nothing but the program that made them are distinguished by their folders
  const twins = same.filter(
    (other) => other !== run && JSON.stringify(other.options) === JSON.stringify(run.options),
  );
  return twins.length === 0 ? setting : `${setting} (${basename(normalize(folder))})`;
}

/** The runs of the plan, made as far as they were not; undefined when the user stopped them. */
async function trainedRuns(
  context: CommandContext,
  values: Values,
  output: string,
): Promise<ComparedRun[] | undefined> {
  const jobs = await plannedJobs(values, output);
  const episodes =
    values.episodes === undefined ? DEFAULT_EPISODES : countFlag('episodes', values.episodes, [0]);
  const cores = availableParallelism();
  const parallel = values.parallel === undefined ? cores : countFlag('parallel', values.parallel);
  const done: Job[] = [];
  for (const job of jobs) if (await isDone(job, episodes)) done.push(job);
  const progress = new ComparisonProgress(
    { ...context, write: values.json ? context.writeError : context.write },
    jobs,
  );
  await progress.begin(done);
  const waiting = jobs.filter((job) => !done.includes(job));
  const failures: string[] = [];
  const settings = {
    threads: Math.max(1, Math.floor(cores / Math.min(parallel, waiting.length || 1))),
    episodes,
    signal: context.signal,
  };
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined && !context.signal.aborted; job = waiting.shift()) {
      progress.start(job);
      try {
        await runJob(job, settings);
        if (!context.signal.aborted) progress.end(job, describe(await readRun(job.folder)));
      } catch (error) {
        if (!(error instanceof PlatformError || error instanceof OwnershipError)) throw error;
        failures.push(job.folder);
        progress.end(job, `failed: ${error.message}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, worker));
  } finally {
    progress.close();
  }
  if (context.signal.aborted) {
    context.writeError('stopped; the same command goes on from here\n');
    return undefined;
  }
  if (failures.length > 0) {
    throw new PlatformError(
      `${failures.length} of ${jobs.length} runs failed: ${failures.join(', ')}; mend the cause and give the same command, which makes only what is missing`,
    );
  }
  return Promise.all(jobs.map(({ run, folder }) => readRun(folder, run.algorithm)));
}

async function plannedJobs(values: Values, output: string): Promise<Job[]> {
  if (values.environments === undefined || values.algorithms === undefined) {
    throw new OptionError(
      'trpo compare needs --environments and --algorithms, such as --environments CartPole-v1 --algorithms trpo,vpg, or run folders',
    );
  }
  const common: Record<string, unknown> = {};
  for (const assignment of values.set ?? []) {
    const [name, text] = assignmentFlag(assignment);
    common[name] = parseOption(name, text);
  }
  if (values.timesteps !== undefined) common.timesteps = parseOption('timesteps', values.timesteps);
  const texts = values.environments.split(',');
  const flagsFor = (text: string) => (isOfPython(text) ? values : {});
  const given = await Promise.all(texts.map((text) => givenEnvironment(text, flagsFor(text))));
  const environments = given.map(({ name }) => name);
  requireOneName(texts, environments);
  const runs = planRuns({
    environments,
    modules: new Set(given.filter(({ source }) => typeof source === 'object').map(({ name }) => name)),
    settings: parseSettings(values.algorithms),
    seeds: parseSeeds(values.seeds ?? DEFAULT_SEEDS),
    common,
  });
  return runs.map((run) => {
    const index = environments.indexOf(run.environment);
    const { source } = given[index];
    const folder = nodePlatform.joinPath(output, 'runs', ...run.folder);
    return {
      run,
      folder,
      environment: { text: texts[index], flags: gymnasiumArguments(flagsFor(texts[index])), source },
    };
  });
}

/** Throws OptionError where two modules have one name: their runs could not be told apart. */
function requireOneName(texts: readonly string[], names: readonly string[]): void {
  const twin = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twin < 0) return;
  const first = texts[names.indexOf(names[twin])];
  if (first === texts[twin]) return;
  throw new OptionError(
    `--environments: ${first} and ${texts[twin]} are both named ${names[twin]}; rename one of the files, or give two comparisons`,
  );
}

function describe({ rows, evaluatedReturn }: ComparedRun): string {
  const mean = rows.at(-1)?.['rollout/ep_rew_mean'];
  const training = typeof mean === 'number' ? `mean return ${mean.toFixed(2)}` : 'no episode ended';
  return evaluatedReturn === undefined ? training : `${training}, evaluated ${evaluatedReturn.toFixed(2)}`;
}

async function writeReport(
  context: CommandContext,
  values: Values,
  output: string,
  runs: readonly ComparedRun[],
): Promise<void> {
  const summary = summarize(runs);
  const charts = comparisonCharts(runs, summary);
  const plots = nodePlatform.joinPath(output, 'plots');
  await nodePlatform.makeDirectory(plots);
  for (const { fileName, curves, options } of charts) {
    if (curves.every(({ points }) => points.length === 0)) continue;
    const path = nodePlatform.joinPath(plots, fileName);
    await nodePlatform.replaceFile(`${path}.svg`, lineChartSvg(curves, options));
    await nodePlatform.replaceFile(`${path}.png`, await lineChartPng(curves, options));
  }
  const report = nodePlatform.joinPath(output, 'report.html');
  await nodePlatform.replaceFile(report, reportHtml(summary, runs, charts));
  if (values.json) {
    context.write(`${JSON.stringify({ report, ...summary })}\n`);
    return;
  }
  context.write(`\n${reportText(summary)}\nwrote ${report} and ${plots}\n`);
}
