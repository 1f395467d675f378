import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { FileError, OptionError } from '../../src/errors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/files/safetensors.js';
import { guardKey, type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { Trainer } from '../../src/training/trainer.js';
import { planOf, type TrainerOptions } from '../../src/training/trainingPlan.js';
import { withoutTimes } from '../support/runs.js';
import { testRuntime } from '../support/runtime.js';

/** Its rewards stop after some steps: a fall that no policy can undo. */
class Drought implements Environment {
  readonly observationSpace = new Box({ low: 0, high: 1, size: 2 });
  readonly actionSpace = new Discrete(2);
  private steps = 0;

  constructor(private readonly rewardedSteps = 800) {}

  reset() {
    return { observation: [0.5, 0.25] };
  }

  step(action: unknown) {
    this.steps++;
    const reward = this.steps <= this.rewardedSteps ? 10 + (action as number) : 0;
    const terminated = this.steps % 10 === 0;
    return {
      observation: [(this.steps % 7) / 7, (this.steps % 5) / 5],
      reward,
      terminated,
      truncated: false,
    };
  }

  saveState() {
    return Float64Array.of(this.steps);
  }

  restoreState(state: ArrayLike<number>) {
    this.steps = state[0];
  }
}

const SMALL = {
  environments: 2,
  steps: 64,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 2,
  valueMinibatch: 32,
} as const;
const GUARDED = { ...SMALL, guard: true, guardEpisodes: 8 } as const;
const DROUGHT = { ...GUARDED, environment: () => new Drought(), timesteps: 128 * 24 } as const;
const PPO = { algorithm: 'ppo', ppoEpochs: 2 } as const;

interface Recorded {
  readonly trainer: Trainer;
  readonly rows: readonly ProgressRow[];
  /** After each iteration. */
  readonly checkpoints: readonly Uint8Array[];
}

async function record(options: TrainerOptions, from?: Uint8Array): Promise<Recorded> {
  const trainer = await Trainer.create(testRuntime(), options);
  if (from !== undefined) await trainer.restoreCheckpoint(from, 'checkpoint');
  const rows: ProgressRow[] = [];
  const checkpoints: Uint8Array[] = [];
  for await (const { row } of trainer.iterations()) {
    rows.push(withoutTimes(row));
    checkpoints.push(trainer.encodeCheckpoint());
  }
  return { trainer, rows, checkpoints };
}

const LEARNER = /^(policy|value|algorithm|valueFirstMoment|valueSecondMoment|normalizer|rewards)\//;

/** The tensors of a learner in a checkpoint; those of the rewards' discounted returns are the environments'. */
function learnerIn(checkpoint: Uint8Array, prefix = ''): Record<string, Tensor> {
  const { tensors } = decodeSafetensors(checkpoint, 'checkpoint', { requireChecksum: true });
  return Object.fromEntries(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix) && LEARNER.test(name.slice(prefix.length)))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor] as const)
      .filter(([name]) => name !== 'rewards/discountedReturns'),
  );
}

function withoutGuard(row: ProgressRow): ProgressRow {
  return Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith('guard/')));
}

