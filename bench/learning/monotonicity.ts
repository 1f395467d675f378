import type { BenchContext } from '../report/section.js';
import { meanOf } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import { askedTasks, type LearningRun, learningRuns } from './learningRuns.js';
import { TASKS, TIMESTEPS } from './robots.js';
import { EPISODES } from './trainAndEvaluate.js';

/**
 * How often the return falls while MuJoCo's tasks are learned: TRPO beside the vanilla policy gradient, whose steps are as long
 * but go along the gradient, unchecked. Seed 0 alone unless `--seeds` asks for more; shares `--results` with robots.
 */
export async function monotonicity(context: BenchContext): Promise<Table[]> {
  const seeds = context.seeds ?? [0];
  const rows: Row[] = [];
  for (const task of askedTasks(context, TASKS)) {
    const trpo = await learningRuns(context, task, seeds);
    const vpg = await learningRuns(context, task, seeds, { algorithm: 'vpg' });
    rows.push({
      environment: task.environment,
      'TRPO: updates that lost 10 %': percentOfDrops(trpo),
      'VPG: updates that lost 10 %': percentOfDrops(vpg),
      'TRPO: return': returnOf(trpo),
      'VPG: return': returnOf(vpg),
    });
  }
  return [
    {
      title: `Monotonicity: ${TIMESTEPS.toLocaleString('en-US')} steps, seeds ${seeds.join(', ')}`,
      notes: [
        'updates that lost 10 %: the mean return of the ten iterations after was that much below the ten up to it',
        'VPG: vanilla policy gradient; each step has the Euclidean length of the full TRPO step; all else as for TRPO',
        `return: deterministic evaluation over ${EPISODES} episodes`,
      ],
      rows,
    },
  ];
}

/** Mean over runs, such as "4.2 %". */
function percentOfDrops(runs: readonly LearningRun[]): string {
  const fractions = runs.flatMap(({ drops }) => drops ?? []);
  return fractions.length === 0 ? '-' : `${(100 * meanOf(fractions)).toFixed(1)} %`;
}

function returnOf(runs: readonly LearningRun[]): string {
  return meanOf(runs.map(({ meanReturn }) => meanReturn)).toFixed(1);
}
