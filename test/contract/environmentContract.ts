import { describe, expect, it } from 'vitest';
import { runCheck } from '../../src/check/check.js';
import { environmentContract } from '../../src/check/environmentContract.js';
import type { Environment, ResetOptions } from '../../src/environments/environment.js';
import { TrpoError } from '../../src/errors.js';

export interface EnvironmentContractOptions {
  /** An internal state to start from, for environments that know `options.state`. */
  startState?: readonly number[];
  /** Every episode ends within so many steps. */
  longestEpisode?: number;
}

/**
 * What every environment of this package must do, what is only advised to users included: call it from a test file with a
 * name and a maker of fresh environments.
 */
export function describeEnvironmentContract(
  name: string,
  create: () => Environment,
  { startState, longestEpisode = 2000 }: EnvironmentContractOptions = {},
): void {
  describe(`${name} keeps the environment contract`, () => {
    const [saves, draws] = [create().saveState !== undefined, create().render !== undefined];
    it.each(environmentContract.map((check) => [check.rule, check] as const))('%s', async (rule, check) => {
      const subject = { name, create: async () => create(), steps: longestEpisode, longestEpisode };
      const { outcome, reason } = await runCheck(check, { ...subject, stepTimeoutMs: 0 });
      const needsWhatIsNotThere = (/\bsave[sd]\b/.test(rule) && !saves) || (/\brender/.test(rule) && !draws);
      expect({ outcome, reason: needsWhatIsNotThere ? undefined : reason }).toEqual({
        outcome: needsWhatIsNotThere ? 'skipped' : 'ok',
        reason: undefined,
      });
    });
    if (startState) describeStartState(create, startState);
  });
}

function describeStartState(create: () => Environment, startState: readonly number[]): void {
  it('starts from options.state, always at the same place, and refuses what is no state', async () => {
    const environment = create();
    const first = await resetObservation(environment, { options: { state: startState } });
    expect(environment.observationSpace.contains(first), `observation ${first}`).toBe(true);
    expect(await resetObservation(environment, { seed: 5, options: { state: startState } })).toEqual(first);
    for (const state of [[...startState, 0], [], startState.map(() => Number.NaN)]) {
      await expect(async () => environment.reset({ options: { state } })).rejects.toThrow(TrpoError);
    }
  });
}

async function resetObservation(environment: Environment, options?: ResetOptions): Promise<number[]> {
  const { observation } = await environment.reset(options);
  return Array.from(observation as ArrayLike<number>);
}