describe('a guarded run', () => {
  test.each(['trpo', 'npg', 'vpg', 'ppo'] as const)(
    '%s: a rollback restores every byte of the learner that made the best batch, and nothing of the environments',
    async (algorithm) => {
      const { rows, checkpoints } = await record({
        ...DROUGHT,
        ...(algorithm === 'ppo' ? PPO : { algorithm }),
      });
      const fall = rows.findIndex((row) => row[guardKey.verdict] === 'rolled back');
      const best = rows[fall][guardKey.bestIteration] as number;
      expect(best).toBeGreaterThan(1);
      expect(fall).toBeGreaterThan(best);
      const expected = learnerIn(checkpoints[best - 2]);
      expect(Object.keys(expected).length).toBeGreaterThan(algorithm === 'ppo' ? 28 : 18);
      expect(learnerIn(checkpoints[fall])).toEqual(expected);
      expect(learnerIn(checkpoints[fall - 1])).not.toEqual(expected);
      const stepsOf = (checkpoint: Uint8Array) =>
        decodeSafetensors(checkpoint, 'checkpoint', { requireChecksum: true }).tensors.get(
          'environment1/state',
        )?.data[0];
      expect(stepsOf(checkpoints[fall])).toBe(64 * (fall + 1));
    },
  );

  test('a rollback may go back to the learner that was there before the first update', async () => {
    const options = { ...DROUGHT, environment: () => new Drought(64), timesteps: 128 * 6 };
    const { rows, checkpoints } = await record(options);
    const fall = rows.findIndex((row) => row[guardKey.verdict] === 'rolled back');
    expect(rows[fall][guardKey.bestIteration]).toBe(1);
    expect(learnerIn(checkpoints[fall])).toEqual(
      learnerIn((await Trainer.create(testRuntime(), options)).encodeCheckpoint()),
    );
    const resumed = await record(options, checkpoints[fall]);
    expect(resumed.rows).toEqual(rows.slice(fall + 1));
    expect(resumed.checkpoints.at(-1)).toEqual(checkpoints.at(-1));
  });

  test('after a rollback steps are half as long, and the KL limit a quarter', async () => {
    const { rows } = await record({ ...DROUGHT, algorithm: 'npg', learningRate: 0.01 });
    const fall = rows.findIndex((row) => row[guardKey.verdict] === 'rolled back');
    expect(rows[fall][guardKey.stepScale]).toBe(0.5);
    expect(rows[fall][progressKey.maxKl]).toBe(0.01);
    expect(rows[fall + 1][progressKey.maxKl]).toBe(0.0025);
    expect(rows[fall][progressKey.stepScale]).toBe(0.01);
    expect(rows[fall + 1][progressKey.stepScale]).toBe(0.005);
  });

  test('a fall that lasts ends in a record given up after three rollbacks, not in rollbacks for ever', async () => {
    const { rows } = await record(DROUGHT);
    const verdicts = rows.map((row) => row[guardKey.verdict]).filter((verdict) => verdict !== null);
    expect(verdicts.filter((verdict) => verdict === 'rolled back')).toHaveLength(3);
    const givenUp = verdicts.indexOf('given up');
    expect(givenUp).toBeGreaterThan(0);
    expect(new Set(verdicts.slice(givenUp + 1))).toEqual(new Set(['best']));
    expect(rows.at(-1)).toMatchObject({ [guardKey.bestReturn]: 0, [guardKey.rollbacks]: 3 });
  });

  test('the best policy is that of the best block, to the byte', async () => {
    const { trainer, checkpoints } = await record({ ...DROUGHT, timesteps: 128 * 12 });
    const { iteration, timesteps } = trainer.best!;
    expect(timesteps).toBe(128 * (iteration - 1));
    const { tensors, metadata } = decodeSafetensors(trainer.encodeBestPolicy()!, 'best', {
      requireChecksum: true,
    });
    expect(metadata.timesteps).toBe(String(timesteps));
    const maker = await Trainer.create(testRuntime(), DROUGHT);
    await maker.restoreCheckpoint(checkpoints[iteration - 2], 'checkpoint');
    const made = decodeSafetensors(maker.encodePolicy(), 'policy', { requireChecksum: true });
    expect(tensors).toEqual(made.tensors);
    expect([...tensors.keys()]).toContain('observation/mean');
  });

  test.each(['trpo', 'vpg', 'ppo'] as const)(
    '%s: stopped after any iteration and restored, it goes on to the same bits',
    async (algorithm) => {
      const given = algorithm === 'ppo' ? PPO : { algorithm };
      const options = { ...DROUGHT, ...given, timesteps: 128 * 17 };
      const whole = await record(options);
      expect(whole.trainer.best).toBeDefined();
      expect(whole.rows.some((row) => row[guardKey.verdict] === 'rolled back')).toBe(true);
      for (const [index, checkpoint] of whole.checkpoints.slice(0, -1).entries()) {
        const resumed = await record(options, checkpoint);
        expect(resumed.rows).toEqual(whole.rows.slice(index + 1));
        expect(resumed.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
        expect(resumed.trainer.encodeBestPolicy()).toEqual(whole.trainer.encodeBestPolicy());
      }
    },
  );

  test('until it rolls back, it learns the same bits as an unguarded run, whose rows and checkpoint know no guard', async () => {
    const options = { environment: 'CartPole-v1', timesteps: 128 * 6 };
    const unguarded = await record({ ...SMALL, ...options });
    const guarded = await record({ ...GUARDED, ...options });
    expect(guarded.rows.at(-1)![guardKey.rollbacks]).toBe(0);
    expect(guarded.rows.map(withoutGuard)).toEqual(unguarded.rows);
    expect(unguarded.rows.flatMap(Object.keys).filter((key) => key.startsWith('guard/'))).toEqual([]);
    expect(learnerIn(guarded.checkpoints.at(-1)!)).toEqual(learnerIn(unguarded.checkpoints.at(-1)!));
    const { tensors } = decodeSafetensors(unguarded.checkpoints.at(-1)!, 'checkpoint', {
      requireChecksum: true,
    });
    expect([...tensors.keys()].filter((name) => name.startsWith('guard/'))).toEqual([]);
    expect(unguarded.trainer.best).toBeUndefined();
  });

  test('may begin in a run that had no guard, and a run may go on without its guard', async () => {
    const options = { ...SMALL, environment: 'CartPole-v1' } as const;
    const unguarded = await record({ ...options, timesteps: 128 * 2 });
    const guarded = await record({ ...options, ...GUARDED, timesteps: 128 * 6 }, unguarded.checkpoints[1]);
    expect(guarded.trainer.best!.iteration).toBeGreaterThan(2);
    const ended = await record({ ...options, timesteps: 128 * 7 }, guarded.checkpoints.at(-1));
    expect(ended.rows).toHaveLength(1);
  });

  test('a header that does not describe a guard is refused, and the trainer stays as it was', async () => {
    const options = { ...DROUGHT, timesteps: 128 * 6 };
    const { checkpoints } = await record(options);
    const { tensors, metadata } = decodeSafetensors(checkpoints[5], 'run', { requireChecksum: true });
    const run = JSON.parse(metadata.run);
    const { record: best } = run.guard;
    for (const guard of [
      null,
      3,
      { ...run.guard, looks: -1 },
      { ...run.guard, record: { ...best, learner: null } },
      { ...run.guard, record: { ...best, learner: { ...best.learner, adamSteps: 'many' } } },
      { ...run.guard, candidate: {} },
    ]) {
      const header = { ...metadata, run: JSON.stringify({ ...run, guard }) };
      const trainer = await Trainer.create(testRuntime(), options);
      const before = trainer.encodeCheckpoint();
      await expect(trainer.restoreCheckpoint(encodeSafetensors(tensors, header), 'run')).rejects.toThrow(
        FileError,
      );
      expect(trainer.encodeCheckpoint()).toEqual(before);
    }
  });

  test('without an episode that ends there is no best policy', async () => {
    const environment = () => {
      const endless = new Drought();
      const step = endless.step.bind(endless);
      return Object.assign(endless, { step: (action: unknown) => ({ ...step(action), terminated: false }) });
    };
    const { trainer, rows } = await record({ ...GUARDED, environment, timesteps: 128 * 3 });
    expect(trainer.best).toBeUndefined();
    expect(trainer.encodeBestPolicy()).toBeUndefined();
    expect(rows.at(-1)).toMatchObject({ [guardKey.episodes]: 0, [guardKey.bestReturn]: null });
  });

  test('a search has no learner to guard', () => {
    const options = { environment: () => new Drought(), algorithm: 'cem', guard: true } as const;
    expect(() => planOf(options)).toThrow(OptionError);
    expect(() => planOf(options)).toThrow(/Option guard = true: algorithm = "cem" does not read it/);
  });
});
