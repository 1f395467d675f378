import { toComponentMajor } from '../distribution/componentMajor';
import {
  addFisherOfParameters,
  fisherMetric,
  logProbabilityGradient,
  logProbabilityTangent,
} from '../distribution/distribution';
import { at, padToLanes } from '../linear/lanes';
import { addScaled, fillZero, sumParts, toFloat32 } from '../linear/vector';
import { ROW_TILE } from '../network/mlp';
import { Scratch } from '../network/scratch';
import { FISHER_VECTOR_PRODUCT } from '../team/jobs';
import { forEachShard } from '../team/team';
import { addTransposedJacobianProduct, jacobianProduct } from './jacobian';
import { actionsAt, keptTile, PolicyBatch, shardEnd, shardGradient } from './policyBatch';

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
  forEachShard(b.team, FISHER_VECTOR_PRODUCT, batch, 0, 0.0, b.shardCount);
  sumParts(product, b.shardGradients, b.shardCount, b.parameterCount, 1.0 / <f64>b.rows);
  if (!b.usesEmpiricalFisher) addFisherOfParameters(b.distribution, product, direction);
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
    if (b.usesEmpiricalFisher) empiricalMetric(b, sum, row, rows, s);
    else fisherMetric(dist, s.work, b.oldParameters, keptTile(b, b.oldState, row), rows);
    addTransposedJacobianProduct(b, sum, row, rows, s);
  }
}

/** s.work = J v -> u (s . v), u the gradient of ln pi(a|s) by the inputs; what belongs to log std is added to `sum`. */
function empiricalMetric(b: PolicyBatch, sum: usize, row: i32, rows: i32, s: Scratch): void {
  const dist = b.distribution;
  const inputs = keptTile(b, b.oldInputs, row);
  const state = keptTile(b, b.oldState, row);
  toComponentMajor(s.actions, actionsAt(b, row), dist.actionSize, rows, dist.actionSize);
  logProbabilityTangent(dist, s.rowsA, s.work, b.direction, b.oldParameters, inputs, state, s.actions, rows);
  // the rows that fill up a vector are no rows of the batch, and would count in the sum for log std
  for (let i = rows; i < padToLanes(rows); i++) store<f32>(at(s.rowsA, i), 0.0);
  logProbabilityGradient(dist, s.work, sum, b.oldParameters, inputs, state, s.actions, s.rowsA, rows);
}
