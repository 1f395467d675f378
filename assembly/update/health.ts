import { at } from '../linear/lanes';
import { layerAt, Network } from '../network/chain';
import { unitsOfLayer } from '../network/layerKinds';
import { PolicyBatch } from '../shards/policyBatch';
import { networkHiddenFloats, slopeOffset } from '../shards/unitSlopes';
import { UNIT_SLOPES } from '../team/jobs';
import { forEachShard } from '../team/team';

/**
 * Whether hidden units still learn: the largest slope activation'(z) of each over the rows of a batch. A ReLU that is
 * never active has 0, a tanh that is always saturated nearly 0; no gradient passes either.
 */

/**
 * shardSlopes [shards x hiddenFloats]: the first row becomes the largest |activation'(z)| of every hidden unit over the
 * rows of the last surrogateGradient, whose activations are still kept.
 */
export function largestUnitSlopes(batch: usize, shardSlopes: usize): void {
  const b = changetype<PolicyBatch>(batch);
  const floats = networkHiddenFloats(changetype<usize>(b.network));
  forEachShard(b, UNIT_SLOPES, shardSlopes, 0.0, b.shardCount);
  for (let shard = 1; shard < b.shardCount; shard++) {
    const slopes = at(shardSlopes, shard * floats);
    for (let i = 0; i < floats; i += 4) {
      v128.store(at(shardSlopes, i), f32x4.max(v128.load(at(shardSlopes, i)), v128.load(at(slopes, i))));
    }
  }
}

/**
 * Share of the units of hidden layer `index` whose largest slope is below `least`; of a convolution the share of its filters, whose
 * largest slope is that over all positions of the map.
 */
export function inactiveShare(network: usize, slopes: usize, index: i32, least: f32): f64 {
  const net = changetype<Network>(network);
  // what the next layer reads: outputs without padding
  const outputs = layerAt(net, index + 1).inputSize;
  const units = unitsOfLayer(layerAt(net, index), outputs);
  const first = at(slopes, slopeOffset(net, index));
  let inactive = 0;
  for (let unit = 0; unit < units; unit++) {
    let largest: f32 = 0.0;
    for (let i = unit; i < outputs; i += units) largest = max(largest, load<f32>(at(first, i)));
    if (largest < least) inactive++;
  }
  return <f64>inactive / <f64>units;
}

/** Largest |value| of `count` float32 numbers. */
export function largestMagnitudeOf(values: usize, count: i32): f64 {
  let largest: f32 = 0.0;
  for (let i = 0; i < count; i++) largest = max(largest, abs(load<f32>(at(values, i))));
  return <f64>largest;
}

/** Euclidean distance of two float32 vectors, summed in float64. */
export function distanceBetween(x: usize, y: usize, count: i32): f64 {
  let sum = 0.0;
  for (let i = 0; i < count; i++) {
    const difference = <f64>load<f32>(at(x, i)) - <f64>load<f32>(at(y, i));
    sum += difference * difference;
  }
  return sqrt(sum);
}

/** Share of rows of values [rows x size] of which any number lies outside its bounds low, high [size]. */
export function shareOutside(values: usize, rows: i32, size: i32, low: usize, high: usize): f64 {
  let outside = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < size; i++) {
      const value = load<f32>(at(values, row * size + i));
      if (value >= load<f32>(at(low, i)) && value <= load<f32>(at(high, i))) continue;
      outside++;
      break;
    }
  }
  return <f64>outside / <f64>rows;
}
