import type { Environment } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import type { GivenOptions } from '../../src/training/options.js';
import { Trainer } from '../../src/training/trainer.js';
import { AIM_TASKS, type AimTask, aim } from '../../test/support/aim.js';
import type { BenchContext } from '../report/section.js';
import { meanOf } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';

// no tuning saw them
const SEEDS = [20, 21, 22, 23, 24];
const EPISODES = 100;

interface UnitsTask {
  readonly name: string;
  readonly bounds: string;
  readonly environment: string | (() => Environment);
  /** Over the tuned ones, which the tasks of our own have not. */
  readonly options: GivenOptions;
  readonly figureOf: (policy: Trainer['policy']) => Promise<number> | number;
  readonly unit: string;
}

/** Wide bounds that say nothing of the actions that matter, which are of order 1. */
const LOOSE: AimTask = { low: [-1000], high: [1000], best: [3], scale: [10] };

const TASKS: readonly UnitsTask[] = [
  ...[...AIM_TASKS, LOOSE].map(aimTask),
  ...[{}, { initialLogStd: 0 }].map((options) => knownTask('Pendulum-v1', '-2 to 2', options)),
  knownTask('MountainCarContinuous-v0', '-1 to 1', {}),
];

/**
 * Tasks whose actions have other bounds than -1 and 1, with the policy's numbers in units of half the range
 * (rescaleActions) and as the actions themselves.
 */
export async function actionUnits(context: BenchContext): Promise<Table[]> {
  const seeds = context.seeds ?? SEEDS;
  const rows: Row[] = [];
  for (const task of TASKS) {
    const figures = async (rescaleActions: boolean) => {
      const each: number[] = [];
      for (const seed of seeds) {
        context.progress(
          `${task.name}, bounds ${task.bounds}, rescaleActions=${rescaleActions}, seed ${seed}`,
        );
        each.push(await figure(context, task, { ...task.options, rescaleActions, seed }));
      }
      return `${shown(meanOf(each))} (${[...each]
        .sort((a, b) => a - b)
        .map(shown)
        .join(', ')})`;
    };
    rows.push({
      task: task.name,
      bounds: task.bounds,
      options: Object.entries(task.options)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
      figure: task.unit,
      'rescaleActions=true': await figures(true),
      'rescaleActions=false': await figures(false),
    });
  }
  return [
    {
      title: `Units of actions, seeds ${seeds.join(', ')}`,
      notes: [
        'mean, then each seed in order of size; options beside the tuned ones, or the defaults where there are none',
        `miss: of the most probable action from the best one, the largest over dimensions; return: deterministic, ${EPISODES} episodes`,
      ],
      rows,
    },
  ];
}

function aimTask(task: AimTask): UnitsTask {
  const { low, high, best } = task;
  return {
    name: 'aim',
    bounds: low.map((bound, i) => `${bound} to ${high[i]}`).join(', '),
    environment: () => aim(task),
    options: {},
    figureOf(policy) {
      const action = policy.act([0.5], { deterministic: true }) as number[];
      return Math.max(...best.map((goal, i) => (100 * Math.abs(action[i] - goal)) / Math.abs(goal)));
    },
    unit: `miss, % of ${best.join(', ')}`,
  };
}

function knownTask(name: string, bounds: string, options: GivenOptions): UnitsTask {
  return {
    ...{ name, bounds, options },
    environment: name,
    figureOf: async (policy) =>
      (await evaluate(policy, makeEnvironment(name), { episodes: EPISODES })).meanReturn,
    unit: 'return',
  };
}

async function figure(
  { module }: BenchContext,
  { environment, figureOf }: UnitsTask,
  options: GivenOptions,
): Promise<number> {
  const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
  const trainer = await Trainer.create(runtime, { environment, ...options });
  for await (const _ of trainer.iterations()) {
    // only the last policy counts
  }
  return figureOf(trainer.policy);
}

function shown(value: number): string {
  return Math.abs(value) >= 99.5 ? value.toFixed(0) : value.toPrecision(2);
}
