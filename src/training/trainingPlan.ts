import type { Ranks } from '../ranks/ranks.js';
import { type EnvironmentSource, ownNameOf, sourceFrom } from '../vector/givenSource.js';
import { type InitialPolicy, optionsOf, startingFrom } from './initialPolicy.js';
import { completeOptions, type GivenOptions, requireRead, type TrpoOptions } from './options.js';
import { tunedFor } from './tunedOptions.js';

/** Options not given come from the environment's tuned ones, then from the table's defaults. */
export interface TrainerOptions extends GivenOptions {
  readonly environment: EnvironmentSource;
  /** Name in logs and files for an environment that has none of its own. Default "custom". */
  readonly environmentName?: string;
  /** Threads for rollouts and update; results do not depend on it. Default: all cores. */
  readonly threads?: number;
}

/** What is trained, with all options set. */
export interface TrainingPlan {
  readonly source: EnvironmentSource;
  readonly environmentName: string;
  readonly options: TrpoOptions;
  readonly threads?: number;
  /** What to start from; absent for random weights. */
  readonly initial?: InitialPolicy;
  /** Where several processes train together. */
  readonly ranks?: Ranks;
}

/** The name of an environment in logs, files and messages. */
export function nameOf({
  environment,
  environmentName,
}: Pick<TrainerOptions, 'environment' | 'environmentName'>): string {
  if (typeof environment === 'string') return environment;
  return environmentName ?? ownNameOf(environment) ?? 'custom';
}

/**
 * The plan of a new training, from a policy or from random weights. Throws OptionError, EnvironmentError for an environment
 * given as what it must not be, and MismatchError for a policy that no run can start from.
 */
export function planOf(
  { environment, environmentName, threads, ...given }: TrainerOptions,
  policy?: InitialPolicy,
): TrainingPlan {
  const name = nameOf({ environment, environmentName });
  const source = sourceFrom(environment);
  const options = optionsOfRun(name, given, policy);
  const initial = policy && startingFrom(policy, given);
  return { source, environmentName: name, options, threads, initial };
}

/**
 * The options of a new run: those given over those that the policy has which it starts from, over the tuned ones of the
 * environment, over the defaults. Throws OptionError for an unknown name, a value out of range, and an option that the
 * algorithm or sampling does not read.
 */
export function optionsOfRun(
  environmentName: string,
  given: Readonly<Record<string, unknown>>,
  policy?: InitialPolicy,
): TrpoOptions {
  const options = completeOptions(tunedFor(environmentName), policy ? optionsOf(policy) : {}, given);
  requireRead(given, options);
  return options;
}
