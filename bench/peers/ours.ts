import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { makeEnvironment } from '../../src/environments/index.js';
import { evaluate } from '../../src/trpo/evaluate.js';
import type { TrpoOptions } from '../../src/trpo/options.js';
import { Trainer } from '../../src/trpo/train.js';
import { compileKernels } from '../../src/wasm/load.js';
import { DAMPING, Problem } from '../problem.js';
import { verifyWorkload } from '../verify.js';
import { WORKLOADS, type Workload } from '../workloads.js';

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

/**
 * The one place that knows about threads: everything that needs an engine is made here, and `threads` says how many it
 * works with.
 */
function createEngines(module: WebAssembly.Module, variant: string, _requestedThreads: number) {
  return {
    threads: 1,
    problem: (workload: Workload) => new Problem(module, workload, workload.rows),
    trainer: ({ environment, timesteps, seed, options }: TrainTask) =>
      new Trainer({ module, variant, breathe: async () => {} }, { ...options, environment, timesteps, seed }),
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
// this file runs as build/bench/peers.mjs, see run.mjs
const module = await compileKernels(
  await readFile(new URL(`../wasm/${given.variant}.wasm`, import.meta.url)),
);
let engines: ReturnType<typeof createEngines>;
const runners = new Map<string, Record<string, CaseRunner>>();

function prepare({ workloads, threads, settings }: PrepareTask) {
  engines = createEngines(module, given.variant, threads);
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
    verifyWorkload(module, workload);
    const ofWorkload = caseRunners(engines.problem(workload), settings);
    runners.set(workload.name, ofWorkload);
    cases[workload.name] = Object.keys(ofWorkload);
  }
  return {
    name: `ours (${given.variant}, Node ${process.versions.node.split('.')[0]})`,
    versions: { node: process.version, wasm: given.variant },
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
  const trainer = engines.trainer(task);
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

function answer(task: PrepareTask | RunTask | TrainTask): object | Promise<object> {
  switch (task.task) {
    case 'prepare':
      return prepare(task);
    case 'run':
      return sample(runners.get(task.workload)![task.case], task.sampleMs);
    case 'train':
      return train(task);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`);
  }
}
