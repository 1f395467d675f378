import { at, padToLanes } from '../linear/lanes';
import { PANEL, panelMatrixFloats } from '../linear/matmul';
import { ROW_TILE } from '../linear/rowTile';
import { storesDerivative } from './activation';
import { convTransposedFloats } from './convLayer';
import { CONV2D, DENSE, Layer } from './layer';
import {
  addParameterGradient,
  inputGradient,
  layerForward,
  layerTangent,
  multiplyByActivationDerivative,
  transposeLayer,
} from './layerKinds';
import { Scratch } from './scratch';

/**
 * A chain of layers. Rows go through the whole chain in tiles of at most ROW_TILE, whose activations stay in the
 * first- and second-level caches; a tile's activations of all layers lie in one block.
 */

@unmanaged
export class Network {
  layerCount: i32;
  /** Floats of one row at the widest place. */
  widestStride: i32;
  /** Floats of a tile's block: activations (and stored derivatives) of all layers. */
  blockFloats: i32;
  /** Floats of all transposed weights. */
  transposedFloats: i32;
}

/** Bytes of a network descriptor; describeNetwork and one describe...Layer for each layer fill it. */
export function networkBytes(layerCount: i32): i32 {
  return <i32>(offsetof<Network>() + layerCount * offsetof<Layer>());
}

export function describeNetwork(network: usize): void {
  const net = changetype<Network>(network);
  net.layerCount = 0;
  net.widestStride = 0;
  net.blockFloats = 0;
  net.transposedFloats = 0;
}

/** Appends a dense layer to the chain. Offsets are in floats from the start of the parameters. */
export function describeDenseLayer(
  network: usize,
  inputSize: i32,
  outputSize: i32,
  activation: i32,
  weightOffset: i32,
  biasOffset: i32,
): void {
  const layer = appendLayer(network, DENSE, inputSize, outputSize, activation, weightOffset, biasOffset);
  reserveTransposed(network, layer, panelMatrixFloats(inputSize, outputSize));
}

/**
 * Appends a convolution of images [imageHeight x imageWidth x channels] to maps [outputHeight x outputWidth x filters]; filters are a
 * multiple of 8. Padding: how far the first kernel begins before the image.
 */
export function describeConv2dLayer(
  network: usize,
  imageHeight: i32,
  imageWidth: i32,
  channels: i32,
  filters: i32,
  kernelSize: i32,
  stride: i32,
  paddingTop: i32,
  paddingLeft: i32,
  outputHeight: i32,
  outputWidth: i32,
  activation: i32,
  weightOffset: i32,
  biasOffset: i32,
): void {
  assert(filters % PANEL == 0);
  const inputSize = imageHeight * imageWidth * channels;
  const outputSize = outputHeight * outputWidth * filters;
  const layer = appendLayer(network, CONV2D, inputSize, outputSize, activation, weightOffset, biasOffset);
  layer.imageHeight = imageHeight;
  layer.imageWidth = imageWidth;
  layer.channels = channels;
  layer.filters = filters;
  layer.kernelSize = kernelSize;
  layer.stride = stride;
  layer.paddingTop = paddingTop;
  layer.paddingLeft = paddingLeft;
  layer.outputHeight = outputHeight;
  layer.outputWidth = outputWidth;
  reserveTransposed(network, layer, convTransposedFloats(layer));
}

function appendLayer(
  network: usize,
  kind: i32,
  inputSize: i32,
  outputSize: i32,
  activation: i32,
  weightOffset: i32,
  biasOffset: i32,
): Layer {
  const net = changetype<Network>(network);
  const layer = layerAt(net, net.layerCount++);
  const inputStride = padToLanes(inputSize);
  const outputStride = padToLanes(outputSize);
  layer.kind = kind;
  layer.inputSize = inputSize;
  layer.inputStride = inputStride;
  layer.outputStride = outputStride;
  layer.activation = activation;
  layer.weightOffset = weightOffset;
  layer.biasOffset = biasOffset;
  layer.activationOffset = net.blockFloats;
  net.blockFloats += ROW_TILE * outputStride;
  layer.derivativeOffset = net.blockFloats;
  if (storesDerivative(activation)) net.blockFloats += ROW_TILE * outputStride;
  net.widestStride = max(net.widestStride, max(inputStride, outputStride));
  return layer;
}

