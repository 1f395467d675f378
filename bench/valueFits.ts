import { TASKS } from './learning.js';
import { median } from './measure.js';
import type { BenchContext } from './section.js';
import type { Row, Table } from './table.js';
import { EPISODES, meanOf, type Outcome, trainAndEvaluate, withStandardError } from './trainAndEvaluate.js';

const SEEDS = [0, 1, 2, 3, 4];
const OPTIMIZERS = ['adam', 'gaussNewton'] as const;

/** What the two ways to fit the value function do for learning, each with its default options. */
export async function valueFits({ module, progress }: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const task of TASKS) {
    const outcomes = OPTIMIZERS.map((): Outcome[] => []);
    for (const seed of SEEDS) {
      // in turn, so that a slow spell of the machine falls on both
      for (const [i, valueOptimizer] of OPTIMIZERS.entries()) {
        progress(`${task.environment}, ${valueOptimizer}, seed ${seed}`);
        outcomes[i].push(await trainAndEvaluate(module, task, { seed, valueOptimizer }));
      }
    }
    OPTIMIZERS.forEach((optimizer, i) => {
      rows.push({ environment: task.environment, 'value optimizer': optimizer, ...summaryOf(outcomes[i]) });
    });
  }
  return [
    {
      title: `Value fits: deterministic evaluation over ${EPISODES} episodes, seeds ${SEEDS.join(', ')}`,
      notes: [
        'training: the mean return that progress shows, averaged over iterations: higher is learned sooner',
        'value loss: median over iterations of after / before; update: median milliseconds of a whole update',
      ],
      rows,
    },
  ];
}

function summaryOf(outcomes: readonly Outcome[]): Row {
  const returns = outcomes.map(({ meanReturn }) => meanReturn);
  const reports = outcomes.flatMap((outcome) => outcome.reports);
  const early = reports.filter(({ valueFit }) => valueFit.reason !== 'fitted').length;
  return {
    'each seed': returns.map((value) => value.toFixed(1)).join(' '),
    'mean +- standard error': withStandardError(returns),
    training: meanOf(outcomes.map(({ meanTrainingReturn }) => meanTrainingReturn)).toFixed(1),
    'value loss': median(reports.map(({ valueFit }) => valueFit.lossAfter / valueFit.lossBefore)).toFixed(3),
    'ended early': `${early} of ${reports.length}`,
    'update, ms': median(reports.map(({ updateMs }) => updateMs)),
  };
}
