import { appendFile, readFile } from 'node:fs/promises';
import { fractionOfDrops } from '../../src/compare/returnDrops.js';
import { completeOptions, type TrpoOptions } from '../../src/training/options.js';
import { tunedOptions } from '../../src/training/tunedOptions.js';
import type { BenchContext } from '../report/section.js';
import { type LearningTask, trainAndEvaluate } from './trainAndEvaluate.js';

/** What is kept of one training and the evaluation of its last policy. */
export interface LearningRun {
  readonly seed: number;
  /** Of the evaluation. */
  readonly meanReturn: number;
  /** See fractionOfDrops. */
  readonly drops: number | null;
  readonly minutes: number;
}

type SeededOptions = Partial<TrpoOptions> & { readonly seed: number };

/** A line of the results file: the run, and all that decides how it goes but the code itself. */
interface StoredRun {
  readonly key: string;
  readonly run: LearningRun;
}

/**
 * The runs of a task from its tuned options with `options` over them, one for each seed: from the results file where it
 * holds them, else trained now and added to it.
 */
export async function learningRuns(
  context: BenchContext,
  task: LearningTask,
  seeds: readonly number[],
  options: Partial<TrpoOptions> = {},
): Promise<LearningRun[]> {
  const stored = await readStored(context.results);
  const runs: LearningRun[] = [];
  for (const seed of seeds) {
    const given = { ...options, seed };
    const key = keyOf(context, task, given);
    const known = stored.find((candidate) => candidate.key === key);
    if (known === undefined) context.progress(`${task.environment}, seed ${seed}`);
    const run = known?.run ?? (await runOf(context, task, given));
    runs.push(run);
    if (known === undefined && context.results !== undefined) {
      await appendFile(context.results, `${JSON.stringify({ key, run } satisfies StoredRun)}\n`);
    }
  }
  return runs;
}

/** The tasks that the context asks for. Throws when it names one that is not among them. */
export function askedTasks<Task extends LearningTask>(
  { environments }: BenchContext,
  tasks: readonly Task[],
): readonly Task[] {
  const names = tasks.map(({ environment }) => environment);
  const unknown = environments?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no task "${unknown}" here; the tasks are ${names.join(', ')}`);
  return tasks.filter(({ environment }) => environments?.includes(environment) ?? true);
}

async function runOf(
  { module }: BenchContext,
  task: LearningTask,
  given: SeededOptions,
): Promise<LearningRun> {
  const started = performance.now();
  const { meanReturn, reports } = await trainAndEvaluate(module, task, given);
  const drops = fractionOfDrops(reports.map(({ rollout }) => rollout));
  return { seed: given.seed, meanReturn, drops, minutes: (performance.now() - started) / 60_000 };
}

function keyOf(
  { variant }: BenchContext,
  { environment, timesteps }: LearningTask,
  given: SeededOptions,
): string {
  const options = completeOptions(tunedOptions[environment] ?? {}, { ...given, timesteps });
  return JSON.stringify({ environment, variant, options });
}

async function readStored(file: string | undefined): Promise<StoredRun[]> {
  if (file === undefined) return [];
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StoredRun);
}