function reserveTransposed(network: usize, layer: Layer, floats: i32): void {
  const net = changetype<Network>(network);
  layer.transposedOffset = net.transposedFloats;
  net.transposedFloats += floats;
}

export function networkBlockFloats(network: usize): i32 {
  return changetype<Network>(network).blockFloats;
}

export function networkTransposedFloats(network: usize): i32 {
  return changetype<Network>(network).transposedFloats;
}

export function networkWidestStride(network: usize): i32 {
  return changetype<Network>(network).widestStride;
}

// @ts-ignore: decorator
@inline
export function layerAt(net: Network, index: i32): Layer {
  return changetype<Layer>(changetype<usize>(net) + offsetof<Network>() + <usize>index * offsetof<Layer>());
}

/** The last layer's outputs in a tile's block. */
// @ts-ignore: decorator
@inline
export function networkOutput(net: Network, block: usize): usize {
  return at(block, layerAt(net, net.layerCount - 1).activationOffset);
}

/** What layer `index` reads: activations of the layer before it in a tile's block, observations for the first. */
// @ts-ignore: decorator
@inline
export function layerInput(net: Network, index: i32, observations: usize, block: usize): usize {
  return index == 0 ? observations : at(block, layerAt(net, index - 1).activationOffset);
}

/** Floats of one row of observations, as padded. */
// @ts-ignore: decorator
@inline
export function networkInputStride(net: Network): i32 {
  return layerAt(net, 0).inputStride;
}

// @ts-ignore: decorator
@inline
export function networkOutputStride(net: Network): i32 {
  return layerAt(net, net.layerCount - 1).outputStride;
}

/** Fills a tile's block from observations [rows x inputStride], rows <= ROW_TILE. */
export function forward(net: Network, parameters: usize, observations: usize, rows: i32, block: usize): void {
  assert(rows > 0 && rows <= ROW_TILE);
  let x = observations;
  for (let i = 0; i < net.layerCount; i++) {
    const layer = layerAt(net, i);
    layerForward(layer, parameters, x, rows, block);
    x = at(block, layer.activationOffset);
  }
}

/**
 * J v: the tangent of the outputs along `direction` (laid out as the parameters), from the block of a forward pass.
 * Uses the scratch's two buffers in turn and returns the one that holds the result.
 */
export function tangent(
  net: Network,
  parameters: usize,
  direction: usize,
  observations: usize,
  rows: i32,
  block: usize,
  s: Scratch,
): usize {
  let x = observations;
  let dx: usize = 0;
  let dh = s.bufferA;
  for (let i = 0; i < net.layerCount; i++) {
    const layer = layerAt(net, i);
    layerTangent(layer, parameters, direction, x, dx, rows, block, dh);
    x = at(block, layer.activationOffset);
    dx = dh;
    dh = dx == s.bufferA ? s.bufferB : s.bufferA;
  }
  return dx;
}

/** Transposes the weights of every layer for `backward`; once per parameter vector. */
export function transposeWeights(net: Network, parameters: usize, transposed: usize): void {
  // the first layer's input gradient is never needed
  for (let i = 1; i < net.layerCount; i++) transposeLayer(layerAt(net, i), parameters, transposed);
}

/**
 * gradient += J^T u, summed over rows: outputGradient u [rows x outputStride] must be in the scratch's bufferA,
 * and is overwritten. From the block of a forward pass.
 */
export function backward(
  net: Network,
  transposed: usize,
  gradient: usize,
  observations: usize,
  rows: i32,
  block: usize,
  s: Scratch,
): void {
  let delta = s.bufferA;
  let earlierDelta = s.bufferB;
  for (let i = net.layerCount - 1; i >= 0; i--) {
    const layer = layerAt(net, i);
    multiplyByActivationDerivative(layer, delta, rows, block);
    addParameterGradient(layer, gradient, layerInput(net, i, observations, block), delta, rows);
    // the observations' gradient is never needed
    if (i == 0) return;
    inputGradient(layer, transposed, delta, rows, earlierDelta);
    const spent = delta;
    delta = earlierDelta;
    earlierDelta = spent;
  }
}
