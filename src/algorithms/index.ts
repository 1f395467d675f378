import type { OptionValues } from '../options/optionEntry.js';
import type { AlgorithmParts, PolicyAlgorithm } from './algorithm.js';
import { ascentOptions } from './ascent.js';
import { createNpg } from './npg.js';
import { createPpo, ppoOptions } from './ppo.js';
import { createTrpo, trpoOptions } from './trpo.js';
import { createVpg } from './vpg.js';

/**
 * The algorithms that follow a gradient, with the options that each reads beside those of every run with gradients: these
 * lists are the registration. Options are apart so that a page which only lists them does not load the algorithms.
 */
export const algorithmOptions = {
  trpo: trpoOptions,
  npg: ascentOptions,
  vpg: ascentOptions,
  ppo: ppoOptions,
} as const;

/** The options of all of them. */
export const allAlgorithmOptions = { ...trpoOptions, ...ascentOptions, ...ppoOptions } as const;

const creators = { trpo: createTrpo, npg: createNpg, vpg: createVpg, ppo: createPpo } as const;

export type AlgorithmName = keyof typeof algorithmOptions;

/** The algorithm of that name at work on these parts; reserves what it needs. */
export function createAlgorithm(
  name: AlgorithmName,
  parts: AlgorithmParts,
  options: OptionValues<typeof allAlgorithmOptions>,
): PolicyAlgorithm {
  return creators[name](parts, options);
}

export function isAlgorithm(name: string): name is AlgorithmName {
  return Object.hasOwn(algorithmOptions, name);
}
