import { OptionError } from '../errors.js';

/** In the order of the kinds in assembly/network/activation.ts. */
export const ACTIVATION_KINDS = ['identity', 'tanh', 'relu', 'leakyRelu', 'elu', 'silu'] as const;

/** Hidden activations a user may choose (leaky ReLU with slope 0.01, ELU with alpha 1). */
export const ACTIVATIONS = ['tanh', 'relu', 'leakyRelu', 'elu', 'silu'] as const;

export type Activation = (typeof ACTIVATIONS)[number];

/** activation(x W + b): every unit sees all numbers of its input. */
export interface DenseSpec {
  readonly kind: 'dense';
  readonly units: number;
  readonly activation: (typeof ACTIVATION_KINDS)[number];
}

/**
 * activation(convolution + b) of an image [height x width x channels]: a filter reads kernelSize x kernelSize pixels, which begin `stride`
 * pixels further for the next output.
 */
export interface Conv2dSpec {
  readonly kind: 'conv2d';
  /** A multiple of 8. */
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  /** "valid": kernels lie in the image. "same": zeros around it, so that there is an output for every stride-th pixel. */
  readonly padding: (typeof PADDINGS)[number];
  readonly activation: (typeof ACTIVATION_KINDS)[number];
}

export const PADDINGS = ['valid', 'same'] as const;

/** One layer of a network; layerKinds.ts has the kinds. */
export type LayerSpec = DenseSpec | Conv2dSpec;

/** A chain of layers, the output layer included. */
export interface NetworkSpec {
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSpec[];
}

/**
 * The hidden layers of a multi-layer perceptron; no sizes make a linear map. Throws OptionError for sizes that are not whole
 * numbers of 1 or more.
 */
export function denseLayers(hiddenSizes: readonly number[], activation: Activation): LayerSpec[] {
  return hiddenSizes.map((units) => {
    if (!Number.isInteger(units) || units < 1) {
      throw new OptionError(
        `A network layer has size ${units}; sizes are whole numbers of 1 or more: check hidden sizes`,
      );
    }
    return { kind: 'dense', units, activation };
  });
}

/** A network of these hidden layers with `outputSize` linear outputs. */
export function networkSpec(
  inputShape: readonly number[],
  hiddenLayers: readonly LayerSpec[],
  outputSize: number,
): NetworkSpec {
  const output: LayerSpec = { kind: 'dense', units: outputSize, activation: 'identity' };
  return { inputShape, layers: [...hiddenLayers, output] };
}

/** A layer in words, such as "64 tanh" or "16 filters 4x4/2 valid relu". */
export function describeLayer(spec: LayerSpec): string {
  if (spec.kind === 'dense') return `${spec.units} ${spec.activation}`;
  const { filters, kernelSize, stride, padding, activation } = spec;
  return `${filters} filters ${kernelSize}x${kernelSize}/${stride} ${padding} ${activation}`;
}
