/** The episodes that ended within one iteration. */
export interface IterationEpisodes {
  readonly episodes: number;
  /** null without any. */
  readonly meanReturn: number | null;
}

const WINDOW = 10;
const DROP = 0.1;

/**
 * Fraction of updates after which the mean return fell by more than 10 %: the episodes of the ten iterations after an
 * update against those of the ten up to it. Updates with fewer iterations, or no episode, on either side do not count.
 * null when none counts.
 */
export function fractionOfDrops(iterations: readonly IterationEpisodes[]): number | null {
  let counted = 0;
  let drops = 0;
  for (let next = WINDOW; next + WINDOW <= iterations.length; next++) {
    const before = meanOverEpisodes(iterations.slice(next - WINDOW, next));
    const after = meanOverEpisodes(iterations.slice(next, next + WINDOW));
    if (before === null || after === null) continue;
    counted++;
    if (after < before - DROP * Math.abs(before)) drops++;
  }
  return counted === 0 ? null : drops / counted;
}

function meanOverEpisodes(iterations: readonly IterationEpisodes[]): number | null {
  let episodes = 0;
  let sum = 0;
  for (const iteration of iterations) {
    episodes += iteration.episodes;
    sum += iteration.episodes * (iteration.meanReturn ?? 0);
  }
  return episodes === 0 ? null : sum / episodes;
}
