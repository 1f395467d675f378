import { layersOf } from '../../src/network/layerKinds.js';
import type { NetworkSpec } from '../../src/network/networkSpec.js';
import { padToLanes } from '../../src/network/parameterLayout.js';
import { sizeOf } from '../../src/numbers/shape.js';

/**
 * Floating-point operations per row, two for each multiply-add of a matrix product; biases, activations, distributions
 * and sums over shards are not counted.
 *
 * Nominal: what a Gauss-Newton product by tangent and backward pass takes, unpadded, however we get there. The first
 * layer's input has neither a tangent nor a gradient, which saves it one product on each of those ways.
 * Executed: the multiply-adds that our kernels make, with padding, and those with kept sensitivities in place of the
 * products that these save (assembly/network/sensitivity.ts); `planes` says how many are kept, 0 for none.
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

/** Of a forward pass as executed. */
export function executedForwardFlops(network: NetworkSpec): number {
  return 2 * sum(sizesOf(network).map(forwardProduct));
}

/** Of a gradient as executed; with sensitivities kept, one way back for each plane makes them. */
export function executedGradientFlops(network: NetworkSpec, planes: number): number {
  const layers = sizesOf(network);
  // from the pre-activations of the last hidden layer to those of the first
  const waysBack = planes * sum(layers.slice(1, -1).map(paddedProduct));
  return executedForwardFlops(network) + 2 * (waysBack + backward(network, planes));
}

/** Of a Fisher-vector product as executed. */
export function executedFisherFlops(network: NetworkSpec, planes: number): number {
  const layers = sizesOf(network);
  const ownTangents = sum(layers.map(forwardProduct));
  const throughWeights =
    planes > 0
      ? forwardProduct(layers[layers.length - 1]) + keptNumbers(network, planes)
      : sum(layers.slice(1).map(forwardProduct));
  return 2 * (ownTangents + throughWeights + backward(network, planes));
}

export const FLOP_NOTES: readonly string[] = [
  'nominal flops, per row, unpadded: a Fisher-vector product counts 2 x (2 in out) for the first layer',
  'and 2 x (4 in out) for each later one, a gradient 2 x (2 in out) and 2 x (3 in out),',
  'a forward pass 2 in out; biases, activations and distributions are not counted.',
];

export const EXECUTED_FLOP_NOTES: readonly string[] = [
  'executed flops: two for each multiply-add that the kernels make in matrix products, padding included, and with',
  'kept sensitivities, which replace the products between hidden layers; nothing else is counted here either.',
];

function products(network: NetworkSpec, counts: { first: number; later: number }): number {
  return layersOf(network)
    .map(
      ({ inputShape, outputShape }, i) =>
        2 * (i === 0 ? counts.first : counts.later) * sizeOf(inputShape) * sizeOf(outputShape),
    )
    .reduce((sum, flops) => sum + flops, 0);
}

interface Sizes {
  readonly inputSize: number;
  readonly inputStride: number;
  readonly outputStride: number;
}

function sizesOf(network: NetworkSpec): Sizes[] {
  return layersOf(network).map(({ inputShape, outputShape }) => ({
    inputSize: sizeOf(inputShape),
    inputStride: padToLanes(sizeOf(inputShape)),
    outputStride: padToLanes(sizeOf(outputShape)),
  }));
}

/** Multiply-adds of x W, x V or dx W: padded columns, but only the real inputs. */
function forwardProduct({ inputSize, outputStride }: Sizes): number {
  return inputSize * outputStride;
}

/** Multiply-adds of x^T delta or delta W^T: padded both ways. */
function paddedProduct({ inputStride, outputStride }: Sizes): number {
  return inputStride * outputStride;
}

/** Multiply-adds of J^T u. */
function backward(network: NetworkSpec, planes: number): number {
  const layers = sizesOf(network);
  const parameterGradients = sum(layers.map(paddedProduct));
  const waysBack =
    planes > 0
      ? paddedProduct(layers[layers.length - 1]) + keptNumbers(network, planes)
      : sum(layers.slice(1).map(paddedProduct));
  return parameterGradients + waysBack;
}

/** Sensitivities of a row: one for each plane and unit of the hidden layers before the last. */
function keptNumbers(network: NetworkSpec, planes: number): number {
  return (
    planes *
    sum(
      sizesOf(network)
        .slice(0, -2)
        .map(({ outputStride }) => outputStride),
    )
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
