import { nearestName, OptionError } from '../errors.js';
import {
  completeOptions,
  isRead,
  type OptionName,
  optionTable,
  parseOption,
  requireRead,
  type TrpoOptions,
} from '../training/options.js';
import { optionsOfRun } from '../training/trainingPlan.js';
import { tunedFor } from '../training/tunedOptions.js';
import { requireSource } from '../vector/environmentSource.js';

/** A setting to compare: some options with a name. */
export interface Setting {
  /** As it was given, such as "trpo:lambda=0.9". */
  readonly name: string;
  readonly options: Partial<TrpoOptions>;
}

/** One run of a comparison. */
export interface PlannedRun {
  readonly environment: string;
  readonly algorithm: string;
  /** What is given beside the environment's tuned options. */
  readonly given: Partial<TrpoOptions>;
  /** All options. */
  readonly options: TrpoOptions;
  /** Folder beneath the comparison's, in parts. */
  readonly folder: readonly string[];
}

/**
 * Settings out of "trpo,vpg,trpo:lambda=0.9:maxKl=0.02": an algorithm, then options after colons. A piece between commas that
 * does not begin with an algorithm belongs to the value before it (hiddenSizes=64,64). Throws OptionError.
 */
export function parseSettings(text: string): Setting[] {
  const algorithms: readonly string[] = optionTable.algorithm.choices;
  const texts: string[] = [];
  for (const piece of text.split(',')) {
    const isNew = algorithms.includes(piece.split(':')[0]);
    const isValue = texts.length > 0 && texts[texts.length - 1].includes('=');
    if (isNew || !isValue) texts.push(piece);
    else texts[texts.length - 1] += `,${piece}`;
  }
  const settings = texts.map((setting) => {
    const [algorithm, ...assignments] = setting.split(':');
    if (!algorithms.includes(algorithm)) {
      throw new OptionError(
        `--algorithms ${text}: there is no algorithm "${algorithm}"${nearestName(algorithm, algorithms)}; give some of ${algorithms.join(', ')}, each with options after colons, such as trpo:lambda=0.9`,
      );
    }
    const options: Record<string, unknown> = { algorithm };
    for (const assignment of assignments) {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(assignment) ?? [];
      if (name === undefined) {
        throw new OptionError(
          `--algorithms ${text}: "${assignment}" must be NAME=VALUE, such as trpo:lambda=0.9`,
        );
      }
      options[name] = parseOption(name, value);
    }
    return { name: setting, options: options as Partial<TrpoOptions> };
  });
  requireDifferent(
    '--algorithms',
    settings.map(({ name }) => name),
  );
  return settings;
}

/** Seeds out of "5" (the first five, from 0 on) or "3,7,9". Throws OptionError. */
export function parseSeeds(text: string): number[] {
  const numbers = text.split(',').map((piece) => (piece.trim() === '' ? Number.NaN : Number(piece)));
  if (numbers.length === 1 && Number.isInteger(numbers[0]) && numbers[0] >= 1 && numbers[0] <= 1000) {
    return Array.from({ length: numbers[0] }, (_, seed) => seed);
  }
  if (numbers.length === 1 || !numbers.every((seed) => Number.isSafeInteger(seed) && seed >= 0)) {
    throw new OptionError(
      `--seeds ${text}: it must be how many, from 1 to 1000, or the seeds themselves with commas between them, such as 3,7`,
    );
  }
  requireDifferent('--seeds', numbers);
  return numbers;
}

export interface ComparisonRequest {
  readonly environments: readonly string[];
  /** Those of `environments` that a module of the user's makes: they are no known names. */
  readonly modules?: ReadonlySet<string>;
  readonly settings: readonly Setting[];
  readonly seeds: readonly number[];
  /** Options of every run that reads them, over the tuned ones and under a setting's own. */
  readonly common: Partial<TrpoOptions>;
}

/** The runs of a comparison, seed by seed, so that a first picture of everything appears early. Throws as makeEnvironment. */
export function planRuns({
  environments,
  modules = new Set(),
  settings,
  seeds,
  common,
}: ComparisonRequest): PlannedRun[] {
  requireDifferent('--environments', environments);
  requireReaders(common, settings);
  for (const name of environments) if (!modules.has(name)) requireSource(name);
  return seeds.flatMap((seed) =>
    environments.flatMap((environment) =>
      settings.map((setting) => {
        const given = { ...readOf(common, environment, setting.options), ...setting.options, seed };
        return {
          environment,
          algorithm: setting.name,
          given,
          options: optionsOfRun(environment, given),
          folder: [environment.replaceAll('#', '-'), folderName(setting.name), `seed${seed}`],
        };
      }),
    ),
  );
}

/** The options for every run that this setting reads: what PPO has no use for does not keep it out of a comparison. */
function readOf(
  common: Partial<TrpoOptions>,
  environment: string,
  own: Partial<TrpoOptions>,
): Partial<TrpoOptions> {
  const all = completeOptions(tunedFor(environment), common, own);
  return Object.fromEntries(Object.entries(common).filter(([name]) => isRead(name as OptionName, all)));
}

/** Throws OptionError for an option for every run that no setting reads. */
function requireReaders(common: Partial<TrpoOptions>, settings: readonly Setting[]): void {
  for (const name of Object.keys(common) as OptionName[]) {
    if (settings.some(({ options }) => isRead(name, completeOptions(common, options)))) continue;
    requireRead({ [name]: common[name] }, completeOptions(common, settings[0].options));
  }
}

/** The names of the options in which two runs differ, those left out that do not decide what a run is. */
export function differingOptions(
  a: TrpoOptions,
  b: TrpoOptions,
  ignored: readonly OptionName[],
): OptionName[] {
  return (Object.keys(optionTable) as OptionName[]).filter(
    (name) => !ignored.includes(name) && JSON.stringify(a[name]) !== JSON.stringify(b[name]),
  );
}

/** A setting's name as the name of a folder on any system. */
function folderName(setting: string): string {
  return setting.replaceAll(':', '_');
}

function requireDifferent(flag: string, values: readonly (string | number)[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new OptionError(`${flag}: ${twice} is given twice; give it once`);
}
