import { choice, integer, number, type OptionValues, positive } from '../options/optionEntry.js';
import { CmaEs, defaultCmaPopulation } from './cmaEs.js';
import { CrossEntropySearch } from './crossEntropy.js';
import type { ParameterSearch } from './parameterSearch.js';

/** Parameters up to which CMA-ES adapts a full matrix unless told: beyond, its eigenvectors cost more than the episodes. */
const MOST_FULL_DIMENSIONS = 500;
const CROSS_ENTROPY_POPULATION = 40;

/** Options of every search. */
const commonOptions = {
  searchPopulation: integer(
    0,
    0,
    10_000,
    'λ',
    "Candidates of a generation; 0 for the algorithm's own number",
  ),
  searchEpisodes: integer(1, 1, 4096, '', 'Episodes of each candidate, stepped together'),
  searchStd: positive(0.5, 100, 'σ', 'Standard deviation of the first weights'),
} as const;

const crossEntropyOptions = {
  ...commonOptions,
  eliteFraction: positive(0.2, 1, '', 'Best part of a generation, to which the next is fitted'),
  extraStd: number(0.25, 0, 100, '', 'Standard deviation added at the start, which falls to 0'),
  extraStdGenerations: integer(100, 1, 1e6, '', 'Generations until extraStd is 0'),
} as const;

const cmaOptions = {
  ...commonOptions,
  searchCovariance: choice(
    'auto',
    ['auto', 'full', 'diagonal'],
    'Covariance of the weights; auto is full up to 500 of them',
  ),
} as const;

/**
 * The algorithms that search the weights by episode returns, without a gradient, with the options that each reads: these
 * lists are the registration. Options are apart so that a page which only lists them does not load the searches.
 */
export const searchOptions = { cem: crossEntropyOptions, 'cma-es': cmaOptions } as const;

/** The options of both. */
export const allSearchOptions = { ...crossEntropyOptions, ...cmaOptions } as const;

export type SearchName = keyof typeof searchOptions;

type OptionsOfAll = OptionValues<typeof allSearchOptions>;

const creators: Readonly<
  Record<SearchName, (mean: Float64Array, seed: number, options: OptionsOfAll) => ParameterSearch>
> = {
  cem: (mean, seed, options) =>
    new CrossEntropySearch({
      seed,
      mean,
      std: options.searchStd,
      populationSize: options.searchPopulation || CROSS_ENTROPY_POPULATION,
      eliteFraction: options.eliteFraction,
      extraStd: options.extraStd,
      extraStdGenerations: options.extraStdGenerations,
    }),
  'cma-es'(mean, seed, options) {
    const populationSize = options.searchPopulation || defaultCmaPopulation(mean.length);
    const automatic = mean.length <= MOST_FULL_DIMENSIONS ? 'full' : 'diagonal';
    const kind = options.searchCovariance === 'auto' ? automatic : options.searchCovariance;
    return new CmaEs({ seed, mean, std: options.searchStd, populationSize }, kind);
  },
};

/** The search of that name, from these weights on. */
export function createSearch(
  name: SearchName,
  mean: Float64Array,
  seed: number,
  options: OptionsOfAll,
): ParameterSearch {
  return creators[name](mean, seed, options);
}

export function isSearch(name: string): name is SearchName {
  return Object.hasOwn(searchOptions, name);
}
