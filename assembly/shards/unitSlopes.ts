import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { activationSlope } from '../network/activation';
import { layerAt, Network } from '../network/chain';
import { keptBlock, PolicyBatch, shardEnd } from './policyBatch';

/** Floats of one row of all hidden layers, as padded. */
export function networkHiddenFloats(network: usize): i32 {
  const net = changetype<Network>(network);
  return slopeOffset(net, net.layerCount - 1);
}

/** Where layer `index` begins among the slopes of all hidden layers. */
export function slopeOffset(net: Network, index: i32): i32 {
  let offset = 0;
  for (let i = 0; i < index; i++) offset += layerAt(net, i).outputStride;
  return offset;
}

/** Row `shard` of shardSlopes = the largest |activation'(z)| of every hidden unit over the shard's rows. */
export function unitSlopesOfShard(b: PolicyBatch, shardSlopes: usize, shard: i32): void {
  const net = b.network;
  const slopes = at(shardSlopes, shard * networkHiddenFloats(changetype<usize>(net)));
  for (let index = 0; index < net.layerCount - 1; index++) {
    const layer = layerAt(net, index);
    const stride = layer.outputStride;
    const rowBytes = <usize>stride << 2;
    const out = at(slopes, slopeOffset(net, index));
    memory.fill(out, 0, rowBytes);
    for (let row = shard * b.shardRows; row < shardEnd(b, shard); row += ROW_TILE) {
      const rows = min(ROW_TILE, shardEnd(b, shard) - row);
      const block = keptBlock(b, row);
      for (let column: usize = 0; column < rowBytes; column += 16) {
        let h = at(block, layer.activationOffset) + column;
        let derivative = at(block, layer.derivativeOffset) + column;
        let largest = v128.load(out + column);
        for (let i = 0; i < rows; i++, h += rowBytes, derivative += rowBytes) {
          largest = f32x4.max(largest, activationSlope(layer.activation, h, derivative));
        }
        v128.store(out + column, largest);
      }
    }
  }
}
