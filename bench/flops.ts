import { layersOf, type NetworkSpec } from '../src/policy/networkSpec.js';

/**
 * Nominal floating-point operations per row: 2 x in x out for every matrix product of a dense layer, in and
 * out unpadded; biases, activations and distributions are not counted. The first layer's input has neither a
 * tangent nor a gradient, which saves it one product on each of those ways.
 */

/** Forward: x W. */
export function forwardFlops(network: NetworkSpec): number {
  return products(network, { first: 1, later: 1 });
}

/** Forward, and backward: x^T delta and, for later layers, delta W^T. */
export function gradientFlops(network: NetworkSpec): number {
  return products(network, { first: 2, later: 3 });
}

/** Fisher-vector product on kept activations: x V and x^T delta; dx W and delta W^T in later layers. */
export function fisherFlops(network: NetworkSpec): number {
  return products(network, { first: 2, later: 4 });
}

export const FLOP_NOTES: readonly string[] = [
  'flops: nominal, per row, unpadded; a Fisher-vector product counts 2 x (2 in out) for the first layer',
  'and 2 x (4 in out) for each later one, a gradient 2 x (2 in out) and 2 x (3 in out),',
  'a forward pass 2 in out.',
];

function products(network: NetworkSpec, counts: { first: number; later: number }): number {
  return layersOf(network)
    .map((layer, i) => 2 * (i === 0 ? counts.first : counts.later) * layer.inputSize * layer.outputSize)
    .reduce((sum, flops) => sum + flops, 0);
}
