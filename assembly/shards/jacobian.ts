import { toComponentMajor, toRowMajor } from '../linear/componentMajor';
import { backward, networkOutputStride, tangent } from '../network/chain';
import { Scratch } from '../network/scratch';
import { backwardBySensitivities, computeSensitivities, tangentBySensitivities } from '../network/sensitivity';
import { keptSensitivities, PolicyBatch, tileBlock } from './policyBatch';

/**
 * J, the Jacobian of the distribution's inputs by the network's parameters at theta_old, times vectors: on the tile of
 * `rows` rows that starts at `row`, whose observations [rows x inputStride] are given and whose activations are there. Sensitivities are used where the batch keeps them.
 */

/** Computes what the products below need besides the tile's block. */
export function prepareJacobian(b: PolicyBatch, row: i32, rows: i32, s: Scratch): void {
  if (!b.sensitivities) return;
  computeSensitivities(
    b.network, b.transposed, keptSensitivities(b, row), b.distribution.inputSize, b.sensitivityPlanes, rows,
    tileBlock(b, row, s), s.bufferA,
  );
}

/** s.work = J v as a component-major tile, v the batch's `direction`; up to what the distribution does not see. */
export function jacobianProduct(b: PolicyBatch, observations: usize, row: i32, rows: i32, s: Scratch): void {
  const net = b.network;
  const outputs = b.distribution.inputSize;
  const block = tileBlock(b, row, s);
  if (b.sensitivities) {
    tangentBySensitivities(
      net, b.oldParameters, keptSensitivities(b, row), outputs, b.sensitivityPlanes, b.direction, observations, rows,
      block, s,
    );
  } else {
    const outputTangent = tangent(net, b.oldParameters, b.direction, observations, rows, block, s);
    toComponentMajor(s.work, outputTangent, networkOutputStride(net), rows, outputs);
  }
}

/** gradient += J^T u, summed over rows, with u in s.work as a component-major tile. */
export function addTransposedJacobianProduct(
  b: PolicyBatch,
  gradient: usize,
  observations: usize,
  row: i32,
  rows: i32,
  s: Scratch,
): void {
  const net = b.network;
  const outputs = b.distribution.inputSize;
  const block = tileBlock(b, row, s);
  if (b.sensitivities) {
    backwardBySensitivities(
      net, b.transposed, keptSensitivities(b, row), outputs, b.sensitivityPlanes, gradient, observations, rows, block, s,
    );
  } else {
    toRowMajor(s.bufferA, networkOutputStride(net), s.work, rows, outputs);
    backward(net, b.transposed, gradient, observations, rows, block, s);
  }
}
