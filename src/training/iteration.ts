import type { UpdateSize } from '../algorithms/algorithm.js';
import { estimateAdvantages, normalizeAdvantages } from './advantages.js';
import type { IterationParts, IterationReport } from './iterationParts.js';
import { updateNormalizer } from './updateNormalizer.js';

/**
 * One iteration of TRPO: Algorithm 1 with the practical method of section 6 (arXiv:1502.05477). Step 3 is
 * `trustRegionUpdate` of src/algorithms/trpo.ts, or another algorithm of that folder. size: of this update.
 */
export async function iterate(
  parts: IterationParts,
  size: UpdateSize,
  signal?: AbortSignal,
): Promise<IterationReport> {
  const { engine, options, rollout, batch, vine, algorithm, value, rewardScaler } = parts;
  const started = performance.now();

  // 1. Collect a batch of (s, a, r) under pi_old.
  const rolloutReport = await rollout.collect(signal);
  const batchFigures = parts.batchHealth.measure(rolloutReport.episodes);
  rewardScaler.scale(batch);
  const collected = performance.now();

  // 2. Advantages A and returns by generalized advantage estimation; those of a vine's rows from its branches.
  const advantages = estimateAdvantages(engine, batch.layout, options.gamma, options.lambda);
  if (options.normalizeAdvantages) normalizeAdvantages(engine, batch.layout, advantages);
  if (vine !== undefined) {
    algorithm.objective.recomputeLogProbabilities();
    vine.estimateAdvantages(rewardScaler.factor, options.normalizeAdvantages);
  }

  // 3. Move theta: gradient of the surrogate, search direction by conjugate gradient, line search inside KL <= delta.
  batch.requireMadeBy(parts.policy);
  const policyUpdate = parts.updateHealth.observe(() => algorithm.update(size));

  // 4. Fit the value function to the returns; let the normaliser take in what was seen.
  const valueFit = value.fit({
    epochs: options.valueEpochs,
    minibatchRows: options.valueMinibatch,
    learningRate: options.valueLearningRate,
    seed: options.seed,
  });
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
