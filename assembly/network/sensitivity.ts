import { componentOf, toComponentMajor, toRowMajor } from '../linear/componentMajor';
import { at, multiplyAdd } from '../linear/lanes';
import { panelOffset } from '../linear/matmul';
import { ROW_TILE } from '../linear/rowTile';
import { layerAt, layerInput, Network, networkOutputStride } from './chain';
import { Layer } from './layer';
import {
  addParameterGradient,
  inputGradient,
  layerAffine,
  layerTangent,
  multiplyByActivationDerivative,
} from './layerKinds';
import { Scratch } from './scratch';

/**
 * J v and J^T u without products with the weights of hidden layers, for networks of few outputs.
 *
 * With S_l[a] = d output_a / d z_l, z_l the pre-activations of hidden layer l,
 *   (J v)_a = sum over l of S_l[a] . (h_{l-1} V_l + c_l), and the gradient of z_l along u is sum over a of u_a S_l[a].
 * The S of a row depend on theta_old alone, so one computation serves every product of an update.
 *
 * The output layer and the last hidden one stay as in chain.ts: there S is the output layer's weights times
 * activation'(z), and making it anew costs less than reading it. S is kept for the hidden layers before the last, the
 * "early" ones: planes [output][ROW_TILE x outputStride] for layer 0, then those for layer 1, and so on.
 * When it pays is in src/algorithms/sensitivitiesPay.ts.
 *
 * Where a common shift of all outputs means nothing (the logits of one categorical), only differences to output 0 are
 * kept, one plane fewer: J v is then right up to such a shift, and J^T u because the u of a row sum to 0. `planes` is
 * the number of planes kept; the outputs without one come first.
 */

/** Layers whose sensitivities are kept: hidden ones but the last. */
// @ts-ignore: decorator
@inline
function earlyLayers(net: Network): i32 {
  return net.layerCount - 2;
}

/** Floats of a tile's sensitivities of `planes` planes; 0 for networks of less than two hidden layers. */
export function sensitivityFloatsOf(net: Network, planes: i32): i32 {
  return earlyOffset(net, earlyLayers(net), planes);
}

/** Where the planes of layer `index` start in a tile's sensitivities. */
function earlyOffset(net: Network, index: i32, planes: i32): i32 {
  let floats = 0;
  for (let i = 0; i < index; i++) floats += planes * ROW_TILE * layerAt(net, i).outputStride;
  return floats;
}

/**
 * sensitivities = S of a tile, from the block of a forward pass: for each plane, a backward pass from the weights of its
 * output. buffer [ROW_TILE x widestStride].
 */
export function computeSensitivities(
  net: Network,
  transposed: usize,
  sensitivities: usize,
  outputs: i32,
  planes: i32,
  rows: i32,
  block: usize,
  buffer: usize,
): void {
  const outputLayer = layerAt(net, net.layerCount - 1);
  const lastHidden = layerAt(net, net.layerCount - 2);
  const firstOutput = outputs - planes;
  for (let index = 0; index < planes; index++) {
    gradientOfOutput(outputLayer, transposed, firstOutput + index, firstOutput > 0, rows, buffer);
    multiplyByActivationDerivative(lastHidden, buffer, rows, block);
    let delta = buffer;
    for (let i = earlyLayers(net) - 1; i >= 0; i--) {
      const layer = layerAt(net, i);
      const plane = at(sensitivities, earlyOffset(net, i, planes) + index * ROW_TILE * layer.outputStride);
      inputGradient(layerAt(net, i + 1), transposed, delta, rows, plane);
      multiplyByActivationDerivative(layer, plane, rows, block);
      delta = plane;
    }
  }
}

/**
 * out [rows x inputStride] = d output / dx of the output layer, which is dense: a column of W, the same in every row; less
 * that of output 0 if `isDifference`.
 */
