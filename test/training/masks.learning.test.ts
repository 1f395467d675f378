import { expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { evaluate, train } from '../../src/node.js';

const example = new URL('../../examples/stairs.mjs', import.meta.url).href;
const { Stairs } = (await import(example)) as { Stairs: new (options?: { masked: boolean }) => Environment };

// no tuning saw them
const SEEDS = [20, 21, 22];
/** What examples/masks.mjs gives its runs. */
const TIMESTEPS = 50_000;
/** Cards that are played where each is drawn from those that may be, and where it is always the lowest of them. */
const RANDOM = 2.85;
const LOWEST_FIRST = 12.05;

test.each(SEEDS)(
  'with masks a card game is learned, seed %i, in steps in which it is not without them',
  { timeout: 300_000 },
  async (seed) => {
    const meanReturnOf = async (masked: boolean) => {
      const environment = () => new Stairs({ masked });
      const { trainer } = await train({ environment, seed, steps: 500, timesteps: TIMESTEPS, threads: 1 });
      return (await evaluate(trainer.policy, environment(), { episodes: 500 })).meanReturn;
    };
    expect(await meanReturnOf(true)).toBeGreaterThan(0.8 * LOWEST_FIRST);
    expect(await meanReturnOf(false)).toBeLessThan(RANDOM);
  },
);
