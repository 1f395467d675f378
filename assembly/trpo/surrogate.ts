import { toComponentMajor } from '../distribution/componentMajor';
import {
  computeState,
  entropy,
  klOldNewOfInputs,
  klOldNewOfParameters,
  logProbability,
  logProbabilityGradient,
  normalizeInputs,
} from '../distribution/distribution';
import { exp } from '../linear/exp';
import { at, padToLanes } from '../linear/lanes';
import { fillZero, sumParts } from '../linear/vector';
import { forward, networkOutput, networkOutputStride, ROW_TILE, transposeWeights } from '../network/mlp';
import { Scratch } from '../network/scratch';
import { EVALUATE_POLICY, LOG_PROBABILITIES, SURROGATE_GRADIENT } from '../team/jobs';
import { forEachShard } from '../team/team';
import { addTransposedJacobianProduct, prepareJacobian } from './jacobian';
import {
  actionsAt,
  keptBlock,
  keptTile,
  observationsAt,
  PolicyBatch,
  shardEnd,
  shardGradient,
  shardSums,
} from './policyBatch';

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
  forEachShard(b.team, SURROGATE_GRADIENT, batch, 0, 0.0, b.shardCount);
  sumParts(gradient, b.shardGradients, b.shardCount, b.parameterCount, 1.0 / <f64>b.rows);
}

export function surrogateGradientOfShard(b: PolicyBatch, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const net = b.network;
  const dist = b.distribution;
  const gradient = shardGradient(b, shard);
  const sums = shardSums(b, shard);
  const outputStride = networkOutputStride(net);
  fillZero(gradient, b.parameterCount);
  let surrogate = 0.0;
  let entropySum = 0.0;
  let largestRatioError = 0.0;
  for (let row = shard * b.shardRows; row < shardEnd(b, shard); row += ROW_TILE) {
    const rows = min(ROW_TILE, shardEnd(b, shard) - row);
    const block = keptBlock(b, row);
    const inputs = keptTile(b, b.oldInputs, row);
    const state = keptTile(b, b.oldState, row);
    forward(net, b.oldParameters, observationsAt(b, row), rows, block);
    toComponentMajor(inputs, networkOutput(net, block), outputStride, rows, dist.inputSize);
    normalizeInputs(dist, inputs, rows);
    computeState(dist, state, inputs, rows);

    toComponentMajor(s.actions, actionsAt(b, row), dist.actionSize, rows, dist.actionSize);
    logProbability(dist, s.rowsA, b.oldParameters, inputs, s.actions, rows);
    ratios(s.rowsA, s.rowsA, at(b.logProbabilities, row), rows);
    for (let i = 0; i < rows; i++) {
      const ratio = <f64>load<f32>(at(s.rowsA, i));
      largestRatioError = max(largestRatioError, abs(ratio - 1.0));
      const weighted = ratio * <f64>load<f32>(at(b.advantages, row + i));
      surrogate += weighted;
      store<f32>(at(s.rowsA, i), <f32>weighted);
    }
    for (let i = rows; i < padToLanes(rows); i++) store<f32>(at(s.rowsA, i), 0.0);

    logProbabilityGradient(dist, s.work, gradient, b.oldParameters, inputs, state, s.actions, s.rowsA, rows);
    prepareJacobian(b, row, rows, s);
    addTransposedJacobianProduct(b, gradient, row, rows, s);

    entropy(dist, s.rowsB, b.oldParameters, inputs, state, rows);
    for (let i = 0; i < rows; i++) entropySum += <f64>load<f32>(at(s.rowsB, i));
  }
  sums.surrogate = surrogate;
  sums.entropy = entropySum;
  sums.largestRatioError = largestRatioError;
}

/** Surrogate and KL(old || new) of other parameters on the same batch; `surrogateGradient` must have run. */
export function evaluatePolicy(batch: usize, parameters: usize): void {
  const b = changetype<PolicyBatch>(batch);
  const klOfParameters = klOldNewOfParameters(b.distribution, b.oldParameters, parameters);
  forEachShard(b.team, EVALUATE_POLICY, batch, parameters, klOfParameters, b.shardCount);
}

