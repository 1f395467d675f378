import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import { pairTimes } from './measure.js';
import { Problem } from './problem.js';
import { describeWorkload, WORKLOADS } from './workloads.js';

const VALUE_EPOCHS = 10;
/** W4 takes seconds an update, and its share is the smallest. */
const MEASURED = WORKLOADS.filter(({ name }) => name !== 'W4');
const SAMPLES = { samples: 5, sampleMs: 20 };

/** What the figures of health cost, beside the update that they are about. */
export function health({ module, progress }: BenchContext): Table[] {
  const rows = MEASURED.map((workload): Row => {
    progress(workload.name);
    const problem = new Problem(module, workload, workload.rows);
    const { engine, batch, batchHealth, updateHealth } = problem;
    const { solution, ...rest } = problem.updatePolicy();
    const update = { ...rest, conjugateGradient: solution };
    const times = pairTimes(
      {
        name: 'figures',
        run: () => {
          const { figures } = updateHealth.observe(() => update);
          const { rewardStd } = batchHealth.measure(1);
          const largest = engine.kernels.largestMagnitudeOf(batch.layout.advantages, batch.layout.rows);
          if (
            !(figures.gradientNorm > 0 && figures.inactive[0].share === 0 && rewardStd === 0 && largest > 0)
          ) {
            throw new Error(`${workload.name}: the figures are not those of the batch`);
          }
        },
      },
      {
        name: 'update',
        prepare: () => problem.resetValue(),
        run: () => {
          problem.updatePolicy();
          problem.fitValue(VALUE_EPOCHS);
        },
      },
      SAMPLES,
    );
    return {
      workload: `${workload.name}: ${describeWorkload(workload)}`,
      'figures ms': times.firstMs,
      'update ms': times.secondMs,
      'share %': 100 * times.ratio,
    };
  });
  const notes = [
    'figures: inactive units, lengths of gradient and step, KL over its model, rewards, clipped actions, advantages.',
    'update: gradient, ten products, line search, ten epochs of Adam, one thread; a rollout would make the share smaller.',
    'The entropy of the new policy is part of an evaluation in the line search and so of the update.',
  ];
  return [{ title: 'Health of an update', notes, rows }];
}
