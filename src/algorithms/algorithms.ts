import { OptionError } from '../errors.js';
import { trustRegionUpdate } from '../training/iteration.js';
import type { TrpoOptions } from '../training/options.js';
import type { PolicyUpdateReport } from '../training/progressRow.js';
import type { Engine } from '../wasm/load.js';
import { naturalGradientUpdate, policyGradientUpdate } from './gradientAscent.js';
import type { PolicyObjective } from './objective.js';
import { ClippedSurrogateAscent } from './ppo.js';

export interface PolicyUpdates {
  /**
   * Moves the policy on the batch at hand; maxKl: delta of this update; stepScale: factor of learning rates, where steps
   * come from them instead.
   */
  readonly update: (maxKl: number, stepScale: number) => PolicyUpdateReport;
  /** What lives on from one update to the next, for the algorithm that has such. */
  readonly ascent?: ClippedSurrogateAscent;
}

/** How the algorithm that the options name moves the policy; reserves what it needs. rows: of the batch. */
export function policyUpdatesOf(
  engine: Engine,
  objective: PolicyObjective,
  rows: number,
  options: TrpoOptions,
): PolicyUpdates {
  const solver = { ...options, tolerance: options.cgTolerance, iterations: options.cgIterations };
  const ascentOf = (maxKl: number, stepScale: number) => ({
    ...{ ...solver, maxKl },
    learningRate: options.learningRate * stepScale,
  });
  switch (options.algorithm) {
    case 'trpo':
      return { update: (maxKl) => trustRegionUpdate(objective, { ...solver, maxKl }) };
    case 'npg':
      return { update: (maxKl, scale) => naturalGradientUpdate(objective, ascentOf(maxKl, scale)) };
    case 'vpg':
      return { update: (maxKl, scale) => policyGradientUpdate(objective, ascentOf(maxKl, scale)) };
    case 'ppo': {
      const ascent = new ClippedSurrogateAscent(engine, objective, rows, options.ppoMinibatch);
      const clipped = {
        epochs: options.ppoEpochs,
        minibatchRows: options.ppoMinibatch,
        clip: options.ppoClip,
        seed: options.seed,
      };
      const update = (_: number, scale: number) =>
        ascent.update({ ...clipped, learningRate: options.ppoLearningRate * scale });
      return { update, ascent };
    }
    case 'cem':
    case 'cma-es':
      throw new OptionError(
        `Option algorithm = "${options.algorithm}": it searches without gradients and has no trainer; use train() or resume()`,
      );
  }
}
