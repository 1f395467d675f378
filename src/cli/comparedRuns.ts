import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { differingOptions, type PlannedRun } from '../compare/plan.js';
import type { ComparedRun } from '../compare/summary.js';
import { FileError, PlatformError } from '../errors.js';
import type { EvaluationReport } from '../evaluation/evaluate.js';
import { isCounter, isObject, parseJson, type Refuse } from '../files/json.js';
import { parseRow } from '../logging/progressFile.js';
import { progressKey } from '../logging/sink.js';
import { nodePlatform } from '../platform/node.js';
import { RunDirectory } from '../run/runDirectory.js';
import { moduleOfRun } from '../run/runEnvironment.js';
import type { TrpoOptions } from '../training/options.js';
import type { EnvironmentSource } from '../vector/givenSource.js';

/** What an evaluation of the last policy left beside the run's own files. */
export const EVALUATION_FILE = 'evaluation.json';
/** Returns and lengths of many episodes. */
const EVALUATION_LIMITS = { depth: 3, marks: 1_000_000 };
/** Enough for the last row of progress. */
const TAIL_BYTES = 65536;
/** Lines of a failed run's errors that are shown. */
const ERROR_LINES = 3;

/** A planned run and the folder it is in. */
export interface Job {
  readonly run: PlannedRun;
  readonly folder: string;
  /** As it was given, for the process of the run, and what that means. */
  readonly environment: {
    readonly text: string;
    readonly flags: readonly string[];
    readonly source: EnvironmentSource;
  };
}

export interface JobSettings {
  readonly threads: number;
  /** Episodes of the evaluation that follows a run; 0 for none. */
  readonly episodes: number;
  readonly signal: AbortSignal;
}

/** The program that this process runs, which runs every run too. */
const PROGRAM = process.argv[1];

/** Environment steps that the run in a folder has made, by its last row; 0 before the first. */
export async function stepsMade(folder: string): Promise<number> {
  const path = nodePlatform.joinPath(folder, 'progress.jsonl');
  if (!(await nodePlatform.exists(path))) return 0;
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.min(size, TAIL_BYTES));
    await handle.read(bytes, 0, bytes.length, size - bytes.length);
    // a row may be just under way: only whole lines count
    const newline = '\n'.charCodeAt(0);
    const end = bytes.lastIndexOf(newline);
    return end === -1 ? 0 : stepsOf(bytes.subarray(bytes.lastIndexOf(newline, end - 1) + 1, end), path);
  } finally {
    await handle.close();
  }
}

function stepsOf(line: Uint8Array, path: string): number {
  let fault = `it has no ${progressKey.totalTimesteps}`;
  try {
    const steps = parseRow(line)[progressKey.totalTimesteps];
    if (isCounter(steps)) return steps;
  } catch (cause) {
    fault = (cause as Error).message;
  }
  throw new FileError(
    `${path}: its last line is no progress row: ${fault}; the file is altered: restore a copy, or delete the line`,
  );
}

/** Whether nothing is left to do. Throws FileError when the folder holds a run with other options. */
export async function isDone({ run, folder, environment }: Job, episodes: number): Promise<boolean> {
  if (!(await holdsRun(folder))) return false;
  const { config } = await RunDirectory.open(nodePlatform, folder);
  const differing = differingOptions(config.options, run.options, ['timesteps']);
  if (differing.length > 0 || config.options.timesteps > run.options.timesteps) {
    const name = differing[0] ?? 'timesteps';
    throw new FileError(
      `${folder} holds a run with ${name} = ${config.options[name]}, this comparison asks for ${run.options[name]}; give another --output, or the old options`,
    );
  }
  const [had, asked] = [config.environmentModule, moduleOfRun(nodePlatform, folder, environment.source)];
  if (JSON.stringify(had) !== JSON.stringify(asked)) {
    throw new FileError(
      `${folder} holds a run on the module ${had?.path ?? 'none'}, this comparison asks for ${asked?.path ?? 'none'}, seen from there; give another --output, or put the module back`,
    );
  }
  if ((await stepsMade(folder)) < run.options.timesteps) return false;
  return episodes === 0 || (await readEvaluation(folder))?.episodes === episodes;
}

