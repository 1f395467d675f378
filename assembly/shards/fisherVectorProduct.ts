import { fisherMetric, logProbabilityGradient, logProbabilityTangent } from '../distribution/distribution';
import { toComponentMajor, zeroPadding } from '../linear/componentMajor';
import { ROW_TILE } from '../linear/rowTile';
import { fillZero } from '../linear/vector';
import { Scratch } from '../network/scratch';
import { addTransposedJacobianProduct, jacobianProduct } from './jacobian';
import { actionsAt, keptTile, observationTile, PolicyBatch, shardEnd } from './policyBatch';
import { shardGradient } from './shardRows';

/** The shard's part of J^T M J v, or of the sum of s (s . v), v the batch's `direction`. */
export function fisherVectorProductOfShard(b: PolicyBatch, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const dist = b.distribution;
  const sum = shardGradient(b, shard);
  fillZero(sum, b.parameterCount);
  for (let row = shard * b.shardRows; row < shardEnd(b, shard); row += ROW_TILE) {
    const rows = min(ROW_TILE, shardEnd(b, shard) - row);
    const observations = observationTile(b, row, rows, s);
    jacobianProduct(b, observations, row, rows, s);
    if (b.usesEmpiricalFisher) empiricalMetric(b, sum, row, rows, s);
    else fisherMetric(dist, s.work, b.oldParameters, keptTile(b, b.oldState, row), rows);
    addTransposedJacobianProduct(b, sum, observations, row, rows, s);
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
  zeroPadding(s.rowsA, rows);
  logProbabilityGradient(dist, s.work, sum, b.oldParameters, inputs, state, s.actions, s.rowsA, rows);
}
