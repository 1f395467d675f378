import { at } from '../linear/lanes';
import { accumulateOuterProducts, multiplyRows, transposePanels } from '../linear/matmul';
import { START_AT_BIAS, START_AT_RESULT, START_AT_ZERO } from '../linear/matmulTile';
import { addRows } from './addRows';
import { Layer } from './layer';

/** out [rows x outputStride] = x W + b, x [rows x inputStride], with (W, b) in `parameters`. */
export function denseAffine(layer: Layer, parameters: usize, x: usize, rows: i32, out: usize): void {
  const stride = layer.outputStride;
  const weight = at(parameters, layer.weightOffset);
  const bias = at(parameters, layer.biasOffset);
  multiplyRows(out, stride, x, layer.inputStride, weight, rows, layer.inputSize, stride, START_AT_BIAS, bias);
}

/** dz [rows x outputStride] += dx W, dx [rows x inputStride]. */
export function addDenseInputTangent(layer: Layer, parameters: usize, dx: usize, rows: i32, dz: usize): void {
  const stride = layer.outputStride;
  const weight = at(parameters, layer.weightOffset);
  multiplyRows(dz, stride, dx, layer.inputStride, weight, rows, layer.inputSize, stride, START_AT_RESULT, 0);
}

/** gradient += (x^T delta, sum of delta over rows), where delta [rows x outputStride] is the gradient of z. */
export function denseParameterGradient(layer: Layer, gradient: usize, x: usize, delta: usize, rows: i32): void {
  const stride = layer.outputStride;
  const inputStride = layer.inputStride;
  accumulateOuterProducts(
    at(gradient, layer.weightOffset), x, inputStride, delta, stride, rows, inputStride, stride,
  );
  addRows(at(gradient, layer.biasOffset), delta, stride, rows);
}

/** out [rows x inputStride] = delta W^T, where delta [rows x outputStride] is the gradient of z. */
export function denseInputGradient(layer: Layer, transposed: usize, delta: usize, rows: i32, out: usize): void {
  const stride = layer.outputStride;
  const inputStride = layer.inputStride;
  const weightTransposed = at(transposed, layer.transposedOffset);
  multiplyRows(out, inputStride, delta, stride, weightTransposed, rows, stride, inputStride, START_AT_ZERO, 0);
}

/** transposed = W^T, for denseInputGradient. */
export function transposeDense(layer: Layer, parameters: usize, transposed: usize): void {
  const weight = at(parameters, layer.weightOffset);
  transposePanels(at(transposed, layer.transposedOffset), weight, layer.inputStride, layer.outputStride);
}
