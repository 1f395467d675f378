import { makeEnvironment } from '../../src/environments/index.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { guardKey } from '../../src/logging/sink.js';
import { decodePolicy } from '../../src/policy/policyFile.js';
import type { TrpoOptions } from '../../src/training/options.js';
import { Trainer } from '../../src/training/trainer.js';
import { createEngine } from '../../src/wasm/load.js';
import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import { TASKS } from './learning.js';
import { askedTasks } from './learningRuns.js';
import { EPISODES, type LearningTask, trainAndEvaluate } from './trainAndEvaluate.js';

const SEEDS = [0, 1, 2, 3, 4];

/** Steps that are far too large, by four algorithms. */
const PLANTED: readonly (LearningTask & { readonly options: Partial<TrpoOptions> })[] = [
  { environment: 'CartPole-v1', timesteps: 60_000, options: { maxKl: 5 } },
  { environment: 'CartPole-v1', timesteps: 60_000, options: { algorithm: 'npg', learningRate: 30 } },
  { environment: 'CartPole-v1', timesteps: 60_000, options: { algorithm: 'vpg', learningRate: 50 } },
  { environment: 'CartPole-v1', timesteps: 60_000, options: { algorithm: 'ppo', ppoLearningRate: 0.02 } },
  { environment: 'Pendulum-v1', timesteps: 100_000, options: { algorithm: 'ppo', ppoLearningRate: 0.01 } },
];

interface GuardedOutcome {
  /** Of the best policy's evaluation, or of the last one's where no block was full. */
  readonly bestReturn: number;
  readonly rollbacks: number;
  /** Evaluation of the last policy of the same run without a guard. */
  readonly unguardedReturn: number;
}

/** What the guard does for runs that are made to collapse, and how often it disturbs healthy ones. */
export async function guard(context: BenchContext): Promise<Table[]> {
  const seeds = context.seeds ?? SEEDS;
  const rowsOf = async (runs: readonly (LearningTask & { readonly options: Partial<TrpoOptions> })[]) => {
    const rows: Row[] = [];
    for (const run of runs) rows.push(await rowOf(context, run, seeds));
    return rows;
  };
  const healthy = askedTasks(context, TASKS).map(({ environment, timesteps }) => ({
    ...{ environment, timesteps },
    options: {},
  }));
  const evaluated = `deterministic evaluation over ${EPISODES} episodes; seeds ${seeds.join(', ')}`;
  return [
    {
      title: 'Runs whose steps are far too large',
      notes: [`without: last policy; with: best policy of the guarded run; ${evaluated}`],
      rows: await rowsOf(
        PLANTED.filter(({ environment }) => context.environments?.includes(environment) ?? true),
      ),
    },
    {
      title: 'Healthy runs: tuned options',
      notes: ['as above; a run that is never rolled back learns the same bits as without a guard'],
      rows: await rowsOf(healthy),
    },
  ];
}

async function rowOf(
  context: BenchContext,
  { options, ...task }: LearningTask & { readonly options: Partial<TrpoOptions> },
  seeds: readonly number[],
): Promise<Row> {
  const outcomes: GuardedOutcome[] = [];
  for (const seed of seeds) {
    context.progress(`${task.environment}, ${JSON.stringify(options)}, seed ${seed}`);
    outcomes.push(await outcomeOf(context.module, task, { ...options, seed }));
  }
  const list = (figure: (outcome: GuardedOutcome) => number) =>
    outcomes.map((outcome) => figure(outcome).toFixed(0)).join(', ');
  return {
    run: `${task.environment} ${Object.entries(options)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`.trim(),
    without: list(({ unguardedReturn }) => unguardedReturn),
    'with the guard': list(({ bestReturn }) => bestReturn),
    rollbacks: list(({ rollbacks }) => rollbacks),
  };
}

async function outcomeOf(
  module: WebAssembly.Module,
  task: LearningTask,
  options: Partial<TrpoOptions>,
): Promise<GuardedOutcome> {
  const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
  const trainer = await Trainer.create(runtime, { ...task, ...options, guard: true });
  let rollbacks = 0;
  for await (const { row } of trainer.iterations()) rollbacks = row[guardKey.rollbacks] as number;
  const returnOf = async (policy: Trainer['policy']) =>
    (await evaluate(policy, makeEnvironment(task.environment), { episodes: EPISODES })).meanReturn;
  const best = trainer.encodeBestPolicy();
  const bestPolicy = best && decodePolicy(createEngine(module), best, 'the best policy');
  return {
    bestReturn: await returnOf(bestPolicy ?? trainer.policy),
    rollbacks,
    unguardedReturn:
      rollbacks === 0
        ? await returnOf(trainer.policy)
        : (await trainAndEvaluate(module, task, options)).meanReturn,
  };
}
