import { type LineSearchOptions, lineSearch } from '../algorithms/lineSearch.js';
import type { ConjugateGradientOptions, PolicyObjective } from '../algorithms/objective.js';
import { solveDirection } from '../algorithms/solveDirection.js';
import { estimateAdvantages, normalizeAdvantages } from './advantages.js';
import type { IterationParts, IterationReport, PolicyUpdateReport } from './progressRow.js';
import { updateNormalizer } from './updateNormalizer.js';

/**
 * One iteration of TRPO: Algorithm 1 with the practical method of section 6 and appendix C (arXiv:1502.05477). Other
 * algorithms (policyUpdates.ts) differ in steps 3 to 5 alone. maxKl: delta of this update.
 */
export async function iterate(
  parts: IterationParts,
  maxKl: number,
  signal?: AbortSignal,
): Promise<IterationReport> {
  const { engine, options, rollout, batch, rewardScaler } = parts;
  const started = performance.now();

  // 1. Collect a batch of (s, a, r) under pi_old.
  const rolloutReport = await rollout.collect(signal);
  const batchFigures = parts.batchHealth.measure(rolloutReport.episodes);
  rewardScaler.scale(batch);
  const collected = performance.now();

  // 2. Advantages A and returns by generalized advantage estimation.
  const advantages = estimateAdvantages(engine, batch.layout, options.gamma, options.lambda);
  if (options.normalizeAdvantages) normalizeAdvantages(engine, batch.layout, advantages);

  // 3. to 5. Move theta: `trustRegionUpdate` below, unless the options name another algorithm.
  batch.requireMadeBy(parts.policy);
  const policyUpdate = parts.updatePolicy(maxKl);

  // 6. Fit the value function to the returns; let the normaliser take in what was seen.
  const valueFit = parts.fitValue();
  const normalizerShift = updateNormalizer(parts, rolloutReport.observed);

  return {
    rollout: rolloutReport,
    batchFigures,
    normalizerShift,
    advantages,
    ...policyUpdate,
    valueFit,
    collectMs: collected - started,
    updateMs: performance.now() - collected,
  };
}

/** TRPO's steps 3 to 5. A refused step leaves the parameters exactly as they were. */
export function trustRegionUpdate(
  objective: PolicyObjective,
  options: ConjugateGradientOptions & LineSearchOptions,
): PolicyUpdateReport {
  // 3. g, the gradient at theta_old of the surrogate L(theta) = mean[ pi_theta(a|s) / pi_old(a|s) A ].
  const { surrogate, entropy, largestRatioError } = objective.computeGradient();

  // 4. The search direction x = (F + damping I)^-1 g, F the Fisher matrix: conjugate gradient on products F v.
  const conjugateGradient = solveDirection(objective, options);

  // 5. From the full step sqrt(2 delta / x^T (F + damping I) x) x, backtrack until
  //    mean KL(old || new) <= delta and L improves; only then does theta move.
  const step = lineSearch(objective, conjugateGradient, surrogate, options);
  if (step.accepted) objective.adoptCandidate();
  return { surrogateOld: surrogate, entropy, largestRatioError, conjugateGradient, step };
}
