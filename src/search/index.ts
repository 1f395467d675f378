import { choice, integer, number, type OptionValues, positive } from '../options/optionEntry.js';
import { CmaEs, defaultCmaPopulation } from './cmaEs.js';
import { CrossEntropySearch } from './crossEntropy.js';
import type { ParameterSearch } from './parameterSearch.js';

/** Parameters up to which CMA-ES adapts a full matrix unless told: beyond, its eigenvectors cost more than the episodes. */
const MOST_FULL_DIMENSIONS = 500;
const CROSS_ENTROPY_POPULATION = 40;

/** Options of every search. */
export const searchOptions = {
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
  ...searchOptions,
  eliteFraction: positive(0.2, 1, '', 'Best part of a generation, to which the next is fitted'),
  extraStd: number(0.25, 0, 100, '', 'Standard deviation added at the start, which falls to 0'),
  extraStdGenerations: integer(100, 1, 1e6, '', 'Generations until extraStd is 0'),
} as const;

const cmaOptions = {
  ...searchOptions,
  searchCovariance: choice(
    'auto',
    ['auto', 'full', 'diagonal'],
    'Covariance of the weights; auto is full up to 500 of them',
  ),
} as const;

type SearchOptions = OptionValues<typeof crossEntropyOptions & typeof cmaOptions>;

/** A search as the list below has it. */
interface SearchDefinition {
  /** In full, for lists. */
  readonly title: string;
  readonly options: Partial<typeof crossEntropyOptions & typeof cmaOptions>;
  /** The search from these weights on. */
  create(mean: Float64Array, seed: number, options: SearchOptions): ParameterSearch;
}

/** The algorithms that search the weights by episode returns, without a gradient: this list is the registration. */
export const searches = {
  cem: {
    title: 'cross-entropy method',
    options: crossEntropyOptions,
    create: (mean, seed, options) =>
      new CrossEntropySearch({
        seed,
        mean,
        std: options.searchStd,
        populationSize: options.searchPopulation || CROSS_ENTROPY_POPULATION,
        eliteFraction: options.eliteFraction,
        extraStd: options.extraStd,
        extraStdGenerations: options.extraStdGenerations,
      }),
  },
  'cma-es': {
    title: 'covariance matrix adaptation evolution strategy',
    options: cmaOptions,
    create(mean, seed, options) {
      const populationSize = options.searchPopulation || defaultCmaPopulation(mean.length);
      const automatic = mean.length <= MOST_FULL_DIMENSIONS ? 'full' : 'diagonal';
      const kind = options.searchCovariance === 'auto' ? automatic : options.searchCovariance;
      return new CmaEs({ seed, mean, std: options.searchStd, populationSize }, kind);
    },
  },
} as const satisfies Record<string, SearchDefinition>;

export type SearchName = keyof typeof searches;

export const allSearchOptions = { ...crossEntropyOptions, ...cmaOptions } as const;

export function isSearch(name: string): name is SearchName {
  return Object.hasOwn(searches, name);
}
