import { environmentList } from '../src/environments/index.js';
import { iterationMilliseconds } from './iterationTimes.js';
import type { BenchContext } from './section.js';
import type { Row, Table } from './table.js';

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