function gradientOfOutput(
  layer: Layer,
  transposed: usize,
  output: i32,
  isDifference: bool,
  rows: i32,
  out: usize,
): void {
  const inputStride = layer.inputStride;
  const rowBytes = <usize>inputStride << 2;
  const weightTransposed = at(transposed, layer.transposedOffset);
  for (let column = 0; column < inputStride; column += 4) {
    let weights = v128.load(at(weightTransposed, panelOffset(output, column, layer.outputStride, inputStride)));
    if (isDifference) {
      const ofFirst = v128.load(at(weightTransposed, panelOffset(0, column, layer.outputStride, inputStride)));
      weights = f32x4.sub(weights, ofFirst);
    }
    let place = at(out, column);
    for (let row = 0; row < rows; row++, place += rowBytes) v128.store(place, weights);
  }
}

/**
 * J v: the tangent of the outputs along `direction` (laid out as the parameters) as a component-major tile in s.work, from
 * the block of a forward pass and its sensitivities.
 */
export function tangentBySensitivities(
  net: Network,
  parameters: usize,
  sensitivities: usize,
  outputs: i32,
  planes: i32,
  direction: usize,
  observations: usize,
  rows: i32,
  block: usize,
  s: Scratch,
): void {
  const last = net.layerCount - 1;
  const hiddenInput = layerInput(net, last - 1, observations, block);
  layerTangent(layerAt(net, last - 1), parameters, direction, hiddenInput, 0, rows, block, s.bufferA);
  const outputInput = layerInput(net, last, observations, block);
  layerTangent(layerAt(net, last), parameters, direction, outputInput, s.bufferA, rows, block, s.bufferB);
  toComponentMajor(s.work, s.bufferB, networkOutputStride(net), rows, outputs);
  let plane = sensitivities;
  for (let i = 0; i < earlyLayers(net); i++) {
    const layer = layerAt(net, i);
    const stride = layer.outputStride;
    layerAffine(layer, direction, layerInput(net, i, observations, block), rows, s.bufferA);
    for (let output = outputs - planes; output < outputs; output++) {
      addRowDots(componentOf(s.work, output), plane, s.bufferA, stride, rows);
      plane += <usize>(ROW_TILE * stride) << 2;
    }
  }
}

/**
 * gradient += J^T u, summed over rows, with u as a component-major tile in s.work; from the block of a forward pass and
 * its sensitivities.
 */
export function backwardBySensitivities(
  net: Network,
  transposed: usize,
  sensitivities: usize,
  outputs: i32,
  planes: i32,
  gradient: usize,
  observations: usize,
  rows: i32,
  block: usize,
  s: Scratch,
): void {
  const last = net.layerCount - 1;
  const outputLayer = layerAt(net, last);
  toRowMajor(s.bufferA, networkOutputStride(net), s.work, rows, outputs);
  addParameterGradient(outputLayer, gradient, layerInput(net, last, observations, block), s.bufferA, rows);
  inputGradient(outputLayer, transposed, s.bufferA, rows, s.bufferB);
  const lastHidden = layerAt(net, last - 1);
  multiplyByActivationDerivative(lastHidden, s.bufferB, rows, block);
  addParameterGradient(lastHidden, gradient, layerInput(net, last - 1, observations, block), s.bufferB, rows);
  let plane = sensitivities;
  for (let i = 0; i < earlyLayers(net); i++) {
    const layer = layerAt(net, i);
    const stride = layer.outputStride;
    weightPlanes(s.bufferA, plane, stride, planes, componentOf(s.work, outputs - planes), rows);
    addParameterGradient(layer, gradient, layerInput(net, i, observations, block), s.bufferA, rows);
    plane += <usize>(planes * ROW_TILE * stride) << 2;
  }
}

/**
 * sums [rows] += x . y, row by row, of x and y [rows x stride]. Four rows at a time, also where fewer are left: there
 * is room for them, and what is read there reaches no sum of a real row. One row after the other, because x comes from
 * memory, which is fastest in ascending order.
 */