/**
 * Trains the run to its end, from where its folder stands, and evaluates it. Throws PlatformError when it fails,
 * OwnershipError when another process has the run.
 */
export async function runJob({ run, folder, environment }: Job, settings: JobSettings): Promise<void> {
  const { threads, episodes, signal } = settings;
  if ((await stepsMade(folder)) < run.options.timesteps) {
    const what = (await holdsRun(folder))
      ? ['--resume', folder, '--timesteps', String(run.options.timesteps)]
      : [environment.text, ...environment.flags, '--run-directory', folder, ...assignments(run.given)];
    await runProgram(['train', ...what, '--threads', String(threads), '--quiet'], signal);
  }
  if (episodes === 0 || signal.aborted) return;
  const directory = await RunDirectory.claim(nodePlatform, folder);
  await directory.whileOwned(async () => {
    const report = await runProgram(['evaluate', folder, '--episodes', String(episodes), '--json'], signal);
    if (!signal.aborted) await directory.saveBeside(EVALUATION_FILE, report);
  });
}

/** A run as read from its folder. */
export async function readRun(folder: string, algorithm?: string): Promise<ComparedRun> {
  const directory = await RunDirectory.open(nodePlatform, folder);
  const { environment, options } = directory.config;
  return {
    environment,
    algorithm: algorithm ?? options.algorithm,
    options,
    rows: await directory.readRows(),
    evaluatedReturn: (await readEvaluation(folder))?.meanReturn,
  };
}

async function holdsRun(folder: string): Promise<boolean> {
  return nodePlatform.exists(nodePlatform.joinPath(folder, 'config.json'));
}

/** What an evaluation of a run's last policy left in its folder; undefined without one. */
export async function readEvaluation(folder: string): Promise<EvaluationReport | undefined> {
  const path = nodePlatform.joinPath(folder, EVALUATION_FILE);
  if (!(await nodePlatform.exists(path))) return undefined;
  const refuse: Refuse = (fault) => {
    throw new FileError(`${path} is no evaluation: ${fault}; it is damaged, delete it to evaluate again`);
  };
  const report = parseJson(await nodePlatform.readTextFile(path), 'it', EVALUATION_LIMITS, refuse);
  if (!isObject(report) || typeof report.meanReturn !== 'number' || !isCounter(report.episodes)) {
    return refuse('it has no meanReturn or no episodes');
  }
  return report as unknown as EvaluationReport;
}

function assignments(given: Partial<TrpoOptions>): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.join(',') || 'none' : String(value);
    return ['--set', `${name}=${text}`];
  });
}

/**
 * Runs a command of this program in a process of its own and returns its standard output; when the signal aborts, the
 * process is asked to save and stop, and what it wrote is returned all the same.
 */
function runProgram(args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    // a process group of its own: Ctrl-C in the terminal would reach it beside the request to stop, and two of them kill.
    // It has the loaders of this process, such as tsx. The channel closes when this process ends; the child then stops instead of writing on unattended
    const child = spawn(process.execPath, [...process.execArgv, PROGRAM, ...args], {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    let errors = '';
    child.stdout!.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    const stop = () => child.kill('SIGINT');
    signal.addEventListener('abort', stop);
    child.on('error', (cause) => reject(cannotStart(cause)));
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      if (code === 0 || signal.aborted) resolve(output);
      else reject(new PlatformError(failureOf(args, errors, killedBy ?? `exit code ${code}`)));
    });
  });
}

function cannotStart(cause: Error): PlatformError {
  return new PlatformError(`A process for a run cannot be started: ${cause.message}`, { cause });
}

function failureOf(args: readonly string[], errors: string, end: string): string {
  const shown = errors
    .trim()
    .split('\n')
    .slice(-ERROR_LINES)
    .join('; ')
    .replace(/^trpo: /, '');
  return `${shown || `ended by ${end}`} (trpo ${args.slice(0, 2).join(' ')})`;
}
