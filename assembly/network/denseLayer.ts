import { at } from '../linear/lanes';
import { accumulateOuterProducts, multiplyRows } from '../linear/matmul';
import { START_AT_BIAS, START_AT_RESULT, START_AT_ZERO } from '../linear/matmulTile';
import { activate, multiplyByDerivative } from './activation';
import { Layer } from './layer';

/** h = activation(x W + b). x [rows x inputStride] into the layer's place in `block`. */
export function denseForward(layer: Layer, parameters: usize, x: usize, rows: i32, block: usize): void {
  const h = at(block, layer.activationOffset);
  const weight = at(parameters, layer.weightOffset);
  const bias = at(parameters, layer.biasOffset);
  const stride = layer.outputStride;
  multiplyRows(h, stride, x, layer.inputStride, weight, rows, layer.inputSize, stride, START_AT_BIAS, bias);
  activate(layer.activation, h, at(block, layer.derivativeOffset), rows * stride);
}

/** x V + c [rows x outputStride]: the tangent of z along the direction (V, c) of (W, b) while x stands still. */
export function denseOwnTangent(layer: Layer, direction: usize, x: usize, rows: i32, dz: usize): void {
  const stride = layer.outputStride;
  const weightTangent = at(direction, layer.weightOffset);
  const biasTangent = at(direction, layer.biasOffset);
  multiplyRows(
    dz, stride, x, layer.inputStride, weightTangent, rows, layer.inputSize, stride, START_AT_BIAS, biasTangent,
  );
}

/**
 * Tangent of h along the direction (V, c) of (W, b): dh = activation'(z) (x V + c + dx W).
 * dx [rows x inputStride] is 0 where x stands still (null pointer); dh [rows x outputStride].
 */
export function denseTangent(
  layer: Layer,
  parameters: usize,
  direction: usize,
  x: usize,
  dx: usize,
  rows: i32,
  block: usize,
  dh: usize,
): void {
  denseOwnTangent(layer, direction, x, rows, dh);
  if (dx) {
    const stride = layer.outputStride;
    const weight = at(parameters, layer.weightOffset);
    multiplyRows(dh, stride, dx, layer.inputStride, weight, rows, layer.inputSize, stride, START_AT_RESULT, 0);
  }
  denseDerivative(layer, dh, rows, block);
}

/** values [rows x outputStride] *= activation'(z): from the gradient of h to that of z, and from dz to dh. */
export function denseDerivative(layer: Layer, values: usize, rows: i32, block: usize): void {
  const h = at(block, layer.activationOffset);
  const derivative = at(block, layer.derivativeOffset);
  multiplyByDerivative(layer.activation, values, h, derivative, rows * layer.outputStride);
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

/** sum [stride] += values [rows x stride] over rows. */
function addRows(sum: usize, values: usize, stride: i32, rows: i32): void {
  const rowBytes = <usize>stride << 2;
  let column: usize = 0;
  // four sums side by side, because each addition waits for the one before it
  for (; column + 64 <= rowBytes; column += 64) {
    const target = sum + column;
    let total0 = v128.load(target, 0);
    let total1 = v128.load(target, 16);
    let total2 = v128.load(target, 32);
    let total3 = v128.load(target, 48);
    let p = values + column;
    for (let row = 0; row < rows; row++, p += rowBytes) {
      total0 = f32x4.add(total0, v128.load(p, 0));
      total1 = f32x4.add(total1, v128.load(p, 16));
      total2 = f32x4.add(total2, v128.load(p, 32));
      total3 = f32x4.add(total3, v128.load(p, 48));
    }
    v128.store(target, total0, 0);
    v128.store(target, total1, 16);
    v128.store(target, total2, 32);
    v128.store(target, total3, 48);
  }
  for (; column < rowBytes; column += 16) {
    let total = v128.load(sum + column);
    let p = values + column;
    for (let row = 0; row < rows; row++, p += rowBytes) total = f32x4.add(total, v128.load(p));
    v128.store(sum + column, total);
  }
}
