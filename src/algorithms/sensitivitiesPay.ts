import { layersOf } from '../network/layerKinds.js';
import type { NetworkSpec } from '../network/networkSpec.js';
import { sizeOf } from '../numbers/shape.js';

/** Products of one update that the choice reckons with: options allow more, conjugate gradient may stop earlier. */
const PRODUCTS = 10;
/** What using a kept number costs, in multiply-adds of a register tile: it comes from memory. Measured. */
const KEPT_NUMBER_COST = 5;
/** Least share of the products' arithmetic that must be saved, since the numbers kept take memory. */
const LEAST_SAVING = 0.1;
/** Most memory for sensitivities; beyond it products go through the weights. */
const MOST_BYTES = 2 ** 28;

/**
 * Whether an update is faster when it keeps each row's sensitivities S_l = d outputs / d z_l of A outputs (or
 * differences of outputs) to the pre-activations of every hidden layer but the last (assembly/network/sensitivity.ts).
 *
 * Multiply-adds a row, n_l the size of hidden layer l, W the weights between hidden layers, K = A x sum of the n_l kept:
 *   each product saves 2 W (the tangent's and the gradient's way through the weights) and costs 2 K kept numbers;
 *   the gradient pass costs (A - 1) W once: A ways back instead of one.
 * It pays when PRODUCTS (2 W - 2 KEPT_NUMBER_COST K) - (A - 1) W is LEAST_SAVING of what PRODUCTS products through the
 * weights take, or more. With two hidden layers of 64 and few observations that is A <= 6, with two of 256 A <= 11;
 * with one hidden layer never.
 */
export function sensitivitiesPay(network: NetworkSpec, rows: number, outputs: number): boolean {
  // those of a convolution would be as many as its outputs
  if (network.layers.some(({ kind }) => kind !== 'dense')) return false;
  const layers = layersOf(network).map(({ inputShape, outputShape }) => ({
    inputSize: sizeOf(inputShape),
    outputSize: sizeOf(outputShape),
  }));
  const kept = outputs * layers.slice(0, -2).reduce((sum, { outputSize }) => sum + outputSize, 0);
  if (kept === 0 || rows * kept * Float32Array.BYTES_PER_ELEMENT > MOST_BYTES) return false;
  const weights = layers.map((layer) => layer.inputSize * layer.outputSize);
  const hiddenWeights = weights.slice(1, -1).reduce((sum, count) => sum + count, 0);
  const productCost = 2 * weights[0] + 4 * hiddenWeights + 4 * weights[weights.length - 1];
  const saved = PRODUCTS * 2 * (hiddenWeights - KEPT_NUMBER_COST * kept) - (outputs - 1) * hiddenWeights;
  return saved >= LEAST_SAVING * PRODUCTS * productCost;
}
