import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { fillZero } from '../linear/vector';
import { backward, forward, Network, networkInputStride, networkOutput, networkOutputStride } from '../network/chain';
import { Scratch } from '../network/scratch';
import { Minibatches, minibatchShardEnd } from './minibatches';
import { gatherObservations, observationsFrom } from './observations';
import { shardGradient, shardRowsFor } from './shardRows';

/** Regression of a value network on targets: mean squared error, minibatch Adam. */
@unmanaged
export class ValueFit extends Minibatches {
  /** [rows x inputStride], or a null pointer where they are kept as frames. */
  observations: usize;
  /** Frames, or a null pointer. */
  frames: usize;
  /** [rows] */
  targets: usize;
  /** [MOST_SHARDS] float64 sums of squared errors. */
  shardLosses: usize;
}

export function valueFitBytes(): i32 {
  return <i32>offsetof<ValueFit>();
}

/** Completes a description of minibatches: observations [rows x inputStride], targets [rows], shardLosses [shards] float64. */
export function describeValueFit(fit: usize, observations: usize, targets: usize, shardLosses: usize): void {
  const f = changetype<ValueFit>(fit);
  f.observations = observations;
  f.frames = 0;
  f.targets = targets;
  f.shardLosses = shardLosses;
}

/** Makes Frames the observations of the fit, whose pointer to float32 ones is null. */
export function setValueFitFrames(fit: usize, frames: usize): void {
  changetype<ValueFit>(fit).frames = frames;
}

/** values [rows] = V(observations [rows x inputStride]), on the calling thread. */
export function predictValues(
  network: usize,
  parameters: usize,
  observations: usize,
  rows: i32,
  values: usize,
  scratch: usize,
): void {
  const net = changetype<Network>(network);
  for (let first = 0; first < rows; first += ROW_TILE) {
    const tileRows = min(ROW_TILE, rows - first);
    predictTile(net, parameters, at(observations, first * networkInputStride(net)), tileRows, scratch, at(values, first));
  }
}

/** The shard's part of values [rows] = V of the fit's rows. */
export function predictShard(f: ValueFit, values: usize, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const end = min(f.rows, (shard + 1) * shardRowsFor(f.rows));
  for (let row = shard * shardRowsFor(f.rows); row < end; row += ROW_TILE) {
    const rows = min(ROW_TILE, end - row);
    predictTile(f.network, f.parameters, observationTile(f, row, rows, s), rows, scratch, at(values, row));
  }
}

function predictTile(
  net: Network,
  parameters: usize,
  observations: usize,
  rows: i32,
  scratch: usize,
  values: usize,
): void {
  const block = changetype<Scratch>(scratch).block;
  forward(net, parameters, observations, rows, block);
  const output = networkOutput(net, block);
  const outputStride = networkOutputStride(net);
  for (let i = 0; i < rows; i++) store<f32>(at(values, i), load<f32>(at(output, i * outputStride)));
}

/** The shard's sum of (V(s) - target)^2. */
export function valueLossOfShard(f: ValueFit, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const end = min(f.rows, (shard + 1) * shardRowsFor(f.rows));
  let sum = 0.0;
  for (let row = shard * shardRowsFor(f.rows); row < end; row += ROW_TILE) {
    const rows = min(ROW_TILE, end - row);
    predictTile(f.network, f.parameters, observationTile(f, row, rows, s), rows, scratch, s.rowsA);
    for (let i = 0; i < rows; i++) {
      const error = <f64>load<f32>(at(s.rowsA, i)) - <f64>load<f32>(at(f.targets, row + i));
      sum += error * error;
    }
  }
  store<f64>(f.shardLosses + (<usize>shard << 3), sum);
}

/** The shard's part of the gradient of the mean squared error of the minibatch under way. */
export function valueGradientOfShard(f: ValueFit, shard: i32, scratch: usize): void {
  const s = changetype<Scratch>(scratch);
  const net = f.network;
  const outputStride = networkOutputStride(net);
  const scale = <f32>(2.0 / <f64>f.minibatchRows);
  const gradient = shardGradient(f, shard);
  const end = minibatchShardEnd(f, shard);
  fillZero(gradient, f.parameterCount);
  for (let start = shard * f.shardRows; start < end; start += ROW_TILE) {
    const rows = min(ROW_TILE, end - start);
    const indices = at(f.order, f.first + start);
    gatherObservations(net, f.observations, f.frames, indices, rows, s.gathered);
    forward(net, f.parameters, s.gathered, rows, s.block);
    const output = networkOutput(net, s.block);
    fillZero(s.bufferA, rows * outputStride);
    for (let i = 0; i < rows; i++) {
      const target = load<f32>(at(f.targets, load<u32>(at(indices, i))));
      const error = load<f32>(at(output, i * outputStride)) - target;
      store<f32>(at(s.bufferA, i * outputStride), scale * error);
    }
    backward(net, f.transposed, gradient, s.gathered, rows, s.block, s);
  }
}

function observationTile(f: ValueFit, row: i32, rows: i32, s: Scratch): usize {
  return observationsFrom(f.network, f.observations, f.frames, row, rows, s.gathered);
}
