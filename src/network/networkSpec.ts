import { OptionError } from '../errors.js';

/** In the order of the kinds in assembly/network/activation.ts; `identity` ends every network. */
export const ACTIVATION_KINDS = ['identity', 'tanh', 'relu', 'leakyRelu', 'elu', 'silu'] as const;

/** Hidden activations a user may choose (leaky ReLU with slope 0.01, ELU with alpha 1). */
export const ACTIVATIONS = ['tanh', 'relu', 'leakyRelu', 'elu', 'silu'] as const;

export type Activation = (typeof ACTIVATIONS)[number];

/** A multi-layer perceptron: dense layers, the last one linear. No hidden sizes means a linear map. */
export interface NetworkSpec {
  readonly inputSize: number;
  readonly hiddenSizes: readonly number[];
  readonly outputSize: number;
  readonly activation: Activation;
}

/** One dense layer of a network. */
export interface DenseSpec {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly activation: (typeof ACTIVATION_KINDS)[number];
}

/** The chain of layers of a network. Throws OptionError for sizes that are not whole numbers of 1 or more. */
export function layersOf(spec: NetworkSpec): DenseSpec[] {
  const sizes = [spec.inputSize, ...spec.hiddenSizes, spec.outputSize];
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 1) {
      throw new OptionError(
        `A network layer has size ${size}; sizes are whole numbers of 1 or more: check hidden sizes and spaces`,
      );
    }
  }
  return sizes.slice(1).map((outputSize, index) => ({
    inputSize: sizes[index],
    outputSize,
    activation: index === spec.hiddenSizes.length ? 'identity' : spec.activation,
  }));
}
