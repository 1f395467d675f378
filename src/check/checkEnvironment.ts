import type { Environment } from '../environments/environment.js';
import { OptionError } from '../errors.js';
import { EnvironmentCalls } from '../vector/environmentCalls.js';
import {
  closeEnvironments,
  isVector,
  type MadeEnvironments,
  makeEnvironments,
  spacesOf,
  vectorOf,
} from '../vector/environmentSource.js';
import { releaseEnvironment } from '../vector/environmentUse.js';
import { type EnvironmentSource, ownNameOf } from '../vector/givenSource.js';
import { type Check, type CheckResult, runCheck } from './check.js';
import { environmentContract } from './environmentContract.js';
import { vectorContract } from './vectorContract.js';

export interface CheckOptions {
  /** Name in messages. Default the known name, or "the environment". */
  readonly environmentName?: string;
  /** Steps of an episode that are played at most, 1 or more. Default 1000, fewer where observations are large. */
  readonly steps?: number;
  /** Steps of random actions after which an episode counts as endless. Default 10,000. */
  readonly longestEpisode?: number;
  /** ms that a promised answer may take, 0 for any time. Default 60,000. */
  readonly stepTimeoutMs?: number;
  /** Told each result as it comes. */
  readonly onResult?: (result: CheckResult) => void;
  /** Ends the checks before the next one. */
  readonly signal?: AbortSignal;
}

/** What became of the checks of an environment. */
export interface CheckReport {
  readonly environment: string;
  readonly results: readonly CheckResult[];
  /** Results that are "failed". */
  readonly failures: number;
}

const STEPS = 1000;
const LONGEST_EPISODE = 10_000;
const STEP_TIMEOUT_MS = 60_000;
/** Numbers of observations that the steps of one episode may hold by default. */
const MOST_NUMBERS = 1_000_000;
const FEWEST_STEPS = 20;

/**
 * Runs the contract that the environments of this package keep: spaces, members, seeds, determinism, resets, saved states,
 * pictures, refusals. It steps fresh environments of the source with random actions, on the calling thread. Rules that are
 * broken are in the report. Throws OptionError for options out of range, and what the signal gives when it is aborted.
 */
export async function checkEnvironment(
  environment: EnvironmentSource,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const name = options.environmentName ?? ownNameOf(environment) ?? 'the environment';
  for (const key of ['steps', 'longestEpisode'] as const) {
    const value = options[key] ?? 1;
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new OptionError(`${key} = ${value}: it must be a whole number of 1 or more`);
    }
  }
  const made: MadeEnvironments[] = [];
  const make = async (count: number) => {
    const some = await makeEnvironments(environment, name, count);
    made.push(some);
    // that one object is made twice is what a rule looks for
    for (const one of isVector(some) ? [some] : some) releaseEnvironment(one);
    return some;
  };
  const results: CheckResult[] = [];
  const take = async <Subject>(check: Check<Subject>, subject: Subject): Promise<void> => {
    options.signal?.throwIfAborted();
    const result = await runCheck(closingAfter(check, name, made), subject);
    results.push(result);
    options.onResult?.(result);
  };
  let first: MadeEnvironments | undefined;
  const isMade: Check<undefined> = {
    rule: 'is made, with an observation space, an action space, reset() and step()',
    remedy: 'mend what makes it',
    run: async () => {
      first = await make(1);
    },
  };
  await take(isMade, undefined);
  if (first !== undefined) {
    const steps = options.steps ?? stepsFor(spacesOf(first).observationSpace.size);
    const { longestEpisode = LONGEST_EPISODE, stepTimeoutMs = STEP_TIMEOUT_MS } = options;
    if (isVector(first)) {
      const create = async (count: number) => {
        const calls = new EnvironmentCalls(stepTimeoutMs);
        const one = (index: number) => `${name} (environment ${index})`;
        return vectorOf(await make(count), calls, { one, all: () => name });
      };
      for (const check of vectorContract) await take(check, { create, steps });
    } else {
      const create = async () => ((await make(1)) as readonly Environment[])[0];
      const subject = { name, create, steps, longestEpisode, stepTimeoutMs };
      for (const check of environmentContract) await take(check, subject);
    }
  }
  const failures = results.filter(({ outcome }) => outcome === 'failed').length;
  return { environment: name, results, failures };
}

function stepsFor(observationSize: number): number {
  return Math.max(FEWEST_STEPS, Math.min(STEPS, Math.floor(MOST_NUMBERS / observationSize)));
}

/** The check, after which what it has made is closed; a failure to close breaks its rule too. */
function closingAfter<Subject>(
  check: Check<Subject>,
  name: string,
  made: MadeEnvironments[],
): Check<Subject> {
  const close = async () => {
    for (const some of made.splice(0)) await closeEnvironments(some, name);
  };
  const { skip, run } = check;
  return {
    ...check,
    skip: async (subject) => {
      const reason = await skip?.(subject);
      if (reason !== undefined) await close();
      return reason;
    },
    run: async (subject) => {
      try {
        await run(subject);
      } catch (error) {
        // what the check found is the one to tell
        await close().catch(() => {});
        throw error;
      }
      await close();
    },
  };
}
