import { expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import type { Discrete } from '../../src/environments/spaces.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { train } from '../../src/node.js';

const MODULE = new URL('../environments/fixtures/lake.mjs', import.meta.url).href;
const { FrozenLake } = (await import(MODULE)) as { FrozenLake: new () => Environment<Discrete> };

/** Moves of the shortest way. */
const SHORTEST = 6;
const SEEDS = [20, 21, 22, 23, 24];

test.each([true, false])(
  'the shortest way over a frozen lake is learned from the number of the place (normalised %s)',
  { timeout: 120_000 },
  async (normalizeObservations) => {
    for (const seed of SEEDS) {
      const { trainer } = await train({
        environment: () => new FrozenLake(),
        ...{ seed, normalizeObservations, threads: 1, timesteps: 20_000, environments: 8, steps: 128 },
      });
      const report = await evaluate(trainer.policy, new FrozenLake(), { episodes: 1 });
      expect(report, `seed ${seed}`).toMatchObject({ meanReturn: 1, meanLength: SHORTEST });
    }
  },
);
