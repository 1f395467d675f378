import { OptionError } from '../errors.js';
import { naturalGradientUpdate, policyGradientUpdate } from './gradientAscent.js';
import { trustRegionUpdate } from './iteration.js';
import type { PolicyUpdateReport } from './iterationReport.js';
import type { PolicyObjective } from './objective.js';
import type { TrpoOptions } from './options.js';

/** How the algorithm that the options name moves the policy, given delta of the update. */
export function policyUpdateOf(
  objective: PolicyObjective,
  options: TrpoOptions,
): (maxKl: number) => PolicyUpdateReport {
  const solver = { ...options, tolerance: options.cgTolerance, iterations: options.cgIterations };
  switch (options.algorithm) {
    case 'trpo':
      return (maxKl) => trustRegionUpdate(objective, { ...solver, maxKl });
    case 'npg':
      return (maxKl) => naturalGradientUpdate(objective, { ...solver, maxKl });
    case 'vpg':
      return (maxKl) => policyGradientUpdate(objective, { ...solver, maxKl });
    case 'cem':
    case 'cma-es':
      throw new OptionError(
        `Option algorithm = "${options.algorithm}": it searches without gradients and has no trainer; use train() or resume()`,
      );
  }
}
