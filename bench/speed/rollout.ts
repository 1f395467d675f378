import { environmentList } from '../../src/environments/index.js';
import { Trainer } from '../../src/training/trainer.js';
import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';

const ROWS = 2048;
const WARM_UP = 3;
const ITERATIONS = 10;

/** Steps per second of collection (environment and policy) and of the whole iteration, one thread. */
export async function rollout({ module, progress }: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const { id } of environmentList) {
    for (const environments of [1, 8]) {
      progress(`${id}, ${environments} environments`);
      const { steps, collectMs, updateMs } = await iterationMilliseconds(module, id, environments);
      rows.push({
        environment: id,
        environments,
        'collected steps/s': perSecond(steps, collectMs),
        'trained steps/s': perSecond(steps, collectMs + updateMs),
        'share of collection': `${((100 * collectMs) / (collectMs + updateMs)).toFixed(0)} %`,
      });
    }
  }
  return [
    {
      title: 'Rollouts: steps per second',
      notes: [
        "64-64 networks, 2,048 steps an iteration, the environment's tuned options; medians over iterations",
        'verified: every update is accepted and the ratio at theta_old is exactly 1',
      ],
      rows,
    },
  ];
}

function perSecond(steps: number, ms: number): string {
  return Math.round((1000 * steps) / ms).toLocaleString('en-US');
}

/** Median times of a training iteration of 2,048 rows on an environment. */
async function iterationMilliseconds(
  module: WebAssembly.Module,
  environment: string,
  environments: number,
): Promise<{ steps: number; collectMs: number; updateMs: number }> {
  const trainer = await Trainer.create(
    { module, variant: 'bench', yieldToEventLoop: async () => {} },
    { environment, environments, steps: ROWS / environments, timesteps: ROWS * (WARM_UP + ITERATIONS) },
  );
  const collect: number[] = [];
  const update: number[] = [];
  for await (const { iteration, report } of trainer.iterations()) {
    if (!report.step.accepted || report.largestRatioError !== 0) {
      throw new Error(`${environment}: iteration ${iteration} is not sound (${report.step.reason})`);
    }
    if (iteration <= WARM_UP) continue;
    collect.push(report.collectMs);
    update.push(report.updateMs);
  }
  return { steps: ROWS, collectMs: median(collect), updateMs: median(update) };
}
