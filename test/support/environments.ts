import type {
  Action,
  Environment,
  ResetOptions,
  ResetResult,
  StepResult,
} from '../../src/environments/environment.js';
import { makeEnvironment } from '../../src/environments/index.js';
import { type ActionSpace, Box, Discrete } from '../../src/environments/spaces.js';

/** An environment of the list, or one given, whose every answer is a promise, kept waiting for a turn of the event loop. */
export function behindPromises(given: string | Environment<Box>): Environment<Box> {
  const inner = typeof given === 'string' ? makeEnvironment(given) : given;
  const later = async <Result>(result: Result | Promise<Result>): Promise<Result> => {
    // a copy now: the environment may reuse its observation
    const { observation, ...rest } = (await result) as StepResult;
    const copy = { observation: Array.from(observation), ...rest };
    await new Promise((resolve) => setImmediate(resolve));
    return copy as Result;
  };
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (options?: ResetOptions) => later<ResetResult>(inner.reset(options)),
    step: (action: Action) => later<StepResult>(inner.step(action)),
    saveState: () => inner.saveState!(),
    restoreState: (state) => inner.restoreState!(state),
  };
}

/** Two observations, two actions, episodes of `length` steps; any answer can be replaced to break the contract. */
export function scriptedEnvironment(
  broken: { reset?: () => unknown; step?: (step: number) => unknown; actionSpace?: ActionSpace } = {},
  length = 10,
): Environment {
  let step = 0;
  return {
    observationSpace: new Box({ low: -1, high: 1, size: 2 }),
    actionSpace: broken.actionSpace ?? new Discrete(2),
    reset: () => {
      step = 0;
      return (broken.reset?.() ?? { observation: [0, 0] }) as ResetResult;
    },
    step: (action) => {
      step++;
      const fallback = {
        observation: [Math.sin(step), Math.cos(step)],
        reward: action === 1 ? 1 : 0,
        terminated: false,
        truncated: step === length,
      };
      return (broken.step?.(step) ?? fallback) as StepResult;
    },
  };
}
