import { algorithmOptions, allAlgorithmOptions } from '../algorithms/index.js';
import { nearestName, OptionError } from '../errors.js';
import { DENSE_NETWORK, isNamedNetwork, isNetwork, NETWORK_NAMES } from '../network/imageNetworks.js';
import { ACTIVATIONS } from '../network/networkSpec.js';
import {
  choice,
  fits,
  fraction,
  integer,
  number,
  type OptionEntry,
  type OptionValues,
  positive,
  ruleOf as ruleOfEntry,
  sizes,
  text,
  toggle,
  valueFromText,
} from '../options/optionEntry.js';
import { allSearchOptions, searchOptions } from '../search/index.js';

/**
 * Every option of training, grouped by what reads it. Algorithms and searches bring their own (src/algorithms/, src/search/);
 * here are those of runs, rollouts, networks and the value fit.
 */

const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

/** Options that algorithms and searches read beside those of the groups below. */
const ownOptions = { ...algorithmOptions, ...searchOptions } as const;
const algorithmNames = Object.keys(ownOptions) as (keyof typeof ownOptions)[];
const gradientAlgorithms = Object.keys(algorithmOptions) as (keyof typeof algorithmOptions)[];

/** Read by every run. */
const runOptions = {
  algorithm: choice(
    'trpo',
    algorithmNames,
    'How the policy moves: trust region, natural or vanilla policy gradient, proximal policy optimization; or a search without gradients',
  ),
  seed: integer(
    0,
    0,
    LARGEST_SEED,
    '',
    'Seed of everything random: weights, environments, actions, minibatches',
  ),
  timesteps: integer(100_000, 1, 1e12, '', 'Environment steps of the whole run, over all environments'),
  stepTimeoutMs: integer(
    0,
    0,
    1e9,
    '',
    'ms that an environment may take for one answer of step or reset, after which the run fails; 0 for any time',
  ),
  network: text(
    DENSE_NETWORK,
    isNetwork,
    `${NETWORK_NAMES.join(', ')}, or convolutions with commas between them: 16x4/2 for 16 filters of 4 x 4 pixels, 2 apart, 16x3same for 3 x 3 with zeros around the image`,
    'Layers of both networks before the dense ones: none, those of a name, which then says the dense ones too, or convolutions',
  ),
  hiddenSizes: sizes([64, 64], 'Hidden layers of the policy, such as 64,64; "none" for a linear policy'),
  activation: choice('tanh', ACTIVATIONS, 'Hidden activation of both networks'),
  initialLogStd: number(
    0,
    -10,
    5,
    'ln σ',
    'Log standard deviation of a Gaussian policy at the start, in its own units: see rescaleActions',
  ),
  rescaleActions: toggle(
    true,
    'Numbers of the policy are actions in units of half the range of their bounds, from its middle; false: the actions themselves',
  ),
  policyOutputGain: positive(
    0.01,
    100,
    '',
    'Gain of the last policy layer at the start; small gives even choices',
  ),
  normalizeObservations: toggle(true, 'Networks see observations minus running mean, over running deviation'),
  observationClip: positive(10, 1e6, '', 'Normalised observations are clipped to this'),
} as const;

/** Read by every algorithm that follows a gradient. */
const gradientOptions = {
  environments: integer(1, 1, 4096, 'N', 'Environments that are stepped together'),
  steps: integer(2048, 1, 1e8, 'T', 'Steps of each environment in one iteration'),
  sampling: choice(
    'singlePath',
    ['singlePath', 'vine'],
    'What the policy learns from: the steps of trajectories, or branches that grow from them (needs saveState and restoreState)',
  ),
  gamma: fraction(0.99, 'γ', 'Discount of future rewards'),
  lambda: fraction(0.95, 'λ', 'Bias against variance in generalized advantage estimation'),
  normalizeAdvantages: toggle(true, 'Advantages of a batch get mean 0 and deviation 1'),
  scaleRewards: toggle(
    true,
    'Learn from rewards over the running deviation of returns; reports stay unscaled',
  ),
  keepOutputsFrom: integer(
    0,
    0,
    1e12,
    '',
    'Steps after which the first layers make up for changes of the observation normaliser, so that these leave policy and V as they are; 0 for never',
  ),
  valueHiddenSizes: sizes([64, 64], 'Hidden layers of the value function'),
  valueOutputGain: positive(1, 100, '', 'Gain of the last value layer at the start'),
  valueEpochs: integer(10, 0, 1000, '', 'Passes over the batch in the value fit'),
  valueMinibatch: integer(64, 1, 1e8, '', 'Rows of one Adam step in the value fit'),
  valueLearningRate: positive(1e-3, 10, '', 'Learning rate of Adam in the value fit'),
  guard: toggle(
    false,
    'Keep the best policy by a lower confidence bound of its return, and go back to it when the return falls',
  ),
} as const;

/** Read where sampling = "vine". */
const vineOptions = {
  vineStates: integer(16, 1, 1e6, '', "States of each environment's trajectory that branches begin at"),
  vineActions: integer(4, 2, 1e6, 'K', 'Actions drawn in each of them; of a Discrete space all are tried'),
  vineSteps: integer(32, 1, 1e6, '', 'Most steps of a branch; the value function says what follows'),
} as const;

/** Read where guard = true. */
const guardOptions = {
  guardEpisodes: integer(
    20,
    2,
    1e6,
    '',
    'Episodes that a verdict takes, and at least two of each environment',
  ),
  guardTolerance: fraction(
    0.1,
    '',
    'Part of the return gained since the start that may be lost without a rollback',
  ),
} as const;

