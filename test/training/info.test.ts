import { afterEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import type { Box } from '../../src/environments/spaces.js';
import { EnvironmentError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import type { ProgressRow } from '../../src/logging/sink.js';
import { PolicySearch } from '../../src/training/policySearch.js';
import { Trainer } from '../../src/training/trainer.js';
import { planOf, type TrainerOptions } from '../../src/training/trainingPlan.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import { changedEnvironment } from '../health/plantedRuns.js';
import { behindPromises } from '../support/environments.js';
import { runToEnd } from '../support/runs.js';
import { testRuntime, threadedRuntime } from '../support/runtime.js';
import { task } from '../threads/fixtures/tasks.js';

const RUN = {
  environmentName: 'CartPole-v1',
  environments: 3,
  steps: 64,
  timesteps: 3 * 64 * 3,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 2,
} as const;
const SEARCH = {
  algorithm: 'cem',
  // so that candidates' episodes end in the order in which they are counted
  searchEpisodes: 1,
  hiddenSizes: [4],
  timesteps: 800,
  environmentName: 'CartPole-v1',
} as const;
/** In a module that threads can load too. */
const source = task('cartPoleWithInfo');
const environment: () => Environment<Box> = (await import(source.module))[source.export];

interface Told {
  readonly position: number;
  readonly speed: number;
}

/** What the fixture's environments of this thread tell at the ends of episodes. */
function heard(): Told[] {
  const told: Told[] = [];
  Object.assign(globalThis, { onInfo: (figures: Told) => told.push(figures) });
  return told;
}
afterEach(() => Object.assign(globalThis, { onInfo: undefined }));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function infoOf(row: ProgressRow): ProgressRow {
  return Object.fromEntries(Object.entries(row).filter(([key]) => key.startsWith('info/')));
}

/** The columns that the last hundred of these episodes give. */
function expectedOf(told: readonly Told[]): ProgressRow {
  const window = told.slice(-100);
  const right = window.filter(({ speed }) => speed > 0);
  return {
    'info/position': mean(window.map(({ position }) => position)),
    'info/isLeft': mean(window.map(({ position }) => Number(position < 0))),
    ...(right.length === 0 ? {} : { 'info/speedToTheRight': mean(right.map(({ speed }) => speed)) }),
  };
}

describe('what environments tell at the end of episodes is in the rows, as means over the last hundred', () => {
  test('of a training', async () => {
    const told = heard();
    const trainer = await Trainer.create(testRuntime(), { ...RUN, environments: 1, steps: 256, environment });
    for await (const { row, report } of trainer.iterations()) {
      expect(report.rollout.ended.map(({ info }) => info!.get('position'))).toEqual(
        told.slice(-report.rollout.episodes).map(({ position }) => position),
      );
      expect(infoOf(row)).toEqual(expectedOf(told));
    }
    expect(told.length).toBeGreaterThan(20);
    await trainer.close();
  });

  test('of a search, which goes on with them', async () => {
    const told = heard();
    const make = () =>
      PolicySearch.ofPlan(testRuntime(), planOf({ ...SEARCH, environment } as TrainerOptions));
    const search = await make();
    for await (const { row } of search.iterations()) expect(infoOf(row)).toEqual(expectedOf(told));
    expect(told.length).toBeGreaterThan(20);
    const restored = await make();
    await restored.restoreCheckpoint(search.encodeCheckpoint(), 'checkpoint');
    expect(restored.encodeCheckpoint()).toEqual(search.encodeCheckpoint());
  });
});

test('rows with infos are the same from any number of threads, in a vector, by promises and in a vine', async () => {
  const run = async (threads: number, options: Partial<TrainerOptions>) =>
    runToEnd(
      await Trainer.create(threads === 1 ? testRuntime() : threadedRuntime(), {
        ...{ ...RUN, environment: source, threads, ...options },
      }),
    );
  const expected = await run(1, {});
  expect(infoOf(expected.rows.at(-1)!)['info/position']).toEqual(expect.any(Number));
  expect(await run(2, {})).toEqual(expected);
  const inVector = (count: number) => new EnvironmentVector(Array.from({ length: count }, environment));
  expect(await run(1, { environment: inVector })).toEqual(expected);
  const promised = () => behindPromises(environment());
  expect(await run(1, { environment: promised })).toEqual(expected);
  const vine = { sampling: 'vine', vineStates: 4, vineSteps: 6 } as const;
  // branches end episodes too, of which nothing is told
  const { rows } = await run(1, vine);
  expect(Object.keys(infoOf(rows[0]))).toContain('info/position');
});

test('a run goes on with the infos of its last episodes', async () => {
  const make = () => Trainer.create(testRuntime(), { ...RUN, environment });
  const whole = await runToEnd(await make());
  const begun = await make();
  await begun.iterations().next();
  const resumed = await make();
  await resumed.restoreCheckpoint(begun.encodeCheckpoint(), 'checkpoint');
  const rest = await runToEnd(resumed);
  expect(rest.rows).toEqual(whole.rows.slice(1));
  expect(rest.checkpoint).toEqual(whole.checkpoint);
  await begun.close();
});

test('a run whose infos have a new name in each episode ends with an error that says so', async () => {
  let episodes = 0;
  const endless = changedEnvironment('CartPole-v1', (result) =>
    result.terminated ? { ...result, info: { [`episode ${episodes++}`]: 1 } } : result,
  );
  const trainer = await Trainer.create(testRuntime(), {
    ...{ ...RUN, steps: 2000, timesteps: 6000, environment: endless },
  });
  await expect(runToEnd(trainer)).rejects.toThrow(EnvironmentError);
  expect(episodes).toBeGreaterThan(200);
});

test('an evaluation reports their means, the same one by one and in a vector', async () => {
  const trainer = await Trainer.create(testRuntime(), { ...RUN, environment: 'CartPole-v1' });
  const options = { episodes: 7, seed: 3, deterministic: false };
  const told = heard();
  const { info, ...report } = await evaluate(trainer.policy, environment(), options);
  const columns = Object.fromEntries(Object.entries(info).map(([name, value]) => [`info/${name}`, value]));
  expect(columns).toEqual(expectedOf(told));
  const silent = await evaluate(trainer.policy, makeEnvironment('CartPole-v1'), options);
  expect(silent).toEqual({ ...report, info: {} });
  const vector = new EnvironmentVector([environment(), environment(), environment()]);
  expect(await evaluate(trainer.policy, vector, options)).toEqual({ ...report, info });
  await trainer.close();
});

test('an episode that an evaluation cuts counts with what it told last', async () => {
  const trainer = await Trainer.create(testRuntime(), { ...RUN, environment: 'CartPole-v1' });
  const counting = changedEnvironment('CartPole-v1', (result, step) => ({ ...result, info: { step } }));
  const { info, cutEpisodes } = await evaluate(trainer.policy, counting(), {
    episodes: 1,
    maxEpisodeSteps: 4,
  });
  expect({ info, cutEpisodes }).toEqual({ info: { step: 4 }, cutEpisodes: 1 });
  await trainer.close();
});