function addRowDots(sums: usize, x: usize, y: usize, stride: i32, rows: i32): void {
  const rowBytes = <usize>stride << 2;
  for (let row = 0; row < rows; row += 4, sums += 16) {
    const dot0 = lanesOfDot(x, y, rowBytes);
    const dot1 = lanesOfDot(x + rowBytes, y + rowBytes, rowBytes);
    const dot2 = lanesOfDot(x + 2 * rowBytes, y + 2 * rowBytes, rowBytes);
    const dot3 = lanesOfDot(x + 3 * rowBytes, y + 3 * rowBytes, rowBytes);
    v128.store(sums, f32x4.add(v128.load(sums), sumsOfLanes(dot0, dot1, dot2, dot3)));
    x += 4 * rowBytes;
    y += 4 * rowBytes;
  }
}

/** Four numbers whose sum is x . y: four sums side by side, because each addition waits for the one before it. */
function lanesOfDot(x: usize, y: usize, bytes: usize): v128 {
  let sum0 = f32x4.splat(0.0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  const end = x + bytes;
  for (; x + 64 <= end; x += 64, y += 64) {
    sum0 = multiplyAdd(v128.load(x, 0), v128.load(y, 0), sum0);
    sum1 = multiplyAdd(v128.load(x, 16), v128.load(y, 16), sum1);
    sum2 = multiplyAdd(v128.load(x, 32), v128.load(y, 32), sum2);
    sum3 = multiplyAdd(v128.load(x, 48), v128.load(y, 48), sum3);
  }
  for (; x < end; x += 16, y += 16) sum0 = multiplyAdd(v128.load(x), v128.load(y), sum0);
  return f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3));
}

/** The sum of the lanes of each of four vectors: (0 + 1) + (2 + 3). */
// @ts-ignore: decorator
@inline
function sumsOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const evenAB = v128.shuffle<f32>(a, b, 0, 2, 4, 6);
  const oddAB = v128.shuffle<f32>(a, b, 1, 3, 5, 7);
  const evenCD = v128.shuffle<f32>(c, d, 0, 2, 4, 6);
  const oddCD = v128.shuffle<f32>(c, d, 1, 3, 5, 7);
  const pairsAB = f32x4.add(evenAB, oddAB);
  const pairsCD = f32x4.add(evenCD, oddCD);
  const low = v128.shuffle<f32>(pairsAB, pairsCD, 0, 2, 4, 6);
  const high = v128.shuffle<f32>(pairsAB, pairsCD, 1, 3, 5, 7);
  return f32x4.add(low, high);
}

/** out [rows x stride] = sum over planes of u_a S[a]: u is `weights`, a component-major tile, S starts at `first`. */
function weightPlanes(out: usize, first: usize, stride: i32, planes: i32, weights: usize, rows: i32): void {
  const rowBytes = <usize>stride << 2;
  const planeBytes = rowBytes * <usize>ROW_TILE;
  for (let row = 0; row < rows; row++, weights += 4) {
    const end = out + rowBytes;
    for (; out + 64 <= end; out += 64, first += 64) {
      let sum0 = f32x4.splat(0.0);
      let sum1 = sum0;
      let sum2 = sum0;
      let sum3 = sum0;
      let place = first;
      let weightPlace = weights;
      for (let plane = 0; plane < planes; plane++) {
        const weight = v128.load32_splat(weightPlace);
        sum0 = multiplyAdd(weight, v128.load(place, 0), sum0);
        sum1 = multiplyAdd(weight, v128.load(place, 16), sum1);
        sum2 = multiplyAdd(weight, v128.load(place, 32), sum2);
        sum3 = multiplyAdd(weight, v128.load(place, 48), sum3);
        place += planeBytes;
        weightPlace += <usize>ROW_TILE << 2;
      }
      v128.store(out, sum0, 0);
      v128.store(out, sum1, 16);
      v128.store(out, sum2, 32);
      v128.store(out, sum3, 48);
    }
    for (; out < end; out += 16, first += 16) {
      let sum = f32x4.splat(0.0);
      let place = first;
      let weightPlace = weights;
      for (let plane = 0; plane < planes; plane++) {
        sum = multiplyAdd(v128.load32_splat(weightPlace), v128.load(place), sum);
        place += planeBytes;
        weightPlace += <usize>ROW_TILE << 2;
      }
      v128.store(out, sum);
    }
  }
}
