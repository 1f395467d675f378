import { appendFile } from 'node:fs/promises';
import {
  EVALUATION_FILE,
  isDone,
  type Job,
  readEvaluation,
  readRun,
  stepsMade,
} from '../../src/cli/comparedRuns.js';
import type { PlannedRun } from '../../src/compare/plan.js';
import type { ComparedRun } from '../../src/compare/summary.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { type EvaluationReport, evaluate } from '../../src/evaluation/evaluate.js';
import { type LogSink, type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { nodePlatform } from '../../src/platform/node.js';
import { loadPolicy } from '../../src/run/policies.js';
import { resume } from '../../src/run/resume.js';
import { train } from '../../src/run/train.js';
import type { BenchContext } from '../report/section.js';

/** JSON Lines beside the run's own files: what each iteration took of the processor. */
const CPU_FILE = 'cpu.jsonl';
const MICROSECONDS = 1e6;

/** Of an evaluation. */
export const EPISODES = 20;

/** A finished run as read from its folder. */
export interface FinishedRun extends ComparedRun {
  readonly evaluation: EvaluationReport;
  /** Processor seconds up to each row; the clock would also count what other programs took of the machine. */
  readonly cpuSeconds: readonly number[];
}

interface CpuLine {
  readonly timesteps: number;
  /** Of this iteration alone. */
  readonly seconds: number;
}

/**
 * The planned runs, each in a folder beneath `results`: one after the other, strict kernels, one thread, the last policy
 * evaluated. Finished runs are taken as they are, an interrupted one goes on where it stopped.
 */
export async function runsInFolders(
  context: BenchContext,
  results: string,
  plan: readonly PlannedRun[],
): Promise<FinishedRun[]> {
  const runs: FinishedRun[] = [];
  for (const run of plan) {
    const job = {
      run,
      folder: nodePlatform.joinPath(results, 'runs', ...run.folder),
      environment: { text: run.environment, flags: [], source: run.environment },
    };
    if (!(await isDone(job, EPISODES))) {
      context.progress(`${run.environment}, ${run.algorithm}, seed ${run.options.seed}`);
      await finishRun(job);
    }
    const finished = await readRun(job.folder, run.algorithm);
    const evaluation = (await readEvaluation(job.folder))!;
    const cpuSeconds = await readCpuSeconds(job.folder, finished.rows);
    runs.push({ ...finished, evaluation, cpuSeconds });
  }
  return runs;
}

async function finishRun({ run, folder }: Job): Promise<void> {
  const { environment, options } = run;
  const { timesteps } = options;
  if ((await stepsMade(folder)) < timesteps) {
    const common = { runDirectory: folder, threads: 1, sinks: [new CpuSink(folder)] };
    const hasBegun = await nodePlatform.exists(nodePlatform.joinPath(folder, 'config.json'));
    if (hasBegun) await resume(nodePlatform, { ...common, timesteps });
    else await train(nodePlatform, { ...options, ...common, environment, reproducible: true });
  }
  const policy = await loadPolicy(nodePlatform, folder, { reproducible: true });
  const report = await evaluate(policy, makeEnvironment(environment), { episodes: EPISODES });
  await nodePlatform.replaceFile(
    nodePlatform.joinPath(folder, EVALUATION_FILE),
    `${JSON.stringify(report)}\n`,
  );
}

/** Notes the processor time of each iteration. */
class CpuSink implements LogSink {
  private last = process.cpuUsage();

  constructor(private readonly folder: string) {}

  async write(row: ProgressRow): Promise<void> {
    const { user, system } = process.cpuUsage(this.last);
    this.last = process.cpuUsage();
    const line: CpuLine = {
      timesteps: Number(row[progressKey.totalTimesteps]),
      seconds: (user + system) / MICROSECONDS,
    };
    await appendFile(nodePlatform.joinPath(this.folder, CPU_FILE), `${JSON.stringify(line)}\n`);
  }
}

async function readCpuSeconds(folder: string, rows: readonly ProgressRow[]): Promise<number[]> {
  const text = await nodePlatform.readTextFile(nodePlatform.joinPath(folder, CPU_FILE));
  // an iteration that was made twice, because its checkpoint was lost, counts once
  const spent = new Map<number, number>();
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const { timesteps, seconds } = JSON.parse(line) as CpuLine;
    spent.set(timesteps, seconds);
  }
  let sum = 0;
  return rows.map((row) => {
    sum += spent.get(Number(row[progressKey.totalTimesteps])) ?? 0;
    return sum;
  });
}
