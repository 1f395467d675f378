import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { Rally } from '../../src/environments/index.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { EnvironmentError, ShapeError } from '../../src/errors.js';
import { createTrainer, train } from '../../src/node.js';

const QUICK = {
  ...{ network: '8x4/4', hiddenSizes: [8], valueHiddenSizes: [8], valueEpochs: 1 },
  ...{ steps: 24, environments: 3, timesteps: 144, threads: 1, reproducible: true },
} as const;

/** Rally with another observation space, and its observations as that has them. */
function shownAs(
  observationSpace: Box,
  seen: (pixels: ArrayLike<number>) => ArrayLike<number>,
): () => Environment {
  return () => {
    const game = new Rally();
    return {
      observationSpace,
      actionSpace: game.actionSpace,
      reset: (options) => ({ observation: seen(game.reset(options).observation) }),
      step: (action) => {
        const outcome = game.step(action);
        return { ...outcome, observation: seen(outcome.observation) };
      },
      saveState: () => game.saveState(),
      restoreState: (state) => game.restoreState(state),
    };
  };
}

const SHAPE = [52, 40, 4];
const bytes = new Box({ low: 0, high: 255, shape: SHAPE, dtype: 'uint8' });

/** An environment whose observations are the pixels that `draw` gives for each step of an episode. */
function drawn(observationSpace: Box, draw: (step: number) => ArrayLike<number>): () => Environment {
  return () => {
    let steps = 0;
    return {
      observationSpace,
      actionSpace: new Discrete(2),
      reset: () => {
        steps = 0;
        return { observation: draw(0) };
      },
      step: () => ({ observation: draw(++steps), reward: 1, terminated: steps === 7, truncated: false }),
    };
  };
}

describe('frames of a batch', () => {
  test.each([
    {},
    { algorithm: 'ppo' },
    { fisherFraction: 0.3 },
    { sampling: 'vine', vineSteps: 3, vineStates: 4 },
  ])('kept once, they give the weights that whole stacks give, with %j', async (options) => {
    const weights = async (environment: () => Environment) => {
      const { trainer } = await train({ ...QUICK, environment, ...options } as never);
      return trainer.policy.getParameters();
    };
    const whole = await weights(shownAs(bytes, (pixels) => Array.from(pixels)));
    expect(await weights(() => new Rally())).toEqual(whole);
  });

  test('bytes give the weights that their float32 numbers in units of 255 give', async () => {
    const floats = new Box({ low: 0, high: 1, shape: SHAPE });
    const inUnits = (pixels: ArrayLike<number>) => Float32Array.from(pixels, (byte) => byte / 255);
    const [one, other] = await Promise.all(
      [() => new Rally(), shownAs(floats, inUnits)].map(async (environment) => {
        const { trainer } = await train({ ...QUICK, environment, normalizeObservations: false });
        return trainer.policy.getParameters();
      }),
    );
    expect(other).toEqual(one);
  });

  test('10,000 rows of 84 x 84 x 4 take less than 150 MB', async () => {
    const space = new Box({ low: 0, high: 255, shape: [84, 84, 4], dtype: 'uint8', stackSize: 4 });
    const trainer = await createTrainer({
      ...QUICK,
      environment: drawn(space, () => new Uint8Array(space.size)),
      environments: 8,
      steps: 1250,
      fisherFraction: 0.1,
    });
    const { reservations } = trainer.memory;
    const sizeOf = (name: string) => reservations.find((one) => one.name === name)?.bytes;
    expect(sizeOf('batch frames')).toBe((1 + 8 * (1250 + 3)) * 84 * 84);
    const batch = reservations.filter(({ name }) => name.startsWith('batch '));
    expect(batch.reduce((sum, { bytes: size }) => sum + size, 0)).toBeLessThan(75e6);
    // activations are kept for the rows of the Fisher matrix alone
    expect(sizeOf('kept activations')).toBe(undefined);
    expect(trainer.memory.bytes).toBeLessThan(150e6);
    await trainer.close();
  });

  test('what is no stack of frames is refused, by environment and step', async () => {
    const space = new Box({ low: 0, high: 255, shape: [8, 8, 2], dtype: 'uint8', stackSize: 2 });
    const noise = (step: number) => Uint8Array.from({ length: 128 }, (_, i) => (i * 37 + step * 101) % 256);
    const run = train({ ...QUICK, environment: drawn(space, noise), network: '8x3' });
    await expect(run).rejects.toThrow(EnvironmentError);
    await expect(run).rejects.toThrow(
      /\(environment 0, step \d+\) shows more new frames than steps, but the stackSize of its observation space is 2; .*leave stackSize out/,
    );
  });

  test.each([
    ['a number above 255', 256],
    ['a fraction', 0.5],
    ['NaN', Number.NaN],
  ])('%s in an image is refused', async (_, pixel) => {
    const space = new Box({ low: 0, high: 255, shape: [8, 8, 2], dtype: 'uint8' });
    const wrong = (step: number) =>
      Array.from({ length: 128 }, (_, i) => (step === 3 && i === 5 ? pixel : 1));
    const run = train({ ...QUICK, environment: drawn(space, wrong), network: '8x3' });
    await expect(run).rejects.toThrow(ShapeError);
    await expect(run).rejects.toThrow(
      `observation[5] = ${pixel} from step(); a uint8 Box has whole numbers from 0 to 255`,
    );
  });
});