export const optionTable = {
  ...runOptions,
  ...gradientOptions,
  ...vineOptions,
  ...allAlgorithmOptions,
  ...guardOptions,
  ...allSearchOptions,
} as const;

/** The options of a run, all of them set. */
export type TrpoOptions = OptionValues<typeof optionTable>;
/** Options of a run as they are given: some of them. */
export type GivenOptions = Partial<TrpoOptions>;
export type OptionName = keyof typeof optionTable;

export const optionNames = Object.keys(optionTable) as OptionName[];

export const defaultOptions = Object.fromEntries(
  optionNames.map((name) => [name, optionTable[name].default]),
) as unknown as TrpoOptions;

/** What reads an option: some algorithms, and where it takes another option too, that one's value. */
export interface OptionReaders {
  readonly algorithms: readonly TrpoOptions['algorithm'][];
  readonly condition?: { readonly option: 'sampling' | 'guard'; readonly value: string | boolean };
}

/** What reads an option. */
export function readersOf(name: OptionName): OptionReaders {
  if (name in runOptions) return { algorithms: algorithmNames };
  if (name in gradientOptions) return { algorithms: gradientAlgorithms };
  if (name in vineOptions) {
    return { algorithms: gradientAlgorithms, condition: { option: 'sampling', value: 'vine' } };
  }
  if (name in guardOptions) {
    return { algorithms: gradientAlgorithms, condition: { option: 'guard', value: true } };
  }
  return { algorithms: algorithmNames.filter((algorithm) => name in ownOptions[algorithm]) };
}

/** Sizes that a named network says itself. */
const SIZES: readonly OptionName[] = ['hiddenSizes', 'valueHiddenSizes'];

/** Whether a run with these options reads that one. */
export function isRead(name: OptionName, options: TrpoOptions): boolean {
  if (SIZES.includes(name) && isNamedNetwork(options.network)) return false;
  const { algorithms, condition } = readersOf(name);
  return (
    algorithms.includes(options.algorithm) &&
    (condition === undefined || options[condition.option] === condition.value)
  );
}

/** Throws OptionError, saying what reads it, for an option given that a run with these options does not read. */
export function requireRead(given: Readonly<Record<string, unknown>>, options: TrpoOptions): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || isRead(name as OptionName, options)) continue;
    if (SIZES.includes(name as OptionName) && isNamedNetwork(options.network)) {
      throw new OptionError(
        `Option ${name} = ${JSON.stringify(value)}: network = ${JSON.stringify(options.network)} says its dense layers itself; leave it out, or list convolutions in network`,
      );
    }
    const { algorithms, condition } = readersOf(name as OptionName);
    const [reader, wanted] = algorithms.includes(options.algorithm)
      ? [condition!.option, JSON.stringify(condition!.value)]
      : (['algorithm', algorithms.map((algorithm) => JSON.stringify(algorithm)).join(', ')] as const);
    throw new OptionError(
      `Option ${name} = ${JSON.stringify(value)}: ${reader} = ${JSON.stringify(options[reader])} does not read it; leave it out, or give ${reader} = ${wanted}`,
    );
  }
}

/**
 * All options from several layers of some, later layers over earlier ones, over the defaults. A layer may come from a
 * file, so names and values are checked. Throws OptionError.
 */
export function completeOptions(...layers: readonly Readonly<Record<string, unknown>>[]): TrpoOptions {
  const complete: Record<string, unknown> = { ...defaultOptions };
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) {
      if (value !== undefined) complete[requireOptionName(name)] = checkedOption(name as OptionName, value);
    }
  }
  return complete as TrpoOptions;
}

/** The value of an option from text, as on a command line. Throws OptionError. */
export function parseOption(name: string, text: string): TrpoOptions[OptionName] {
  const known = requireOptionName(name);
  const value = valueFromText(optionTable[known], text);
  try {
    return checkedOption(known, value);
  } catch (error) {
    // what the user wrote says more than what it became
    if (Number.isNaN(value))
      throw new OptionError(`Option ${known} = "${text}": it must be ${ruleOf(known)}`);
    throw error;
  }
}

/** What values an option takes, in words. */
export function ruleOf(name: OptionName): string {
  return ruleOfEntry(optionTable[name]);
}

function requireOptionName(name: string): OptionName {
  if (Object.hasOwn(optionTable, name)) return name as OptionName;
  throw new OptionError(
    `There is no option "${name}"${nearestName(name, optionNames)}; "trpo options" lists them all`,
  );
}

function checkedOption(name: OptionName, value: unknown): TrpoOptions[OptionName] {
  const entry: OptionEntry = optionTable[name];
  if (!fits(entry, value)) {
    throw new OptionError(`Option ${name} = ${JSON.stringify(value)}: it must be ${ruleOf(name)}`);
  }
  return value as TrpoOptions[OptionName];
}

/** A group of options that the same algorithms and samplings read. */
export interface OptionGroup {
  /** Such as "Read by trpo, npg, vpg". */
  readonly title: string;
  readonly names: readonly OptionName[];
}

/** All options, grouped by what reads them. */
export function optionGroups(): OptionGroup[] {
  const groups = new Map<string, OptionName[]>();
  for (const name of optionNames) {
    const title = titleOf(readersOf(name));
    groups.set(title, [...(groups.get(title) ?? []), name]);
  }
  return [...groups].map(([title, names]) => ({ title, names }));
}

function titleOf({ algorithms: readers, condition }: OptionReaders): string {
  if (condition !== undefined) return `Read with ${condition.option}=${condition.value}`;
  if (readers.length === algorithmNames.length) return 'Read by every run';
  if (readers === gradientAlgorithms) return `Read by every algorithm with gradients (${readers.join(', ')})`;
  return `Read by ${readers.join(', ')}`;
}
