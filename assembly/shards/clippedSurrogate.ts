import {
  computeState,
  Distribution,
  logProbability,
  logProbabilityGradient,
} from '../distribution/distribution';
import { componentOf, toRowMajor } from '../linear/componentMajor';
import { at, padToLanes } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { fillZero, gatherRows } from '../linear/vector';
import { backward, networkInputStride, networkOutputStride } from '../network/chain';
import { Scratch } from '../network/scratch';
import { computeInputs } from '../policy/distributionInputs';
import { Minibatches, minibatchShardEnd } from './minibatches';
import { PolicyBatch } from './policyBatch';
import { shardGradient } from './shardRows';
import { ratios } from './surrogate';

/**
 * The clipped surrogate of proximal policy optimization (arXiv:1707.06347, eq. 7), with the ratio
 * r = pi_theta(a|s) / pi_old(a|s):  L(theta) = mean min(r A, clip(r, 1 - epsilon, 1 + epsilon) A).
 */
@unmanaged
export class ClippedAscent extends Minibatches {
  batch: PolicyBatch;
  /** epsilon */
  clip: f64;
}

export function clippedAscentBytes(): i32 {
  return <i32>offsetof<ClippedAscent>();
}

/** Completes a description of minibatches: ascent on the rows of `batch`. */
export function describeClippedAscent(ascent: usize, batch: usize): void {
  changetype<ClippedAscent>(ascent).batch = changetype<PolicyBatch>(batch);
}

/** The shard's part of the gradient of -L on the minibatch under way: Adam descends. */
export function clippedGradientOfShard(a: ClippedAscent, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const b = a.batch;
  const net = a.network;
  const dist = b.distribution;
  const gradient = shardGradient(a, shard);
  const end = minibatchShardEnd(a, shard);
  fillZero(gradient, a.parameterCount);
  for (let start = shard * a.shardRows; start < end; start += ROW_TILE) {
    const rows = min(ROW_TILE, end - start);
    const indices = at(a.order, a.first + start);
    gatherRows(s.gathered, b.observations, networkInputStride(net), indices, rows);
    gatherActions(s.actions, b.actions, dist, indices, rows);
    gatherNumbers(s.rowsB, b.logProbabilities, indices, rows);

    computeInputs(net, dist, a.parameters, s.gathered, rows, s.block, s.inputs);
    computeState(dist, s.state, s.inputs, rows);
    logProbability(dist, s.rowsA, a.parameters, s.inputs, s.actions, rows);
    ratios(s.rowsA, s.rowsA, s.rowsB, rows);
    gatherNumbers(s.rowsB, b.advantages, indices, rows);
    weighRatios(a, s.rowsA, s.rowsB, rows);

    logProbabilityGradient(dist, s.work, gradient, a.parameters, s.inputs, s.state, s.actions, s.rowsA, rows);
    toRowMajor(s.bufferA, networkOutputStride(net), s.work, rows, dist.inputSize);
    backward(net, a.transposed, gradient, s.gathered, rows, s.block, s.bufferA, s.bufferB);
  }
}

/** weights = ratios -> d(-L) / d ln pi(a|s): -r A / rows where the minimum is r A, 0 where it is the clipped constant. */
function weighRatios(a: ClippedAscent, weights: usize, advantages: usize, rows: i32): void {
  const scale = -1.0 / <f64>a.minibatchRows;
  for (let i = 0; i < rows; i++) {
    const place = at(weights, i);
    const ratio = <f64>load<f32>(place);
    const advantage = <f64>load<f32>(at(advantages, i));
    const isClipped = advantage >= 0.0 ? ratio > 1.0 + a.clip : ratio < 1.0 - a.clip;
    store<f32>(place, isClipped ? <f32>0.0 : <f32>(scale * ratio * advantage));
  }
  for (let i = rows; i < padToLanes(rows); i++) store<f32>(at(weights, i), 0.0);
}

/** out [rows] = values[indices[i]], and 0 up to whole lanes. */
function gatherNumbers(out: usize, values: usize, indices: usize, rows: i32): void {
  for (let i = 0; i < rows; i++) store<f32>(at(out, i), load<f32>(at(values, load<u32>(at(indices, i)))));
  for (let i = rows; i < padToLanes(rows); i++) store<f32>(at(out, i), 0.0);
}

/** tile = the actions of rows indices[i], component-major, and 0 up to whole lanes. */
function gatherActions(tile: usize, actions: usize, dist: Distribution, indices: usize, rows: i32): void {
  const size = dist.actionSize;
  for (let component = 0; component < size; component++) {
    const target = componentOf(tile, component);
    for (let i = 0; i < rows; i++) {
      const row = <usize>load<u32>(at(indices, i));
      store<f32>(at(target, i), load<f32>(actions + ((row * <usize>size + <usize>component) << 2)));
    }
    for (let i = rows; i < padToLanes(rows); i++) store<f32>(at(target, i), 0.0);
  }
}
