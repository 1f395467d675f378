import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../src/environments/environment.js';
import { MismatchError, NonFiniteError } from '../../src/errors.js';
import { diagnose } from '../../src/health/diagnosis.js';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { nodePlatform, resume, train } from '../../src/node.js';
import { RunDirectory } from '../../src/run/runDirectory.js';
import type { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { temporaryFolder } from '../support/cli.js';
import { withoutTimes } from '../support/runs.js';
import { task } from '../threads/fixtures/tasks.js';
import { changedEnvironment, liveWarnings, rowsOfRun } from './plantedRuns.js';

const folder = temporaryFolder();

const IMAGES = { environment: 'WallBreaker-v0', network: '8x3,16x2/2' } as const;

/** Runs that are made to fail, and what the doctor must say of them. */
const PLANTED: readonly {
  readonly failure: string;
  readonly finding: string;
  readonly options: Partial<TrainerOptions>;
  readonly onTrainer?: (trainer: Trainer) => void;
}[] = [
  { failure: 'a trust region that is far too large', finding: 'kl-explosion', options: { maxKl: 2 } },
  {
    failure: 'a learning rate that is far too large',
    finding: 'kl-explosion',
    options: { algorithm: 'vpg', learningRate: 20 },
  },
  {
    failure: 'too few products of conjugate gradient',
    finding: 'cg-not-converged',
    options: { cgIterations: 1, damping: 0.001 },
  },
  { failure: 'no value fit', finding: 'value-under-trained', options: { valueEpochs: 0 } },
  {
    failure: 'advantages that are not normalised',
    finding: 'advantages-not-normalised',
    options: { normalizeAdvantages: false },
  },
  {
    failure: 'ReLUs and huge steps',
    finding: 'inactive-units',
    options: { activation: 'relu', hiddenSizes: [32, 32], algorithm: 'npg', learningRate: 100 },
  },
  ...(['relu', 'tanh'] as const).map((activation) => ({
    failure: `convolutions of ${activation} and huge steps`,
    finding: 'dead-filters',
    options: { ...IMAGES, activation, algorithm: 'npg' as const, learningRate: 100 },
  })),
  {
    failure: 'a reward that is always the same, in episodes of one length',
    finding: 'constant-reward',
    options: {
      environment: changedEnvironment('Pendulum-v1', (result) => ({ ...result, reward: 1 })),
      steps: 200,
      timesteps: 200 * 2 * 12,
    },
  },
  {
    failure: 'rewards of a billion',
    finding: 'reward-scale',
    options: { environment: changedEnvironment('CartPole-v1', (result) => ({ ...result, reward: 1e9 })) },
  },
  {
    failure: 'rewards of a billionth',
    finding: 'reward-scale',
    options: { environment: changedEnvironment('CartPole-v1', (result) => ({ ...result, reward: 1e-9 })) },
  },
  {
    failure: 'an observation that grows without end',
    finding: 'normaliser-unsettled',
    options: {
      environment: changedEnvironment('CartPole-v1', withClock),
      timesteps: 40 * 256,
      valueEpochs: 1,
    },
  },
  {
    failure: 'an observation outside its bounds',
    finding: 'observations-out-of-bounds',
    options: { environment: changedEnvironment('CartPole-v1', withTilt) },
  },
  {
    failure: 'actions that are almost all noise',
    finding: 'actions-clipped',
    options: { environment: 'Pendulum-v1', initialLogStd: 5 },
  },
];

/** The first observation counts the steps of all episodes, ever faster. */
function withClock(result: StepResult, step: number): StepResult {
  const observation = Array.from(result.observation);
  observation[0] = 1.001 ** step;
  return { ...result, observation };
}

/** The angle in degrees, where its bounds are in radians. */
function withTilt(result: StepResult): StepResult {
  const observation = Array.from(result.observation);
  observation[2] *= 180 / Math.PI;
  return { ...result, observation };
}

function findingNames(rows: readonly ProgressRow[]): string[] {
  return diagnose(rows).map(({ rule }) => rule.name);
}

test.each(PLANTED)('$failure: $finding', async ({ finding, options }) => {
  const rows = await rowsOfRun(options);
  expect(findingNames(rows)).toContain(finding);
  // told while the run goes on, once and not in every row
  expect(liveWarnings(rows).filter((name) => name === finding).length).toBeLessThanOrEqual(3);
  expect(liveWarnings(rows)).toContain(finding);
});

test('a filter is dead when it is so at every position, and a unit of its own', async () => {
  const kill = (trainer: Trainer) => {
    const theta = trainer.policy.getParameters();
    // the first bias, after the weights [3 x 3 x 4 x 8]: three filters of eight
    theta.fill(-1000, 288, 291);
    Reflect.get(trainer, 'network').setParameters(theta);
  };
  const options = { ...IMAGES, activation: 'relu', maxKl: 1e-6 } as const;
  const rows = await rowsOfRun(options, 4, kill);
  expect(Object.keys(rows[0]).filter((key) => key.startsWith('train/inactive'))).toEqual([
    ...['train/inactive_filters_1', 'train/inactive_filters_2', 'train/inactive_units_3'],
  ]);
  expect(rows.map((row) => row['train/inactive_filters_1'])).toEqual([3 / 8, 3 / 8, 3 / 8, 3 / 8]);
  const [{ severity, cause }] = diagnose(rows).filter(({ rule }) => rule.name === 'dead-filters');
  expect(severity).toBe('warning');
  expect(cause).toMatch(/^38 % of the filters of convolution 1 pass no gradient at any position/);
  // without them none is, though ReLUs are never active where images are blank
  const sound = await rowsOfRun(options, 4);
  expect(sound.map((row) => row['train/inactive_filters_1'])).toEqual([0, 0, 0, 0]);
  expect(findingNames(sound)).not.toContain('dead-filters');
});

test('an observation outside its bounds is shown with these, the same from any number of threads', async () => {
  const options = { environment: task('tiltedCartPole'), timesteps: 2 * 256 };
  const [one, two] = await Promise.all([rowsOfRun(options), rowsOfRun({ ...options, threads: 2 })]);
  expect(one.map(withoutTimes)).toEqual(two.map(withoutTimes));
  const [{ cause, severity }] = diagnose(one).filter(
    ({ rule }) => rule.name === 'observations-out-of-bounds',
  );
  expect(severity).toBe('warning');
  expect(cause).toMatch(
    /^[\d.]+ % of the numbers in observations lie outside .*: observation\[2\] = -?[\d.]+ of environment [01], bounds -0\.41\d* to 0\.41\d*$/,
  );
});

test('a search tells of them too', async () => {
  const rows: ProgressRow[] = [];
  await train({
    environment: changedEnvironment('CartPole-v1', withTilt),
    ...{ algorithm: 'cem', searchEpisodes: 1, hiddenSizes: [4], timesteps: 1000 },
    sinks: [{ write: (row) => void rows.push(row) }],
  });
  expect(findingNames(rows)).toContain('observations-out-of-bounds');
});

describe('stale batches', () => {
  const movedPolicy = (move: (trainer: Trainer) => void) => {
    let trainer: Trainer | undefined;
    const environment = changedEnvironment('CartPole-v1', (result, step) => {
      if (trainer !== undefined && step % 100 === 0) move(trainer);
      return result;
    });
    return rowsOfRun({ environment }, 4, (made) => {
      trainer = made;
    });
  };

  test('parameters that are set while a batch is made: the batch is refused', async () => {
    const rows = movedPolicy(({ policy, ...trainer }) => {
      Reflect.get(trainer, 'network').setParameters(policy.getParameters());
    });
    await expect(rows).rejects.toThrow(MismatchError);
    await expect(rows).rejects.toThrow(/changed while custom made a batch/);
  });

  test('parameters that are written past every check: the ratio at theta_old tells', async () => {
    const rows = await movedPolicy((trainer) => {
      const parameters: Float32Array = Reflect.get(trainer, 'network').paddedParameters;
      parameters.forEach((value, i) => {
        parameters[i] = value * 1.05;
      });
    });
    expect(diagnose(rows)[0]).toMatchObject({ severity: 'error', rule: { name: 'stale-batch' } });
  });
});

test('a reward that is NaN stops the run, whose folder says why until it is resumed', async () => {
  const runDirectory = folder.path('nan');
  let spoils = true;
  const environment = changedEnvironment('CartPole-v1', (result, step) =>
    spoils && step === 300 ? { ...result, reward: Number.NaN } : result,
  );
  const options = {
    environment,
    environmentName: 'CartPole-v1',
    environments: 1,
    steps: 128,
    timesteps: 512,
  };
  await expect(train({ ...options, runDirectory })).rejects.toThrow(NonFiniteError);
  const rows = async () => (await RunDirectory.open(nodePlatform, runDirectory)).readRows();
  const [finding] = diagnose(await rows());
  expect(finding).toMatchObject({ severity: 'error', rule: { name: 'stopped' } });
  expect(finding.cause).toMatch(/^NonFiniteError: .*returned reward NaN from step\(\)/);
  spoils = false;
  await resume({ runDirectory, environment });
  const mended = await rows();
  expect(mended.map((row) => row[progressKey.iterations])).toEqual([1, 2, 3, 4]);
  expect(findingNames(mended)).not.toContain('stopped');
});

test('a run that is stopped and resumed gives the warnings that it would have given in one go', async () => {
  const options = { environment: 'CartPole-v1', environments: 1, steps: 128, maxKl: 2, timesteps: 20 * 128 };
  const warningsOf = async (runDirectory: string) =>
    (await (await RunDirectory.open(nodePlatform, runDirectory)).readRows()).map(
      (row) => row[progressKey.warnings],
    );
  await train({ ...options, runDirectory: folder.path('whole') });
  const stop = new AbortController();
  const onIteration = ({ iteration }: { readonly iteration: number }) => {
    if (iteration === 9) stop.abort();
  };
  await train({ ...options, runDirectory: folder.path('stopped'), signal: stop.signal, onIteration });
  await resume({ runDirectory: folder.path('stopped') });
  const whole = await warningsOf(folder.path('whole'));
  expect(whole.filter((warning) => warning !== null).length).toBeGreaterThan(0);
  expect(await warningsOf(folder.path('stopped'))).toEqual(whole);
});

describe('healthy runs give no alarm', () => {
  const recorded: { environment: string; seed: number; columns: string[]; rows: ProgressRow[string][][] }[] =
    JSON.parse(readFileSync(new URL('../recordings/healthyRuns/healthyRuns.json', import.meta.url), 'utf8'));

  test('there are twenty of them', () => {
    expect(recorded.length).toBe(20);
  });

  test.each(recorded)('$environment, seed $seed', ({ columns, rows }) => {
    const named = rows.map((values) => Object.fromEntries(columns.map((key, i) => [key, values[i]])));
    expect(diagnose(named).map(({ rule, cause }) => `${rule.name}: ${cause}`)).toEqual([]);
  });

  test.each(['Acrobot-v1', 'MountainCar-v0', 'MountainCarContinuous-v0'])(
    '%s: observations stay within their bounds',
    async (environment) => {
      const rows = await rowsOfRun({ environment, initialLogStd: 2 }, 4);
      expect(rows.map((row) => row[progressKey.observationsOutOfBounds])).toEqual([0, 0, 0, 0]);
    },
  );

  test.each(
    ['WallBreaker-v0', 'Meteors-v0'].flatMap((environment) => [
      { environment, activation: 'tanh' as const },
      { environment, activation: 'relu' as const },
    ]),
  )('filters of $activation for $environment, trained now', async ({ environment, activation }) => {
    const rows = await rowsOfRun({ environment, network: '16x3', activation }, 12);
    expect(findingNames(rows)).not.toContain('dead-filters');
  });

  test.each(['CartPole-v1', 'Pendulum-v1'])('%s, trained now', async (environment) => {
    const rows = await rowsOfRun({ environment, steps: 256, timesteps: 20 * 512, hiddenSizes: [32, 32] });
    expect(rows.length).toBe(20);
    expect(findingNames(rows)).toEqual([]);
  });
});
