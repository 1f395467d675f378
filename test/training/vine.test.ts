import { describe, expect, test } from 'vitest';
import type { Action, Environment, StepResult } from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { EnvironmentError, NonFiniteError, OptionError } from '../../src/errors.js';
import { progressKey } from '../../src/logging/sink.js';
import type { IterationReport } from '../../src/training/iterationParts.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { behindPromises, scriptedEnvironment } from '../support/environments.js';
import { runToEnd } from '../support/runs.js';
import { testRuntime } from '../support/runtime.js';

const SINGLE_PATH = {
  environments: 2,
  steps: 64,
  timesteps: 1,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 2,
};
const VINE = {
  ...SINGLE_PATH,
  sampling: 'vine' as const,
  vineStates: 6,
  vineActions: 3,
  vineSteps: 10,
};

async function firstReport(options: TrainerOptions): Promise<IterationReport> {
  const trainer = await Trainer.create(testRuntime(), options);
  for await (const { report } of trainer.iterations()) return report;
  throw new Error('no iteration');
}

describe('a vine', () => {
  test.each(['CartPole-v1', 'Pendulum-v1', 'MountainCarContinuous-v0'])(
    'on %s counts every step of the simulator',
    async (name) => {
      let steps = 0;
      const counted = () => withStep(name, () => steps++);
      const options = { ...VINE, environment: counted, environmentName: name, timesteps: 1500 };
      const trainer = await Trainer.create(testRuntime(), options);
      for await (const { timesteps, row } of trainer.iterations()) {
        expect(timesteps).toBe(steps);
        expect(row[progressKey.totalTimesteps]).toBe(steps);
        expect(row[progressKey.ratioError]).toBe(0);
      }
      expect(trainer.iterationCount).toBeGreaterThan(1);
    },
  );

  test('leaves the trunk what it would be without branches', async () => {
    const vine = await Trainer.create(testRuntime(), { ...VINE, environment: 'CartPole-v1' });
    const single = await Trainer.create(testRuntime(), { ...SINGLE_PATH, environment: 'CartPole-v1' });
    const [vineReport, singleReport] = await Promise.all(
      [vine, single].map(
        async (trainer) => (await trainer.iterations().next()).value as { report: IterationReport },
      ),
    );
    expect(vineReport.report.rollout).toEqual({
      ...singleReport.report.rollout,
      steps: vineReport.report.rollout.steps,
    });
    expect(vineReport.report.advantages).toEqual(singleReport.report.advantages);
    expect(vineReport.report.valueFit).toEqual(singleReport.report.valueFit);
  });

  test('of drawn actions takes the full step within the trust region', async () => {
    const report = await firstReport({ ...VINE, environment: 'Pendulum-v1' });
    expect(report.step).toMatchObject({ accepted: true });
    expect(report.step.meanKlOldNew).toBeGreaterThan(0.001);
    expect(report.surrogateOld).toBeCloseTo(0, 6);
    expect(report.rollout.steps).toBe(2 * (64 + 6 * 3 * 10));
  });

  test('of environments that answer with promises gives the same bits', async () => {
    const options = { ...VINE, timesteps: 1000, environmentName: 'CartPole-v1' };
    const run = async (environment: () => Environment) =>
      runToEnd(await Trainer.create(testRuntime(), { ...options, environment }));
    expect(await run(() => behindPromises('CartPole-v1'))).toEqual(
      await run(() => makeEnvironment('CartPole-v1')),
    );
  });

  test('can be given up in the middle of a branch, and the next batch is what it would have been', async () => {
    const controller = new AbortController();
    let steps = 0;
    const counted = (limit: number) => () =>
      withStep('CartPole-v1', () => {
        if (++steps === limit) controller.abort();
      });
    const options = { ...VINE, environmentName: 'CartPole-v1', timesteps: 1 };
    const broken = await Trainer.create(testRuntime(), { ...options, environment: counted(200) });
    for await (const _ of broken.iterations(controller.signal)) throw new Error('it was not given up');
    expect(steps).toBeGreaterThanOrEqual(200);
    const whole = await Trainer.create(testRuntime(), { ...options, environment: counted(Infinity) });
    const [again, first] = [await runToEnd(broken), await runToEnd(whole)];
    expect(again).toEqual(first);
  });

  test('refuses an environment that cannot go back to a state, naming the way out', async () => {
    const options = { ...VINE, environment: () => scriptedEnvironment() };
    await expect(Trainer.create(testRuntime(), options)).rejects.toThrow(EnvironmentError);
    await expect(Trainer.create(testRuntime(), options)).rejects.toThrow(
      /saveState\(\) and restoreState\(\)/,
    );
  });

  test('names the environment whose branch gives a number that is not finite', async () => {
    let steps = 0;
    const environment = (): Environment => {
      const inner = withStep('CartPole-v1', () => steps++);
      const step = (action: Action) => {
        const result = inner.step(action) as StepResult;
        // the trunk has 128 steps
        return steps > 150 ? { ...result, reward: Number.NaN } : result;
      };
      return { ...inner, step };
    };
    const trainer = await Trainer.create(testRuntime(), {
      ...VINE,
      environment,
      environmentName: 'Robot',
    });
    const failure = trainer.iterations().next();
    await expect(failure).rejects.toThrow(NonFiniteError);
    await expect(failure).rejects.toThrow(/Robot \(environment \d/);
  });

  test.each([
    [{ vineStates: 65 }, /vineStates = 65: an environment's trunk has 64 states/],
    [{ fisher: 'empirical' as const }, /fisher = "empirical"/],
  ])('refuses %o', async (given, message) => {
    const options = { ...VINE, environment: 'CartPole-v1', ...given };
    await expect(Trainer.create(testRuntime(), options)).rejects.toThrow(OptionError);
    await expect(Trainer.create(testRuntime(), options)).rejects.toThrow(message);
  });
});

/** An environment of the list that tells of every step. */
function withStep(id: string, onStep: () => void): Environment {
  const inner = makeEnvironment(id);
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (options) => inner.reset(options),
    step: (action) => {
      onStep();
      return inner.step(action);
    },
    saveState: () => inner.saveState!(),
    restoreState: (state) => inner.restoreState!(state),
  };
}
