import type { Info } from '../environments/environment.js';
import { EnvironmentError } from '../errors.js';

/** Names of figures in a run's infos; each is a column, and readers of logs take a thousand columns. */
export const MOST_INFO_NAMES = 200;

/** The figures in what an environment told at the end of an episode, by name. */
export type EpisodeInfo = ReadonlyMap<string, number>;

/**
 * The figures of an info: its finite numbers, and its booleans as 0 or 1. All else (texts, arrays, objects within it, numbers
 * that are not finite) is no figure. undefined without any.
 */
export function episodeInfo(info: Info | undefined): EpisodeInfo | undefined {
  if (typeof info !== 'object' || info === null || Array.isArray(info)) return undefined;
  const figures = new Map<string, number>();
  for (const [name, value] of Object.entries(info)) {
    const figure = typeof value === 'boolean' ? Number(value) : value;
    if (typeof figure === 'number' && Number.isFinite(figure)) figures.set(name, figure);
  }
  return figures.size === 0 ? undefined : figures;
}

/** Adds an episode's names to those of the run, in order of appearance. Throws EnvironmentError for more than 200. */
export function addInfoNames(
  names: Set<string>,
  info: EpisodeInfo | undefined,
  environmentName: string,
): void {
  for (const name of info?.keys() ?? []) {
    if (names.has(name) || names.size < MOST_INFO_NAMES) {
      names.add(name);
      continue;
    }
    throw new EnvironmentError(
      `${environmentName} gave a figure "${name}" in info, after ${MOST_INFO_NAMES} others such as "${[...names][0]}"; each name becomes a column of the log, at most ${MOST_INFO_NAMES}: put what is not to be logged into an object or an array within info`,
    );
  }
}

/** Of each name the mean over the episodes that gave it; null where none of them did. */
export function meanInfo(
  names: Iterable<string>,
  infos: readonly (EpisodeInfo | undefined)[],
): Map<string, number | null> {
  const means = new Map<string, number | null>();
  for (const name of names) {
    let sum = 0;
    let count = 0;
    for (const info of infos) {
      const figure = info?.get(name);
      if (figure === undefined) continue;
      sum += figure;
      count++;
    }
    means.set(name, count === 0 ? null : sum / count);
  }
  return means;
}
