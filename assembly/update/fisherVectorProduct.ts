import { addFisherOfParameters } from '../distribution/distribution';
import { addScaled, sumParts, toFloat32 } from '../linear/vector';
import { PolicyBatch } from '../shards/policyBatch';
import { FISHER_VECTOR_PRODUCT } from '../team/jobs';
import { forEachShard } from '../team/team';

/**
 * product = (F + damping I) direction, float64 [parameterCount]. F is the Hessian of mean KL(old || new) at theta_old
 * in its Gauss-Newton form J^T M J (arXiv:1502.05477, appendix C.1): J v, then the Fisher metric M of the
 * distribution's inputs, which is known in closed form, then J^T. It is exact at theta_old. The empirical F instead is
 * mean s s^T, s = gradient of ln pi(a|s) of the actions taken: s . v from J v, then s weighted by it.
 * `surrogateGradient` must have run on the batch.
 */
export function fisherVectorProduct(batch: usize, product: usize, direction: usize, damping: f64): void {
  const b = changetype<PolicyBatch>(batch);
  toFloat32(b.direction, direction, b.parameterCount);
  forEachShard(b, FISHER_VECTOR_PRODUCT, 0, 0.0, b.shardCount);
  sumParts(product, b.shardGradients, b.shardCount, b.parameterCount, 1.0 / <f64>b.rows);
  if (!b.usesEmpiricalFisher) addFisherOfParameters(b.distribution, product, direction);
  addScaled(product, product, damping, direction, b.parameterCount);
}
