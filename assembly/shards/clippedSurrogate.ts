import { computeState, logProbability, logProbabilityGradient } from '../distribution/distribution';
import { componentOf, toRowMajor, zeroPadding } from '../linear/componentMajor';
import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { fillZero } from '../linear/vector';
import { backward, networkOutputStride } from '../network/chain';
import { Scratch } from '../network/scratch';
import { computeInputs } from '../policy/distributionInputs';
import { Minibatches, minibatchShardEnd } from './minibatches';
import { gatherObservations } from './observations';
import { gatheredMasks, PolicyBatch } from './policyBatch';
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
    gatherObservations(net, b.observations, b.frames, indices, rows, s.gathered);
    gatherComponents(s.actions, b.actions, dist.actionSize, indices, rows);
    gatherComponents(s.rowsB, b.logProbabilities, 1, indices, rows);

    const masks = gatheredMasks(b, indices, rows, s.bufferA);
    computeInputs(net, dist, a.parameters, s.gathered, masks, rows, s.block, s.inputs);
    computeState(dist, s.state, s.inputs, rows);
    logProbability(dist, s.rowsA, a.parameters, s.inputs, s.actions, rows);
    ratios(s.rowsA, s.rowsA, s.rowsB, rows);
    gatherComponents(s.rowsB, b.advantages, 1, indices, rows);
    weighRatios(a, s.rowsA, s.rowsB, rows);

    logProbabilityGradient(dist, s.work, gradient, a.parameters, s.inputs, s.state, s.actions, s.rowsA, rows);
    toRowMajor(s.bufferA, networkOutputStride(net), s.work, rows, dist.inputSize);
    backward(net, a.transposed, gradient, s.gathered, rows, s.block, s);
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
  zeroPadding(weights, rows);
}

/** tile = rows indices[i] of values [.. x components], component-major. */
function gatherComponents(tile: usize, values: usize, components: i32, indices: usize, rows: i32): void {
  for (let component = 0; component < components; component++) {
    const target = componentOf(tile, component);
    for (let i = 0; i < rows; i++) {
      const row = <usize>load<u32>(at(indices, i));
      store<f32>(at(target, i), load<f32>(values + ((row * <usize>components + <usize>component) << 2)));
    }
    zeroPadding(target, rows);
  }
}
