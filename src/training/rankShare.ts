import { EnvironmentError, OptionError } from '../errors.js';
import type { Ranks } from '../ranks/ranks.js';
import type { EnvironmentSource } from '../vector/givenSource.js';
import type { TrpoOptions } from './options.js';

/** Which environments of a run one of its processes steps. */
export interface RankShare {
  /** Number of its first one. */
  readonly firstEnvironment: number;
  /** Environments of each process, in order of rank. */
  readonly counts: readonly number[];
}

/** `count` environments over owners as evenly as possible, the first ones with one more; those too many have none. */
export function evenShares(count: number, owners: number): number[] {
  return Array.from({ length: owners }, (_, i) => Math.floor((count + owners - 1 - i) / owners));
}

/**
 * The environments of one rank. threads: that it was asked for, if it was. Throws OptionError where there are fewer than ranks, or
 * than threads that were asked for, and for what is not trained on several; EnvironmentError for environments that are given as a
 * function.
 */
export function rankShareOf(
  { rank, size }: Ranks,
  source: EnvironmentSource,
  options: Pick<TrpoOptions, 'environments' | 'sampling'>,
  threads: number | undefined,
): RankShare {
  const { environments, sampling } = options;
  if (sampling !== 'singlePath') {
    throw new OptionError(
      `sampling = "${sampling}" on ${size} ranks: the branches of a vine are not gathered from other processes; use sampling = "singlePath", or one process`,
    );
  }
  if (typeof source === 'function') {
    throw new EnvironmentError(
      `environment is a function, and each of ${size} ranks would call its own, which need not make what one process makes (it may count its calls): give { module: 'absolute URL', export: 'name of the function' }, which every rank loads`,
    );
  }
  if (environments < size) {
    throw new OptionError(
      `environments = ${environments} on ${size} ranks: each rank steps at least one; give --environments ${size} or more (one for each thread of each rank keeps all of them busy), or fewer ranks`,
    );
  }
  const counts = evenShares(environments, size);
  if (threads !== undefined && counts[rank] < threads) {
    throw new OptionError(
      `environments = ${environments} on ${size} ranks: rank ${rank} has ${counts[rank]} for ${threads} threads; give --environments ${size * threads} or more, so that each thread of each rank steps one, or fewer threads`,
    );
  }
  return { firstEnvironment: counts.slice(0, rank).reduce((sum, count) => sum + count, 0), counts };
}
