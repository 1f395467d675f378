import type { IterationReport } from '../../src/training/iterationParts.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerRuntime } from '../../src/training/training.js';
import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import { type Case, type PairTimes, pairTimes } from './measure.js';
import { DAMPING, Problem } from './problem.js';
import { verifyWorkload } from './verify.js';
import { describeWorkload, WORKLOADS, type Workload } from './workloads.js';

const VALUE_EPOCHS = 10;
const ENVIRONMENTS = 8;
const ITERATIONS = 15;
/** Each worker compiles its environments for itself, a second time once they have run for long. */
const WARM_UP_MS = 3000;
/** Workers are threads of their own: until they run, only the caller works. */
export const START_MS = 500;

/** Those that rolloutTasks.ts has tasks for; W4 takes minutes. */
const COMPARED = ['W1', 'W2', 'W3'];

/** Update, value fit and rollout with one thread and with several, in turn; their results must be the same bits. */
export async function threads(context: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => COMPARED.includes(name))) {
    context.progress(`verifying ${workload.name}`);
    verifyWorkload(context.module, workload);
    const problems = [
      new Problem(context.module, workload, workload.rows),
      new Problem(context.module, workload, workload.rows, context),
    ] as const;
    await new Promise((resolve) => setTimeout(resolve, START_MS));
    requireSameBits(workload, problems);
    context.progress(`timing ${workload.name}`);
    const [single, several] = problems.map(casesOf);
    single.forEach((candidate, i) => {
      rows.push(rowOf(workload, candidate.name, context, pairTimes(candidate, several[i])));
    });
    for (const problem of problems) await problem.close();
    context.progress(`rollouts of ${workload.name}`);
    rows.push(
      rowOf(workload, `rollout of ${ENVIRONMENTS} environments`, context, await rollouts(workload, context)),
    );
  }
  return [
    {
      title: `Threads: 1 and ${context.threads}`,
      notes: [
        'in turn, medians; the speed-up is the median of the ratios of neighbouring samples',
        'verified: one thread against the float64 twin, the threads bit by bit against one thread',
        "rollouts: environments with the workload's spaces that cost a sine for each number of an observation",
      ],
      rows,
    },
  ];
}

function casesOf(problem: Problem): Case[] {
  return [
    { name: 'Fisher-vector product', run: () => problem.objective.applyFisher(DAMPING) },
    { name: 'policy update', run: () => problem.updatePolicy() },
    {
      name: `value fit (${VALUE_EPOCHS} epochs, minibatch 64)`,
      prepare: () => problem.resetValue(),
      run: () => problem.fitValue(VALUE_EPOCHS),
    },
  ];
}

function rowOf(workload: Workload, name: string, { threads }: BenchContext, times: PairTimes): Row {
  return {
    workload: workload.name,
    network: describeWorkload(workload),
    case: name,
    '1 thread, ms': times.firstMs,
    [`${threads} threads, ms`]: times.secondMs,
    'speed-up': `${times.ratio.toFixed(2)} x`,
  };
}

/** Throws unless an update and a value fit of both leave the same numbers, not only nearly. */
export function requireSameBits({ name }: Workload, problems: readonly Problem[]): void {
  const [single, several] = problems.map((problem) => {
    const update = problem.updatePolicy();
    const { candidate, direction, product } = problem.objective;
    problem.objective.applyFisher(DAMPING);
    problem.resetValue();
    const fit = problem.fitValue(1);
    return {
      reports: [update, fit],
      numbers: [candidate, direction, product, problem.value.state.parameters],
    };
  });
  const same =
    JSON.stringify(single.reports) === JSON.stringify(several.reports) &&
    single.numbers.every((vector, i) => Buffer.compare(bytesOf(vector), bytesOf(several.numbers[i])) === 0);
  if (!same) throw new Error(`${name}: threads change the result; not timed`);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Milliseconds that the batches of two trainings take, one with one thread. */
async function rollouts(workload: Workload, context: BenchContext): Promise<PairTimes> {
  const source = { module: new URL('./rolloutTasks.mjs', import.meta.url).href, export: workload.name };
  const options = {
    environment: source,
    environmentName: workload.name,
    environments: ENVIRONMENTS,
    steps: Math.ceil(workload.rows / ENVIRONMENTS),
    hiddenSizes: [...workload.hiddenSizes],
    valueHiddenSizes: [...workload.hiddenSizes],
    valueEpochs: 1,
    timesteps: 1e12,
  };
  const [collecting] = await iterationTimes(context, options, ITERATIONS, ({ collectMs }) => [collectMs]);
  return collecting;
}

/** Milliseconds of parts of the iterations of two trainings, one with one thread; throws unless they end with the same bits. */
export async function iterationTimes(
  { module, threading, threads }: BenchContext,
  options: Parameters<typeof Trainer.create>[1],
  iterations: number,
  msOf: (report: IterationReport) => number[],
): Promise<PairTimes[]> {
  const runtime: TrainerRuntime = { module, variant: 'bench', yieldToEventLoop: async () => {}, threading };
  const trainers = await Promise.all(
    [1, threads].map((count) => Trainer.create(runtime, { ...options, threads: count })),
  );
  const runs = trainers.map((trainer) => trainer.iterations());
  const iterate = async (i: number) => msOf((await runs[i].next()).value!.report);
  const started = performance.now();
  while (performance.now() - started < WARM_UP_MS) for (const i of [0, 1]) await iterate(i);
  const times: number[][][] = [[], []];
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (const i of iteration % 2 === 0 ? [0, 1] : [1, 0]) times[i].push(await iterate(i));
  }
  const [single, several] = trainers.map((trainer) => trainer.encodeCheckpoint());
  for (const trainer of trainers) await trainer.close();
  if (Buffer.compare(single, several) !== 0)
    throw new Error(`${options.environmentName ?? options.environment}: threads change the results`);
  return times[0][0].map((_, part) => {
    const [first, second] = times.map((iterations) => iterations.map((ms) => ms[part]));
    return {
      firstMs: median(first),
      secondMs: median(second),
      ratio: median(first.map((ms, i) => ms / second[i])),
    };
  });
}