export function evaluateShard(
  b: PolicyBatch,
  parameters: usize,
  klOfParameters: f64,
  shard: i32,
  scratch: usize,
): void {
  const s = changetype<Scratch>(scratch);
  const dist = b.distribution;
  const sums = shardSums(b, shard);
  let surrogate = 0.0;
  let kl = 0.0;
  let largestKl = 0.0;
  let entropySum = 0.0;
  for (let row = shard * b.shardRows; row < shardEnd(b, shard); row += ROW_TILE) {
    const rows = min(ROW_TILE, shardEnd(b, shard) - row);
    logProbabilitiesOfTile(b, parameters, row, rows, s);
    ratios(s.rowsA, s.rowsA, at(b.logProbabilities, row), rows);
    const oldInputs = keptTile(b, b.oldInputs, row);
    const oldState = keptTile(b, b.oldState, row);
    klOldNewOfInputs(dist, s.rowsB, oldInputs, oldState, parameters, s.inputs, rows);
    for (let i = 0; i < rows; i++) {
      surrogate += <f64>load<f32>(at(s.rowsA, i)) * <f64>load<f32>(at(b.advantages, row + i));
      const rowKl = <f64>load<f32>(at(s.rowsB, i)) + klOfParameters;
      kl += rowKl;
      largestKl = max(largestKl, rowKl);
    }
    computeState(dist, s.state, s.inputs, rows);
    entropy(dist, s.rowsB, parameters, s.inputs, s.state, rows);
    for (let i = 0; i < rows; i++) entropySum += <f64>load<f32>(at(s.rowsB, i));
  }
  sums.surrogate = surrogate;
  sums.kl = kl;
  sums.largestKl = largestKl;
  sums.newEntropy = entropySum;
}

/** out [rows] = pi_new / pi_old = e^(new - old); `oldLog` is read four at a time past `rows`. */
export function ratios(out: usize, newLog: usize, oldLog: usize, rows: i32): void {
  for (let i = 0; i < rows; i += 4) {
    v128.store(at(out, i), exp(f32x4.sub(v128.load(at(newLog, i)), v128.load(at(oldLog, i)))));
  }
}

/** Mean surrogate of the last surrogateGradient or evaluatePolicy. */
export function meanSurrogate(batch: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let sum = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) sum += shardSums(b, shard).surrogate;
  return sum / <f64>b.rows;
}

/** Mean KL(old || new) of the last evaluatePolicy. */
export function meanKlOldNew(batch: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let sum = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) sum += shardSums(b, shard).kl;
  return sum / <f64>b.rows;
}

/** Largest KL(old || new) of a row in the last evaluatePolicy. */
export function largestKlOldNew(batch: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let largest = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) largest = max(largest, shardSums(b, shard).largestKl);
  return largest;
}

/** Mean entropy of theta_old, from the last surrogateGradient. */
export function meanEntropy(batch: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let sum = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) sum += shardSums(b, shard).entropy;
  return sum / <f64>b.rows;
}

/** Mean entropy of the parameters of the last evaluatePolicy. */
export function meanNewEntropy(batch: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let sum = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) sum += shardSums(b, shard).newEntropy;
  return sum / <f64>b.rows;
}

/** Largest |pi_theta_old / pi_old - 1| over rows in the last surrogateGradient: 0 unless the batch is stale. */
export function largestRatioError(batch: usize): f64 {
  const b = changetype<PolicyBatch>(batch);
  let largest = 0.0;
  for (let shard = 0; shard < b.shardCount; shard++) largest = max(largest, shardSums(b, shard).largestRatioError);
  return largest;
}

/** logProbabilities [rows] of the batch's actions under `parameters`. */
export function logProbabilitiesUnder(batch: usize, parameters: usize, logProbabilities: usize): void {
  const b = changetype<PolicyBatch>(batch);
  b.target = logProbabilities;
  forEachShard(b.team, LOG_PROBABILITIES, batch, parameters, 0.0, b.shardCount);
}

export function logProbabilitiesOfShard(b: PolicyBatch, parameters: usize, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  for (let row = shard * b.shardRows; row < shardEnd(b, shard); row += ROW_TILE) {
    const rows = min(ROW_TILE, shardEnd(b, shard) - row);
    logProbabilitiesOfTile(b, parameters, row, rows, s);
    memory.copy(at(b.target, row), s.rowsA, <usize>rows << 2);
  }
}

/** rowsA = log-probabilities of a tile's actions under `parameters`; leaves the distribution's inputs in `inputs`. */
function logProbabilitiesOfTile(b: PolicyBatch, parameters: usize, row: i32, rows: i32, s: Scratch): void {
  const net = b.network;
  const dist = b.distribution;
  forward(net, parameters, observationsAt(b, row), rows, s.block);
  toComponentMajor(s.inputs, networkOutput(net, s.block), networkOutputStride(net), rows, dist.inputSize);
  normalizeInputs(dist, s.inputs, rows);
  toComponentMajor(s.actions, actionsAt(b, row), dist.actionSize, rows, dist.actionSize);
  logProbability(dist, s.rowsA, parameters, s.inputs, s.actions, rows);
}
