import { addFisherOfParameters, fisherMetric } from '../distribution/distribution';
import { addScaled, fillZero, sumParts, toFloat32 } from '../linear/vector';
import { ROW_TILE } from '../network/mlp';
import { Scratch } from '../network/scratch';
import { FISHER_VECTOR_PRODUCT } from '../team/jobs';
import { forEachShard } from '../team/team';
import { addTransposedJacobianProduct, jacobianProduct } from './jacobian';
import { keptTile, PolicyBatch, shardEnd, shardGradient } from './policyBatch';

/**
 * product = (F + damping I) direction, float64 [parameterCount]. F is the Hessian of mean KL(old || new) at theta_old
 * in its Gauss-Newton form J^T M J (arXiv:1502.05477, appendix C.1): J v, then the Fisher metric M of the
 * distribution's inputs, which is known in closed form, then J^T. It is exact at theta_old.
 * `surrogateGradient` must have run on the batch.
 */
export function fisherVectorProduct(batch: usize, product: usize, direction: usize, damping: f64): void {
  const b = changetype<PolicyBatch>(batch);
  toFloat32(b.direction, direction, b.parameterCount);
  forEachShard(b.team, FISHER_VECTOR_PRODUCT, batch, 0, 0.0, b.shardCount);
  sumParts(product, b.shardGradients, b.shardCount, b.parameterCount, 1.0 / <f64>b.rows);
  addFisherOfParameters(b.distribution, product, direction);
  addScaled(product, product, damping, direction, b.parameterCount);
}

export function fisherVectorProductOfShard(b: PolicyBatch, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const dist = b.distribution;
  const sum = shardGradient(b, shard);
  fillZero(sum, b.parameterCount);
  for (let row = shard * b.shardRows; row < shardEnd(b, shard); row += ROW_TILE) {
    const rows = min(ROW_TILE, shardEnd(b, shard) - row);
    jacobianProduct(b, row, rows, s);
    fisherMetric(dist, s.work, b.oldParameters, keptTile(b, b.oldState, row), rows);
    addTransposedJacobianProduct(b, sum, row, rows, s);
  }
}
