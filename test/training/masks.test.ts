import { describe, expect, test } from 'vitest';
import { MismatchError, OptionError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { train } from '../../src/node.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import { Doors, MASKED_SPACES } from '../support/maskedTasks.js';
import { withoutTimes } from '../support/runs.js';
import { testRuntime } from '../support/runtime.js';

const SMALL = {
  environments: 3,
  steps: 60,
  timesteps: 3 * 60 * 4,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 1,
} satisfies Partial<TrainerOptions>;

const ALGORITHMS = {
  trpo: {},
  npg: { algorithm: 'npg' },
  vpg: { algorithm: 'vpg' },
  ppo: { algorithm: 'ppo', ppoEpochs: 2, ppoMinibatch: 50 },
  'the empirical Fisher matrix of some rows': { fisher: 'empirical', fisherFraction: 0.5 },
  'a preconditioner': { cgPreconditionerRows: 70 },
  'the largest KL': { klConstraint: 'max' },
  'a guard': { guard: true, guardEpisodes: 2 },
  'outputs kept': { keepOutputsFrom: 200 },
} satisfies Record<string, Partial<TrainerOptions>>;

// a vine that tries all actions needs one part
const DISCRETE_RUNS = {
  ...ALGORITHMS,
  'a vine of all actions': { sampling: 'vine', vineStates: 5, vineSteps: 4 },
};
const MULTI_DISCRETE_RUNS = {
  ...ALGORITHMS,
  'a vine of drawn actions': { sampling: 'vine', vineStates: 5, vineActions: 3, vineSteps: 4 },
};
const RUNS = [
  ...Object.entries(DISCRETE_RUNS).map(([name, given]) => ['Discrete', name, given] as const),
  ...Object.entries(MULTI_DISCRETE_RUNS).map(([name, given]) => ['MultiDiscrete', name, given] as const),
];

describe.each(RUNS)('%s under masks, with %s', (kind, _, given) => {
  const options = {
    ...SMALL,
    ...given,
    environment: () => new Doors(MASKED_SPACES[kind]),
    environmentName: 'Doors',
  } as TrainerOptions;

  test('no forbidden action is taken, ratios of what was collected are 1, and the resumed run has the same bits', async () => {
    const whole = await Trainer.create(testRuntime(), options);
    const rows: ProgressRow[] = [];
    let checkpoint: Uint8Array | undefined;
    // Doors throw where a mask is broken
    for await (const { row, iteration } of whole.iterations()) {
      rows.push(withoutTimes(row));
      if (iteration === 1) checkpoint = whole.encodeCheckpoint();
    }
    for (const row of rows) {
      expect(row[progressKey.ratioError]).toBe(0);
      expect(Number.isFinite(row[progressKey.entropy])).toBe(true);
      expect(Number.isFinite(row[progressKey.klOldNew])).toBe(true);
    }
    expect(rows.some((row) => (row[progressKey.klOldNew] as number) > 0)).toBe(true);
    const resumed = await Trainer.create(testRuntime(), options);
    await resumed.restoreCheckpoint(checkpoint!, 'checkpoint');
    const later: ProgressRow[] = [];
    for await (const { row } of resumed.iterations()) later.push(withoutTimes(row));
    expect(later).toEqual(rows.slice(1));
    expect(resumed.encodeCheckpoint()).toEqual(whole.encodeCheckpoint());
    await whole.close();
    await resumed.close();
  });
});

describe.each(['cem', 'cma-es'] as const)('%s', (algorithm) => {
  test('takes no forbidden action, and its policy needs masks too', async () => {
    const { trainer } = await train({
      environment: () => new Doors(MASKED_SPACES.MultiDiscrete),
      environmentName: 'Doors',
      algorithm,
      hiddenSizes: [],
      timesteps: 2000,
      searchPopulation: 8,
      searchEpisodes: 3,
    });
    expect(trainer.totalTimesteps).toBeGreaterThanOrEqual(2000);
    expect(() => trainer.policy.act([0, 0])).toThrow(OptionError);
  });
});

describe('a trained policy', () => {
  test.each(['Discrete', 'MultiDiscrete'] as const)(
    'is evaluated under masks over %s: with draws and modes, in one environment and in a vector the same',
    async (kind) => {
      const environment = () => new Doors(MASKED_SPACES[kind]);
      const trainer = await Trainer.create(testRuntime(), {
        ...SMALL,
        environment,
        environmentName: 'Doors',
      });
      for await (const _ of trainer.iterations());
      for (const deterministic of [true, false]) {
        const one = await evaluate(trainer.policy, environment(), { episodes: 20, deterministic });
        const vector = new EnvironmentVector(Array.from({ length: 6 }, environment));
        const together = await evaluate(trainer.policy, vector, { episodes: 20, deterministic });
        expect(together.returns).toEqual(one.returns);
      }
      const unmasked = Object.assign(environment(), {
        actionSpace: kind === 'Discrete' ? { ...MASKED_SPACES[kind], masked: false } : undefined,
      });
      if (kind === 'Discrete') {
        await expect(evaluate(trainer.policy, unmasked, { episodes: 1 })).rejects.toThrow(MismatchError);
      }
      await trainer.close();
    },
  );
});

test('a checkpoint whose masks were altered is refused', async () => {
  const environment = () => new Doors();
  const options = { ...SMALL, environment, environmentName: 'Doors' };
  const trainer = await Trainer.create(testRuntime(), options);
  await trainer.iterations().next();
  const { tensors, metadata } = decodeSafetensors(trainer.encodeCheckpoint(), 'checkpoint');
  const resumed = await Trainer.create(testRuntime(), options);
  for (const [mask, message] of [
    [[0, 0, 0, 0, 0, 0], /environment1\/mask allows no choice/],
    [[1, 1, 1, 1, 1, 0.5], /environment1\/mask has 0.5 at \[5\]/],
    [[1], /environment1\/mask has 1 numbers, 6 are needed/],
  ] as const) {
    const altered = new Map(tensors);
    altered.set('environment1/mask', { dtype: 'F64', shape: [mask.length], data: Float64Array.from(mask) });
    const bytes = encodeSafetensors(altered, metadata);
    await expect(resumed.restoreCheckpoint(bytes, 'checkpoint')).rejects.toThrow(message);
  }
  const without = new Map(tensors);
  without.delete('environment1/mask');
  const bytes = encodeSafetensors(without, metadata);
  await expect(resumed.restoreCheckpoint(bytes, 'checkpoint')).rejects.toThrow(
    /no tensor "environment1\/mask"/,
  );
});
