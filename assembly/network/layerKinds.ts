import { at } from '../linear/lanes';
import { activate, multiplyByDerivative } from './activation';
import {
  addDenseInputTangent,
  denseAffine,
  denseInputGradient,
  denseParameterGradient,
  transposeDense,
} from './denseLayer';
import {
  addConvInputTangent,
  convAffine,
  convInputGradient,
  convParameterGradient,
  transposeConv,
} from './convLayer';
import { CONV2D, DENSE, Layer } from './layer';

/**
 * What a layer of any kind does: h = activation(z), z affine in the layer's input x and, for fixed x, in its parameters.
 * Each kind brings five functions, which the switches below choose; activations are the same for all kinds.
 */

/** h = activation(z) of x [rows x inputStride], into the layer's place in `block`. */
export function layerForward(layer: Layer, parameters: usize, x: usize, rows: i32, block: usize): void {
  const h = at(block, layer.activationOffset);
  layerAffine(layer, parameters, x, rows, h);
  activate(layer.activation, h, at(block, layer.derivativeOffset), rows * layer.outputStride);
}

/**
 * out [rows x outputStride] = z of x with `parameters`; with a direction in their place, the tangent of z along it while
 * x stands still.
 */
export function layerAffine(layer: Layer, parameters: usize, x: usize, rows: i32, out: usize): void {
  if (layer.kind == DENSE) denseAffine(layer, parameters, x, rows, out);
  else if (layer.kind == CONV2D) convAffine(layer, parameters, x, rows, out);
  else unreachable();
}

/**
 * Tangent of h along a direction of the parameters: dh = activation'(z) (z of the direction + z's change with dx).
 * dx [rows x inputStride] is 0 where x stands still (null pointer); dh [rows x outputStride].
 */
export function layerTangent(
  layer: Layer,
  parameters: usize,
  direction: usize,
  x: usize,
  dx: usize,
  rows: i32,
  block: usize,
  dh: usize,
): void {
  layerAffine(layer, direction, x, rows, dh);
  if (dx) addInputTangent(layer, parameters, dx, rows, dh);
  multiplyByActivationDerivative(layer, dh, rows, block);
}

/** dz [rows x outputStride] += the tangent of z along dx [rows x inputStride]. */
function addInputTangent(layer: Layer, parameters: usize, dx: usize, rows: i32, dz: usize): void {
  if (layer.kind == DENSE) addDenseInputTangent(layer, parameters, dx, rows, dz);
  else if (layer.kind == CONV2D) addConvInputTangent(layer, parameters, dx, rows, dz);
  else unreachable();
}

/** values [rows x outputStride] *= activation'(z): from the gradient of h to that of z, and from dz to dh. */
export function multiplyByActivationDerivative(layer: Layer, values: usize, rows: i32, block: usize): void {
  const h = at(block, layer.activationOffset);
  const derivative = at(block, layer.derivativeOffset);
  multiplyByDerivative(layer.activation, values, h, derivative, rows * layer.outputStride);
}

/** gradient += that of the parameters, summed over rows, where delta [rows x outputStride] is the gradient of z. */
export function addParameterGradient(layer: Layer, gradient: usize, x: usize, delta: usize, rows: i32): void {
  if (layer.kind == DENSE) denseParameterGradient(layer, gradient, x, delta, rows);
  else if (layer.kind == CONV2D) convParameterGradient(layer, gradient, x, delta, rows);
  else unreachable();
}

/** out [rows x inputStride] = the gradient of x, where delta [rows x outputStride] is the gradient of z. */
export function inputGradient(layer: Layer, transposed: usize, delta: usize, rows: i32, out: usize): void {
  if (layer.kind == DENSE) denseInputGradient(layer, transposed, delta, rows, out);
  else if (layer.kind == CONV2D) convInputGradient(layer, transposed, delta, rows, out);
  else unreachable();
}

/** Transposes the layer's weights for inputGradient. */
export function transposeLayer(layer: Layer, parameters: usize, transposed: usize): void {
  if (layer.kind == DENSE) transposeDense(layer, parameters, transposed);
  else if (layer.kind == CONV2D) transposeConv(layer, parameters, transposed);
  else unreachable();
}

/** Of a layer with `outputs` numbers, how many have weights of their own: all, or the filters of a map [positions x filters]. */
export function unitsOfLayer(layer: Layer, outputs: i32): i32 {
  if (layer.kind == DENSE) return outputs;
  else if (layer.kind == CONV2D) return layer.filters;
  return unreachable();
}
