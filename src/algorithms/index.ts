import type { AlgorithmParts, PolicyAlgorithm } from './algorithm.js';
import { npg } from './npg.js';
import { ppo } from './ppo.js';
import { trpo } from './trpo.js';
import { vpg } from './vpg.js';

/** The algorithms that follow a gradient: this list is the registration. */
export const algorithms = { trpo, npg, vpg, ppo } as const;

export type AlgorithmName = keyof typeof algorithms;

/** Options of all of them. */
export const algorithmOptions = { ...trpo.options, ...npg.options, ...vpg.options, ...ppo.options } as const;

type AllOptions = Parameters<(typeof algorithms)[AlgorithmName]['create']>[1];
type Intersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (
  value: infer All,
) => void
  ? All
  : never;

/** The algorithm of that name at work on these parts; reserves what it needs. */
export function createAlgorithm(
  name: AlgorithmName,
  parts: AlgorithmParts,
  options: Intersection<AllOptions>,
): PolicyAlgorithm {
  return algorithms[name].create(parts, options);
}

export function isAlgorithm(name: string): name is AlgorithmName {
  return Object.hasOwn(algorithms, name);
}
