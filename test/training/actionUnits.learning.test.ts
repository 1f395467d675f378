import { expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { Box } from '../../src/environments/spaces.js';
import { train } from '../../src/node.js';

/** Bounds far from -1 and 1, and the best action; the last ones differ by four decades between dimensions. */
const TASKS = [
  { low: [5], high: [35], best: [26] },
  { low: [0], high: [1000], best: [700] },
  { low: [-2000], high: [2000], best: [800] },
  { low: [0, 0, 0, 0], high: [0.1, 1, 10, 1000], best: [0.07, 0.7, 7, 700] },
];
// no tuning saw them
const SEEDS = [20, 21, 22, 23, 24];

/** One step: the reward falls with the squared distance to the best action, in ranges of each dimension. */
function aim({ low, high, best }: (typeof TASKS)[number]): Environment {
  return {
    observationSpace: new Box({ low: 0, high: 1, size: 1 }),
    actionSpace: new Box({ low, high }),
    reset: () => ({ observation: [0.5] }),
    step(action) {
      const misses = best.map((goal, i) => ((action as number[])[i] - goal) / (high[i] - low[i]));
      const reward = -misses.reduce((sum, miss) => sum + miss * miss, 0);
      return { observation: [0.5], reward, terminated: true, truncated: false };
    },
  };
}

test.each(TASKS)(
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
