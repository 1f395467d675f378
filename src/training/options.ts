import { KL_CONSTRAINTS } from '../algorithms/lineSearch.js';
import { FISHER_KINDS } from '../algorithms/objective.js';
import { nearestName, OptionError } from '../errors.js';
import { ACTIVATIONS } from '../network/networkSpec.js';

/**
 * Every option of training, in one table that the command line, the documentation and the checks read.
 * To add one: add its line here and read it where it acts.
 */

interface NumberEntry {
  readonly kind: 'integer' | 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Whether min itself is refused. */
  readonly aboveMin?: boolean;
}

interface BooleanEntry {
  readonly kind: 'boolean';
  readonly default: boolean;
}

interface SizesEntry {
  readonly kind: 'sizes';
  readonly default: readonly number[];
}

interface ChoiceEntry {
  readonly kind: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
}

interface Described {
  /** Symbol in the papers, or empty. */
  readonly symbol: string;
  readonly description: string;
}

export type OptionEntry = (NumberEntry | BooleanEntry | SizesEntry | ChoiceEntry) & Described;

const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

function integer(fallback: number, min: number, max: number, symbol: string, description: string) {
  return { kind: 'integer', default: fallback, min, max, symbol, description } as const;
}

function positive(fallback: number, max: number, symbol: string, description: string) {
  return { kind: 'number', default: fallback, min: 0, max, aboveMin: true, symbol, description } as const;
}

function fraction(fallback: number, symbol: string, description: string) {
  return { kind: 'number', default: fallback, min: 0, max: 1, symbol, description } as const;
}

function toggle(fallback: boolean, description: string) {
  return { kind: 'boolean', default: fallback, symbol: '', description } as const;
}

function sizes(fallback: readonly number[], description: string) {
  return { kind: 'sizes', default: fallback, symbol: '', description } as const;
}

function choice<const Name extends string>(
  fallback: NoInfer<Name>,
  choices: readonly Name[],
  description: string,
) {
  return { kind: 'choice', default: fallback, choices, symbol: '', description } as const;
}

export const optionTable = {
  algorithm: choice(
    'trpo',
    ['trpo', 'npg', 'vpg', 'ppo', 'cem', 'cma-es'],
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
  environments: integer(1, 1, 4096, 'N', 'Environments that are stepped together'),
  steps: integer(2048, 1, 1e8, 'T', 'Steps of each environment in one iteration'),
  stepTimeoutMs: integer(
    0,
    0,
    1e9,
    '',
    'ms that an environment may take for one answer of step or reset, after which the run fails; 0 for any time',
  ),
  sampling: choice(
    'singlePath',
    ['singlePath', 'vine'],
    'What the policy learns from: the steps of trajectories, or branches that grow from them (needs saveState and restoreState)',
  ),
  vineStates: integer(16, 1, 1e6, '', "vine: states of each environment's trajectory that branches begin at"),
  vineActions: integer(
    4,
    2,
    1e6,
    'K',
    'vine: actions drawn in each of them; of a Discrete space all are tried',
  ),
  vineSteps: integer(32, 1, 1e6, '', 'vine: most steps of a branch; the value function says what follows'),
  gamma: fraction(0.99, 'γ', 'Discount of future rewards'),
  lambda: fraction(0.95, 'λ', 'Bias against variance in generalized advantage estimation'),
  maxKl: positive(0.01, 10, 'δ', 'Trust region: most KL(old || new) of an update'),
  maxKlDecay: fraction(
    0,
    '',
    'Part of maxKl that is gone at the end of the run, linearly in steps: 1 shrinks the trust region to nothing',
  ),
  klConstraint: choice(
    'mean',
    KL_CONSTRAINTS,
    'What maxKl limits: the mean KL over the states of the batch, or that of every single one',
  ),
  damping: {
    kind: 'number',
    default: 0.1,
    min: 0,
    max: 1e6,
    symbol: '',
    description: 'Added to the diagonal of the Fisher matrix in conjugate gradient',
  },
  cgIterations: integer(15, 1, 1000, 'k', 'Most Fisher-vector products of one update'),
  cgTolerance: fraction(1e-6, '', 'Conjugate gradient stops at this residual, relative to the gradient'),
  fisher: choice(
    'analytic',
    FISHER_KINDS,
    'Fisher matrix: the expectation over actions, or the mean over the actions taken',
  ),
  fisherFraction: positive(
    1,
    1,
    '',
    'Part of the batch that Fisher-vector products are made on; gradient and line search see all of it',
  ),
  cgPreconditionerRows: integer(
    0,
    0,
    4096,
    'm',
    'Rows of the batch whose Fisher matrix preconditions conjugate gradient; 0 for none',
  ),
  learningRate: {
    kind: 'number',
    default: 0,
    min: 0,
    max: 1e6,
    symbol: '',
    description:
      "npg and vpg: step along the (natural) gradient; 0 for one of the length of TRPO's full step, from maxKl",
  },
  ppoEpochs: integer(10, 1, 1000, '', 'ppo: passes over the batch in one update'),
  ppoMinibatch: integer(64, 1, 1e8, '', 'ppo: rows of one Adam step'),
  ppoLearningRate: positive(3e-4, 10, '', 'ppo: learning rate of Adam'),
  ppoClip: positive(0.2, 100, 'ε', 'ppo: ratios further than this from 1 earn nothing more'),
  backtrackFactor: {
    kind: 'number',
    default: 0.8,
    min: 0.01,
    max: 0.99,
    symbol: 'α',
    description: 'Line search: each trial step is this times the one before',
  },
  maxBacktracks: integer(10, 0, 100, '', 'Line search: trials after the full step'),
  guard: toggle(
    false,
    'Keep the best policy by a lower confidence bound of its return, and go back to it when the return falls',
  ),
  guardEpisodes: integer(
    20,
    2,
    1e6,
    '',
    'guard: episodes that a verdict takes, and at least two of each environment',
  ),
  guardTolerance: fraction(
    0.1,
    '',
    'guard: part of the return gained since the start that may be lost without a rollback',
  ),
  hiddenSizes: sizes([64, 64], 'Hidden layers of the policy, such as 64,64; "none" for a linear policy'),
  valueHiddenSizes: sizes([64, 64], 'Hidden layers of the value function'),
  activation: choice('tanh', ACTIVATIONS, 'Hidden activation of both networks'),
  initialLogStd: {
    kind: 'number',
    default: 0,
    min: -10,
    max: 5,
    symbol: 'ln σ',
    description: 'Log standard deviation of a Gaussian policy at the start',
  },
  policyOutputGain: positive(
    0.01,
    100,
    '',
    'Gain of the last policy layer at the start; small gives even choices',
  ),
  valueOutputGain: positive(1, 100, '', 'Gain of the last value layer at the start'),
  normalizeObservations: toggle(true, 'Networks see observations minus running mean, over running deviation'),
  keepOutputsFrom: integer(
    0,
    0,
    1e12,
    '',
    'Steps after which the first layers make up for changes of the observation normaliser, so that these leave policy and V as they are; 0 for never',
  ),
  observationClip: positive(10, 1e6, '', 'Normalised observations are clipped to this'),
  scaleRewards: toggle(
    true,
    'Learn from rewards over the running deviation of returns; reports stay unscaled',
  ),
  normalizeAdvantages: toggle(true, 'Advantages of a batch get mean 0 and deviation 1'),
  valueEpochs: integer(10, 0, 1000, '', 'Passes over the batch in the value fit'),
  valueMinibatch: integer(64, 1, 1e8, '', 'Rows of one Adam step in the value fit'),
  valueLearningRate: positive(1e-3, 10, '', 'Learning rate of Adam in the value fit'),
  searchPopulation: integer(
    0,
    0,
    10_000,
    'λ',
    "cem and cma-es: candidates of a generation; 0 for the algorithm's own number",
  ),
  searchEpisodes: integer(1, 1, 4096, '', 'cem and cma-es: episodes of each candidate, stepped together'),
  searchStd: positive(0.5, 100, 'σ', 'cem and cma-es: standard deviation of the first weights'),
  searchCovariance: choice(
    'auto',
    ['auto', 'full', 'diagonal'],
    'cma-es: covariance of the weights; auto is full up to 500 of them',
  ),
  eliteFraction: positive(0.2, 1, '', 'cem: best part of a generation, to which the next is fitted'),
  extraStd: {
    kind: 'number',
    default: 0.25,
    min: 0,
    max: 100,
    symbol: '',
    description: 'cem: standard deviation added at the start, which falls to 0',
  },
  extraStdGenerations: integer(100, 1, 1e6, '', 'cem: generations until extraStd is 0'),
} as const satisfies Record<string, OptionEntry>;

type Table = typeof optionTable;
type ValueOf<Entry> = Entry extends { kind: 'boolean' }
  ? boolean
  : Entry extends { kind: 'sizes' }
    ? readonly number[]
    : Entry extends { choices: readonly (infer Name)[] }
      ? Name
      : number;

/** The options of a run, all of them set. */
export type TrpoOptions = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };
export type OptionName = keyof Table;

