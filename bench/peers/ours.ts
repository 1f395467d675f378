import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { makeEnvironment } from '../../src/environments/index.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { nodePlatform } from '../../src/platform/node.js';
import type { TrpoOptions } from '../../src/training/options.js';
import { Trainer } from '../../src/training/trainer.js';
import { compileKernels } from '../../src/wasm/load.js';
import { kernelFile, supportsVariant, VARIANTS, type Variant } from '../../src/wasm/variant.js';
import { DAMPING, Problem, type ProblemThreads } from '../speed/problem.js';
import { requireSameBits, START_MS } from '../speed/threads.js';
import { verifyWorkload } from '../speed/verify.js';
import { WORKLOADS, type Workload } from '../speed/workloads.js';

/** Our side of the comparison: a participant (see participant.mjs) on one build of the kernels. */

interface PrepareTask {
  readonly task: 'prepare';
  readonly workloads: readonly string[];
  readonly threads: number;
  readonly settings: { readonly valueEpochs: number; readonly valueMinibatch: number };
}

interface RunTask {
  readonly task: 'run';
  readonly workload: string;
  readonly case: string;
  /** Least time of the repetitions whose mean is the answer. */
  readonly sampleMs: number;
}

interface TrainTask {
  readonly task: 'train';
  readonly environment: string;
  readonly timesteps: number;
  readonly seed: number;
  readonly evaluationEpisodes: number;
  readonly options: Partial<TrpoOptions>;
}

/** One repetition: what it took, and how much work it was. */
interface Repetition {
  readonly ms: number;
  readonly products?: number;
  readonly trials?: number;
}

type CaseRunner = () => Repetition;

/** One build of the kernels, for one thread and for several. */
interface Kernels {
  readonly variant: Variant;
  readonly module: WebAssembly.Module;
  readonly threading: ProblemThreads['threading'];
}

/** Processor time of all threads of this process so far. */
interface CpuTask {
  readonly task: 'cpu';
}

/** Makes everything that needs an engine, with the given number of threads. */
function createEngines({ module, threading, variant }: Kernels, threads: number) {
  return {
    threads,
    problem: (workload: Workload) => new Problem(module, workload, workload.rows, { threads, threading }),
    trainer: ({ environment, timesteps, seed, options }: TrainTask) =>
      Trainer.create(
        { module, variant, threading, yieldToEventLoop: async () => {} },
        { ...options, environment, timesteps, seed, threads },
      ),
  };
}

function caseRunners(problem: Problem, settings: PrepareTask['settings']): Record<string, CaseRunner> {
  const updatePolicy = () => {
    const started = performance.now();
    const { solution, step } = problem.updatePolicy();
    const ms = performance.now() - started;
    if (!step.accepted) throw new Error(`the line search ended with "${step.reason}"`);
    return { ms, products: solution.iterations, trials: step.backtracks + 1 };
  };
  // the update leaves a direction to multiply with
  updatePolicy();
  const applyFisher = () => {
    const started = performance.now();
    problem.objective.applyFisher(DAMPING);
    return { ms: performance.now() - started, products: 1 };
  };
  return {
    fisher: applyFisher,
    // what a peer's detour to the same product is compared with
    fisherTwice: applyFisher,
    update: updatePolicy,
    // our ten iterations take ten products
    updateSameProducts: updatePolicy,
    valueFit: () => {
      problem.resetValue();
      const started = performance.now();
      const { lossBefore, lossAfter } = problem.fitValue(settings.valueEpochs, settings.valueMinibatch);
      const ms = performance.now() - started;
      if (!(lossAfter < lossBefore)) throw new Error(`the value fit went from ${lossBefore} to ${lossAfter}`);
      return { ms };
    },
  };
}

function sample(run: CaseRunner, sampleMs: number): Repetition & { readonly runs: number } {
  let total = 0;
  let runs = 0;
  let last: Repetition;
  do {
    last = run();
    total += last.ms;
    runs++;
  } while (total < sampleMs);
  return { ...last, ms: total / runs, runs };
}

const { values: given } = parseArgs({
  options: { variant: { type: 'string', default: 'simd' } },
});
const kernels = await loadKernels(given.variant);
let engines: ReturnType<typeof createEngines>;
const problems: Problem[] = [];
const runners = new Map<string, Record<string, CaseRunner>>();

async function loadKernels(name: string): Promise<Kernels> {
  const variant = VARIANTS.find((known) => known === name);
  if (variant === undefined || !supportsVariant(variant)) {
    const runnable = VARIANTS.filter(supportsVariant).join(', ');
    throw new Error(`${process.version} runs no build "${name}"; it runs ${runnable}`);
  }
  const load = async (shared: boolean) =>
    compileKernels(await nodePlatform.readKernels(kernelFile(variant, shared)));
  return {
    variant,
    module: await load(false),
    threading: { ...nodePlatform.threading!, module: await load(true) },
  };
}

async function prepare({ workloads, threads, settings }: PrepareTask) {
  engines = createEngines(kernels, threads);
  const chosen = workloads.map((name) => {
    const workload = WORKLOADS.find((candidate) => candidate.name === name);
    if (workload === undefined) {
      throw new Error(
        `there is no workload "${name}"; they are ${WORKLOADS.map((known) => known.name).join(', ')}`,
      );
    }
    return workload;
  });
  const cases: Record<string, string[]> = {};
  for (const workload of chosen) {
    verifyWorkload(kernels.module, workload);
    const problem = engines.problem(workload);
    problems.push(problem);
    if (threads > 1) {
      // until the others run, the calling thread does all the work, and nothing would be compared
      await new Promise((resolve) => setTimeout(resolve, START_MS));
      requireSameBits(workload, [new Problem(kernels.module, workload, workload.rows), problem]);
    }
    const ofWorkload = caseRunners(problem, settings);
    runners.set(workload.name, ofWorkload);
    cases[workload.name] = Object.keys(ofWorkload);
  }
  return {
    name: `ours Node ${process.versions.node.split('.')[0]} ${kernels.variant}`,
    versions: { node: process.version, wasm: kernels.variant },
    threads: engines.threads,
    cases: { ...cases, training: ['cartPole'] },
    workloads: chosen.map(({ name, observationSize, hiddenSizes, rows, actionSpace }) => ({
      name,
      observationSize,
      hiddenSizes,
      rows,
      action:
        actionSpace.kind === 'Discrete'
          ? { kind: 'categorical', size: actionSpace.n }
          : { kind: 'gaussian', size: actionSpace.kind === 'Box' ? actionSpace.size : 0 },
    })),
  };
}

async function train(task: TrainTask) {
  const started = performance.now();
  const trainer = await engines.trainer(task);
  for await (const _ of trainer.iterations());
  const ms = performance.now() - started;
  const report = await evaluate(trainer.policy, makeEnvironment(task.environment), {
    episodes: task.evaluationEpisodes,
  });
  await trainer.close();
  return {
    ms,
    steps: trainer.totalTimesteps,
    meanReturn: trainer.meanReturn,
    evaluatedReturn: report.meanReturn,
  };
}

function answer(task: PrepareTask | RunTask | TrainTask | CpuTask): object | Promise<object> {
  switch (task.task) {
    case 'prepare':
      return prepare(task);
    case 'run':
      return sample(runners.get(task.workload)![task.case], task.sampleMs);
    case 'train':
      return train(task);
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return { ms: (user + system) / 1000 };
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`);
  }
}
for (const problem of problems) await problem.close();
