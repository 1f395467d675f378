import {
  computeState,
  entropy,
  klOldNewOfInputs,
  logProbability,
  logProbabilityGradient,
} from '../distribution/distribution';
import { toComponentMajor, zeroPadding } from '../linear/componentMajor';
import { exp } from '../linear/exp';
import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { fillZero } from '../linear/vector';
import { Scratch } from '../network/scratch';
import { computeInputs } from '../policy/distributionInputs';
import { addTransposedJacobianProduct, prepareJacobian } from './jacobian';
import { actionsAt, keptTile, masksAt, observationTile, PolicyBatch, shardEnd, shardSums, tileBlock } from './policyBatch';
import { shardGradient } from './shardRows';

/** The shard's part of the surrogate, its gradient at theta_old, and the entropy; keeps what later passes need. */
export function surrogateGradientOfShard(b: PolicyBatch, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const dist = b.distribution;
  const gradient = shardGradient(b, shard);
  const sums = shardSums(b, shard);
  fillZero(gradient, b.parameterCount);
  let surrogate = 0.0;
  let entropySum = 0.0;
  let largestRatioError = 0.0;
  for (let row = shard * b.shardRows; row < shardEnd(b, shard); row += ROW_TILE) {
    const rows = min(ROW_TILE, shardEnd(b, shard) - row);
    const block = tileBlock(b, row, s);
    const inputs = keptTile(b, b.oldInputs, row);
    const state = keptTile(b, b.oldState, row);
    const observations = observationTile(b, row, rows, s);
    computeInputs(b.network, dist, b.oldParameters, observations, masksAt(b, row), rows, block, inputs);
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
    zeroPadding(s.rowsA, rows);

    logProbabilityGradient(dist, s.work, gradient, b.oldParameters, inputs, state, s.actions, s.rowsA, rows);
    prepareJacobian(b, row, rows, s);
    addTransposedJacobianProduct(b, gradient, observations, row, rows, s);

    entropy(dist, s.rowsB, b.oldParameters, inputs, state, rows);
    for (let i = 0; i < rows; i++) entropySum += <f64>load<f32>(at(s.rowsB, i));
  }
  sums.surrogate = surrogate;
  sums.entropy = entropySum;
  sums.largestRatioError = largestRatioError;
}

/** The shard's part of surrogate, KL(old || new) and entropy of `parameters`; klOfParameters as klOldNewOfParameters. */
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

/** The shard's part of `target` = log-probabilities of its actions under `parameters`. */
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
  const dist = b.distribution;
  const observations = observationTile(b, row, rows, s);
  computeInputs(b.network, dist, parameters, observations, masksAt(b, row), rows, s.block, s.inputs);
  toComponentMajor(s.actions, actionsAt(b, row), dist.actionSize, rows, dist.actionSize);
  logProbability(dist, s.rowsA, parameters, s.inputs, s.actions, rows);
}
