import { type Activation, activate, activationSlope } from './activation.js';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from './matmul.js';

/** Fully connected network; the last layer is linear. hiddenSizes may be empty. */
export interface MlpSpec {
  inputSize: number;
  hiddenSizes: number[];
  outputSize: number;
  activation: Activation;
}

/** Where one layer's W [inputs x outputs] and b [outputs] start in the parameter vector. */
interface Layer {
  inputs: number;
  outputs: number;
  weightOffset: number;
  biasOffset: number;
}

/** All that one forward pass computed, layer by layer.
 *  layerInputs[l] [rows x inputs of layer l] (the observations, then the activations of each hidden layer);
 *  preActivations[l] [rows x outputs of layer l]; outputs [rows x outputSize] is the last pre-activation. */
export interface ForwardTrace {
  rows: number;
  layerInputs: Float64Array[];
  preActivations: Float64Array[];
  outputs: Float64Array;
}

/** Parameter order: W1 (in x out, row-major), b1, W2, b2, ... */
function layersOf(spec: MlpSpec): Layer[] {
  const sizes = [spec.inputSize, ...spec.hiddenSizes, spec.outputSize];
  const layers: Layer[] = [];
  let offset = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const inputs = sizes[l];
    const outputs = sizes[l + 1];
    layers.push({ inputs, outputs, weightOffset: offset, biasOffset: offset + inputs * outputs });
    offset += inputs * outputs + outputs;
  }
  return layers;
}

export function parameterCount(spec: MlpSpec): number {
  const last = layersOf(spec).at(-1)!;
  return last.biasOffset + last.outputs;
}

/** Network outputs [rows x outputSize]. parameters [parameterCount], observations [rows x inputSize]. */
export function forward(
  spec: MlpSpec,
  parameters: Float64Array,
  observations: Float64Array,
  rows: number,
): Float64Array {
  return forwardTrace(spec, parameters, observations, rows).outputs;
}

/** z_l = x_l W_l + b_l, x_{l+1} = activation(z_l).
 *  parameters [parameterCount], observations [rows x inputSize]. RangeError if a length does not fit. */
export function forwardTrace(
  spec: MlpSpec,
  parameters: Float64Array,
  observations: Float64Array,
  rows: number,
): ForwardTrace {
  requireLength('parameters', parameters, parameterCount(spec));
  requireLength('observations', observations, rows * spec.inputSize);
  const layers = layersOf(spec);
  const layerInputs = [observations];
  const preActivations: Float64Array[] = [];
  for (let l = 0; l < layers.length; l++) {
    const z = multiply(layerInputs[l], weightsOf(layers[l], parameters), productShape(rows, layers[l]));
    addToEveryRow(z, biasOf(layers[l], parameters));
    preActivations.push(z);
    if (l + 1 < layers.length) layerInputs.push(z.map((value) => activate(spec.activation, value)));
  }
  return { rows, layerInputs, preActivations, outputs: preActivations[layers.length - 1] };
}

/** J^T u: the gradient of sum over rows of <outputGradients, outputs> with respect to the parameters.
 *  trace of forwardTrace at the same parameters, outputGradients [rows x outputSize].
 *  Out [parameterCount]. */
export function backward(
  spec: MlpSpec,
  parameters: Float64Array,
  trace: ForwardTrace,
  outputGradients: Float64Array,
): Float64Array {
  requireLength('outputGradients', outputGradients, trace.rows * spec.outputSize);
  const layers = layersOf(spec);
  const gradient = new Float64Array(parameterCount(spec));
  let zGradient = outputGradients;
  for (let l = layers.length - 1; l >= 0; l--) {
    const { inputs, outputs, weightOffset, biasOffset } = layers[l];
    const weightShape = { rows: inputs, inner: trace.rows, columns: outputs };
    gradient.set(multiplyTransposedLeft(trace.layerInputs[l], zGradient, weightShape), weightOffset);
    gradient.set(columnSums(zGradient, outputs), biasOffset);
    if (l === 0) break;
    const inputShape = { rows: trace.rows, inner: outputs, columns: inputs };
    zGradient = multiplyTransposedRight(zGradient, weightsOf(layers[l], parameters), inputShape);
    multiplyBySlopes(zGradient, spec.activation, trace.preActivations[l - 1], trace.layerInputs[l]);
  }
  return gradient;
}

/** J v: the directional derivative of every row's outputs along direction [parameterCount].
 *  dz_l = dx_l W_l + x_l dW_l + db_l, dx_{l+1} = activation'(z_l) dz_l. Out [rows x outputSize]. */
export function tangent(
  spec: MlpSpec,
  parameters: Float64Array,
  trace: ForwardTrace,
  direction: Float64Array,
): Float64Array {
  requireLength('direction', direction, parameterCount(spec));
  const layers = layersOf(spec);
  // Zero at first: observations do not depend on parameters.
  let xTangent: Float64Array = new Float64Array(trace.layerInputs[0].length);
  for (let l = 0; l < layers.length; l++) {
    const shape = productShape(trace.rows, layers[l]);
    const zTangent = multiply(xTangent, weightsOf(layers[l], parameters), shape);
    const fromWeights = multiply(trace.layerInputs[l], weightsOf(layers[l], direction), shape);
    for (let i = 0; i < zTangent.length; i++) zTangent[i] += fromWeights[i];
    addToEveryRow(zTangent, biasOf(layers[l], direction));
    if (l + 1 < layers.length) {
      multiplyBySlopes(zTangent, spec.activation, trace.preActivations[l], trace.layerInputs[l + 1]);
    }
    xTangent = zTangent;
  }
  return xTangent;
}

function weightsOf(layer: Layer, parameters: Float64Array): Float64Array {
  return parameters.subarray(layer.weightOffset, layer.biasOffset);
}

function biasOf(layer: Layer, parameters: Float64Array): Float64Array {
  return parameters.subarray(layer.biasOffset, layer.biasOffset + layer.outputs);
}

function productShape(rows: number, layer: Layer) {
  return { rows, inner: layer.inputs, columns: layer.outputs };
}

function addToEveryRow(matrix: Float64Array, row: Float64Array): void {
  for (let start = 0; start < matrix.length; start += row.length) {
    for (let j = 0; j < row.length; j++) matrix[start + j] += row[j];
  }
}

function columnSums(matrix: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let start = 0; start < matrix.length; start += columns) {
    for (let j = 0; j < columns; j++) sums[j] += matrix[start + j];
  }
  return sums;
}

function multiplyBySlopes(
  values: Float64Array,
  activation: Activation,
  preActivations: Float64Array,
  activations: Float64Array,
): void {
  for (let i = 0; i < values.length; i++) {
    values[i] *= activationSlope(activation, preActivations[i], activations[i]);
  }
}

function requireLength(name: string, array: Float64Array, expected: number): void {
  if (array.length !== expected) {
    throw new RangeError(
      `${name} holds ${array.length} numbers, the network needs ${expected}; check rows and sizes`,
    );
  }
}
