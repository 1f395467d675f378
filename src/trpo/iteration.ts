import { estimateAdvantages, normalizeAdvantages } from './advantages.js';
import type { IterationParts, IterationReport } from './iterationReport.js';
import { lineSearch } from './lineSearch.js';

/**
 * One iteration of TRPO: Algorithm 1 with the practical method of section 6 and appendix C (arXiv:1502.05477).
 * A refused step leaves the parameters exactly as they were. maxKl: delta of this update.
 */
export async function trpoIteration(
  parts: IterationParts,
  maxKl: number,
  signal?: AbortSignal,
): Promise<IterationReport> {
  const { options, rollout, batch, objective, normalizer, rewardScaler } = parts;
  const started = performance.now();

  // 1. Collect a batch of (s, a, r) under pi_old.
  const rolloutReport = await rollout.collect(signal);
  rewardScaler.scale(batch);
  const collected = performance.now();

  // 2. Advantages A and returns by generalized advantage estimation.
  const advantages = estimateAdvantages(parts.engine, batch.layout, options.gamma, options.lambda);
  if (options.normalizeAdvantages) normalizeAdvantages(parts.engine, batch.layout, advantages);

  // 3. g, the gradient at theta_old of the surrogate L(theta) = mean[ pi_theta(a|s) / pi_old(a|s) A ].
  const { surrogate, entropy, largestRatioError } = objective.computeGradient();

  // 4. The search direction x = (F + damping I)^-1 g, F the Fisher matrix: conjugate gradient on products F v.
  const solution = objective.solveDirection({
    damping: options.damping,
    tolerance: options.cgTolerance,
    iterations: options.cgIterations,
  });

  // 5. From the full step sqrt(2 delta / x^T (F + damping I) x) x, backtrack until
  //    mean KL(old || new) <= delta and L improves; only then does theta move.
  const search = lineSearch(objective, solution, surrogate, { ...options, maxKl });
  if (search.accepted) objective.adoptCandidate();

  // 6. Fit the value function to the returns; let the normaliser take in what was seen.
  const valueFit = parts.fitValue();
  normalizer.update(rolloutReport.observed);

  return {
    rollout: rolloutReport,
    advantages,
    surrogateOld: surrogate,
    entropy,
    largestRatioError,
    conjugateGradient: solution,
    lineSearch: search,
    valueFit,
    collectMs: collected - started,
    updateMs: performance.now() - collected,
  };
}
