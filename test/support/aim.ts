import type { Environment } from '../../src/environments/environment.js';
import { Box } from '../../src/environments/spaces.js';

/** Bounds of an action, and the best one, of each dimension. */
export interface AimTask {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly best: readonly number[];
  /** Distances that the reward is in units of, one for each dimension. Default: their ranges. */
  readonly scale?: readonly number[];
}

/** Bounds far from -1 and 1; the last ones differ by four decades between dimensions. */
export const AIM_TASKS: readonly AimTask[] = [
  { low: [5], high: [35], best: [26] },
  { low: [0], high: [1000], best: [700] },
  { low: [-2000], high: [2000], best: [800] },
  { low: [0, 0, 0, 0], high: [0.1, 1, 10, 1000], best: [0.07, 0.7, 7, 700] },
];

/** One step: the reward falls with the squared distance to the best action. */
export function aim({
  low,
  high,
  best,
  scale = low.map((bound, i) => high[i] - bound),
}: AimTask): Environment {
  return {
    observationSpace: new Box({ low: 0, high: 1, size: 1 }),
    actionSpace: new Box({ low: [...low], high: [...high] }),
    reset: () => ({ observation: [0.5] }),
    step(action) {
      const misses = best.map((goal, i) => ((action as number[])[i] - goal) / scale[i]);
      const reward = -misses.reduce((sum, miss) => sum + miss * miss, 0);
      return { observation: [0.5], reward, terminated: true, truncated: false };
    },
  };
}
