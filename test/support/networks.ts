import {
  type Activation,
  denseLayers,
  type NetworkSpec,
  networkSpec,
} from '../../src/network/networkSpec.js';
import { sizeOf } from '../../src/numbers/shape.js';
import type { MlpSpec } from '../twins/mlp.js';

/** The twin's network as the engine describes it. */
export function networkOf({
  inputSize,
  hiddenSizes,
  outputSize,
  activation,
}: {
  inputSize: number;
  hiddenSizes: readonly number[];
  outputSize: number;
  activation: Activation;
}): NetworkSpec {
  return networkSpec([inputSize], denseLayers(hiddenSizes, activation), outputSize);
}

/** A network of dense layers, all hidden ones of one activation, as the twin describes it. */
export function mlpOf({ inputShape, layers }: NetworkSpec): MlpSpec {
  const sizes = layers.flatMap((layer) => (layer.kind === 'dense' ? [layer.units] : []));
  const [{ activation }] = layers;
  return {
    inputSize: sizeOf(inputShape),
    hiddenSizes: sizes.slice(0, -1),
    outputSize: sizes[sizes.length - 1],
    activation: activation === 'identity' ? 'tanh' : activation,
  };
}