export const optionNames = Object.keys(optionTable) as OptionName[];

export const defaultOptions = Object.fromEntries(
  optionNames.map((name) => [name, optionTable[name].default]),
) as unknown as TrpoOptions;

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
  const { kind } = optionTable[known];
  let value: unknown = text;
  if (kind === 'integer' || kind === 'number') value = text.trim() === '' ? Number.NaN : Number(text);
  if (kind === 'boolean') value = text === 'true' ? true : text === 'false' ? false : text;
  if (kind === 'sizes') value = text === 'none' || text === '' ? [] : text.split(',').map(Number);
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
  const entry: OptionEntry = optionTable[name];
  switch (entry.kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${entry.choices.join(', ')}`;
    case 'sizes':
      return 'whole numbers from 1 to 65536 with commas between them, or none';
    default:
      return `${entry.kind === 'integer' ? 'a whole number' : 'a number'} ${rangeOf(entry)}`;
  }
}

function rangeOf({ min, max, aboveMin }: NumberEntry): string {
  return aboveMin ? `above ${min} and at most ${max}` : `from ${min} to ${max}`;
}

function requireOptionName(name: string): OptionName {
  if (Object.hasOwn(optionTable, name)) return name as OptionName;
  throw new OptionError(
    `There is no option "${name}"${nearestName(name, optionNames)}; "trpo options" lists them all`,
  );
}

function checkedOption(name: OptionName, value: unknown): TrpoOptions[OptionName] {
  if (!fits(optionTable[name], value)) {
    throw new OptionError(`Option ${name} = ${JSON.stringify(value)}: it must be ${ruleOf(name)}`);
  }
  return value as TrpoOptions[OptionName];
}

function fits(entry: OptionEntry, value: unknown): boolean {
  switch (entry.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return (entry.choices as readonly unknown[]).includes(value);
    case 'sizes':
      return (
        Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 1 && size <= 65536)
      );
    default:
      return (
        typeof value === 'number' &&
        (entry.kind === 'number' || Number.isInteger(value)) &&
        (entry.aboveMin ? value > entry.min : value >= entry.min) &&
        value <= entry.max
      );
  }
}
