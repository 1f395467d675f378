import { expect, test } from 'vitest';
import { train } from '../../src/node.js';
import { AIM_TASKS, aim } from '../support/aim.js';

// no tuning saw them
const SEEDS = [20, 21, 22, 23, 24];

test.each(AIM_TASKS)(
  'actions within $low and $high are learned to within 2 % of the best, with the defaults',
  { timeout: 300_000 },
  async (task) => {
    for (const seed of SEEDS) {
      const { trainer } = await train({ environment: () => aim(task), seed, threads: 1 });
      const action = trainer.policy.act([0.5], { deterministic: true }) as number[];
      task.best.forEach((best, i) => {
        expect(Math.abs(action[i] - best), `seed ${seed}, action[${i}] = ${action[i]}`).toBeLessThan(
          0.02 * Math.abs(best),
        );
      });
    }
  },
);
