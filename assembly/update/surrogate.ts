import { klOldNewOfParameters } from '../distribution/distribution';
import { sumParts } from '../linear/vector';
import { transposeWeights } from '../network/chain';
import { PolicyBatch, ShardSums } from '../shards/policyBatch';
import { EVALUATE_POLICY, LOG_PROBABILITIES, SURROGATE_GRADIENT } from '../team/jobs';
import { forEachShard } from '../team/team';

/**
 * L(theta) = mean over rows of pi_theta(a|s) / pi_old(a|s) A (arXiv:1502.05477, eq. 14) and its gradient at theta_old.
 */

/**
 * gradient (float64) [parameterCount] = gradient of L at theta_old. Keeps what the Fisher-vector products and the
 * line search need of theta_old: activations, sensitivities, distribution inputs and state, transposed weights.
 */
export function surrogateGradient(batch: usize, gradient: usize): void {
  const b = changetype<PolicyBatch>(batch);
  transposeWeights(b.network, b.oldParameters, b.transposed);
  forEachShard(b, SURROGATE_GRADIENT, 0, 0.0, b.shardCount);
  sumParts(gradient, b.shardGradients, b.shardCount, b.parameterCount, 1.0 / <f64>b.rows);
}

/** Surrogate and KL(old || new) of other parameters on the same batch; `surrogateGradient` must have run. */
export function evaluatePolicy(batch: usize, parameters: usize): void {
  const b = changetype<PolicyBatch>(batch);
  const klOfParameters = klOldNewOfParameters(b.distribution, b.oldParameters, parameters);
  forEachShard(b, EVALUATE_POLICY, parameters, klOfParameters, b.shardCount);
}

/** logProbabilities [rows] of the batch's actions under `parameters`. */
export function logProbabilitiesUnder(batch: usize, parameters: usize, logProbabilities: usize): void {
  const b = changetype<PolicyBatch>(batch);
  b.target = logProbabilities;
  forEachShard(b, LOG_PROBABILITIES, parameters, 0.0, b.shardCount);
}

/** Mean surrogate of the last surrogateGradient or evaluatePolicy. */
export function meanSurrogate(batch: usize): f64 {
  return meanOverRows(batch, offsetof<ShardSums>('surrogate'));
}

/** Mean KL(old || new) of the last evaluatePolicy. */
export function meanKlOldNew(batch: usize): f64 {
  return meanOverRows(batch, offsetof<ShardSums>('kl'));
}

/** Largest KL(old || new) of a row in the last evaluatePolicy. */
export function largestKlOldNew(batch: usize): f64 {
  return largestOverRows(batch, offsetof<ShardSums>('largestKl'));
}

/** Mean entropy of theta_old, from the last surrogateGradient. */
export function meanEntropy(batch: usize): f64 {
  return meanOverRows(batch, offsetof<ShardSums>('entropy'));
}

/** Mean entropy of the parameters of the last evaluatePolicy. */
export function meanNewEntropy(batch: usize): f64 {
  return meanOverRows(batch, offsetof<ShardSums>('newEntropy'));
}

/** Largest |pi_theta_old / pi_old - 1| over rows in the last surrogateGradient: 0 unless the batch is stale. */
export function largestRatioError(batch: usize): f64 {
  return largestOverRows(batch, offsetof<ShardSums>('largestRatioError'));
}

/** Mean over rows, from the member of ShardSums that lies `offset` bytes from its start. */
function meanOverRows(batch: usize, offset: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let sum = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) sum += sumOfShard(b, shard, offset);
  return sum / <f64>b.rows;
}

function largestOverRows(batch: usize, offset: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let largest = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) largest = max(largest, sumOfShard(b, shard, offset));
  return largest;
}

// @ts-ignore: decorator
@inline
function sumOfShard(b: PolicyBatch, shard: i32, offset: usize): f64 {
  return load<f64>(b.shardSums + <usize>shard * offsetof<ShardSums>() + offset);
}
