import { at } from '../linear/lanes';
import { accumulateOuterProducts, multiplyRows, transposePanels } from '../linear/matmul';
import { START_AT_BIAS, START_AT_RESULT, START_AT_ZERO } from '../linear/matmulTile';
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
