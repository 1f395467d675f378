import { OptionError } from '../errors.js';
import { isObject, isSize, knownOf, type Refuse, shown } from '../files/json.js';
import { sizeOf } from '../numbers/shape.js';
import type { ActingKernels, Pointer } from '../wasm/kernels.js';
import {
  ACTIVATION_KINDS,
  ACTIVATIONS,
  type Conv2dSpec,
  type LayerSpec,
  type NetworkSpec,
  PADDINGS,
} from './networkSpec.js';

/** A tensor of parameters of a layer. */
export interface LayerPart {
  readonly name: 'weight' | 'bias';
  readonly shape: readonly number[];
  /**
   * A matrix [all dimensions but the last x the last]: the kernels have it in panels, and it is orthogonal at first. Or a vector,
   * which is 0 at first.
   */
  readonly form: 'matrix' | 'vector';
}

/** A layer in its place in a network. */
export interface ShapedLayer<Spec extends LayerSpec = LayerSpec> {
  readonly spec: Spec;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** In the order of the parameter vector. */
  readonly parts: readonly LayerPart[];
}

/** One named tensor of a parameter vector. */
export interface ParameterPart {
  readonly name: string;
  readonly shape: readonly number[];
  /** Offsets in the unpadded vector and in the engine's padded one, in numbers. */
  readonly offset: number;
  readonly paddedOffset: number;
  /** Rows of its panels; 1 for a vector. */
  readonly paddedRows: number;
}

/** A layer, and where its parameters are. */
export type PlacedLayer<Spec extends LayerSpec = LayerSpec> = ShapedLayer<Spec> &
  Readonly<Record<LayerPart['name'], ParameterPart>>;

/** All that a kind of layer is, but for how it is exported: those writers (src/export/) would only weigh on edge programs. */
interface LayerKind<Spec extends LayerSpec> {
  outputShape(spec: Spec, inputShape: readonly number[]): readonly number[];
  parts(spec: Spec, inputShape: readonly number[]): readonly LayerPart[];
  /** Appends the layer to a network's descriptor. */
  describe(kernels: ActingKernels, network: Pointer, layer: PlacedLayer<Spec>): void;
  /** The spec of a hidden layer in a file; `refuse` is told what is wrong with it. */
  fromJson(json: Readonly<Record<string, unknown>>, refuse: Refuse): Spec;
}

/** Filters that the kernels compute at once. */
const FILTERS_AT_ONCE = 8;
const LARGEST_KERNEL = 1000;

/** Along the height and the width of an image: how many outputs a convolution has, and how many zeros lie before and after the image. */
export function convolutionOf(
  { kernelSize, stride, padding }: Pick<Conv2dSpec, 'kernelSize' | 'stride' | 'padding'>,
  [height, width]: readonly number[],
) {
  const along = (size: number) => {
    if (padding === 'valid') {
      return { size: Math.floor((size - kernelSize) / stride) + 1, before: 0, after: 0 };
    }
    const outputs = Math.ceil(size / stride);
    const zeros = Math.max(0, (outputs - 1) * stride + kernelSize - size);
    const before = Math.floor(zeros / 2);
    return { size: outputs, before, after: zeros - before };
  };
  return { vertical: along(height), horizontal: along(width) };
}

/** Throws OptionError unless a convolution fits images of this shape. */
function requireConvolution(
  { filters, kernelSize, stride, padding }: Conv2dSpec,
  inputShape: readonly number[],
): void {
  for (const [name, value] of Object.entries({ filters, kernelSize, stride })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new OptionError(`conv2d: ${name} is ${value}; give a whole number of 1 or more`);
  }
  if (filters % FILTERS_AT_ONCE !== 0) {
    throw new OptionError(
      `conv2d: filters is ${filters}; give a multiple of ${FILTERS_AT_ONCE}, as many as the kernels compute at once`,
    );
  }
  if (inputShape.length !== 3) {
    throw new OptionError(
      `conv2d: its input has the shape ${JSON.stringify(inputShape)}; it takes images [height, width, channels]: put it before dense layers, and give observations of a Box of that shape`,
    );
  }
  const smallest = Math.min(inputShape[0], inputShape[1]);
  if (padding === 'valid' && kernelSize > smallest) {
    throw new OptionError(
      `conv2d: kernelSize is ${kernelSize}, and its input has the shape ${JSON.stringify(inputShape)}; give ${smallest} or less, or padding "same"`,
    );
  }
}

const LAYER_KINDS: { readonly [Kind in LayerSpec['kind']]: LayerKind<LayerSpec & { kind: Kind }> } = {
  dense: {
    outputShape: ({ units }) => [units],
    parts: ({ units }, inputShape) => [
      { name: 'weight', shape: [sizeOf(inputShape), units], form: 'matrix' },
      { name: 'bias', shape: [units], form: 'vector' },
    ],
    describe(kernels, network, { spec, inputShape, weight, bias }) {
      kernels.describeDenseLayer(
        network,
        sizeOf(inputShape),
        spec.units,
        ACTIVATION_KINDS.indexOf(spec.activation),
        weight.paddedOffset,
        bias.paddedOffset,
      );
    },
    fromJson(json, refuse) {
      const { units } = json;
      if (!isSize(units))
        return refuse(`its units are ${shown(units)}, not a whole number from 1 to 1,000,000`);
      return { kind: 'dense', units, activation: knownOf(json, 'activation', ACTIVATIONS, refuse) };
    },
  },
  conv2d: {
    outputShape(spec, inputShape) {
      requireConvolution(spec, inputShape);
      const { vertical, horizontal } = convolutionOf(spec, inputShape);
      return [vertical.size, horizontal.size, spec.filters];
    },
    parts: ({ filters, kernelSize }, inputShape) => [
      { name: 'weight', shape: [kernelSize, kernelSize, inputShape[2], filters], form: 'matrix' },
      { name: 'bias', shape: [filters], form: 'vector' },
    ],
    describe(kernels, network, { spec, inputShape, weight, bias }) {
      const [height, width, channels] = inputShape;
      const { vertical, horizontal } = convolutionOf(spec, inputShape);
      kernels.describeConv2dLayer(
        network,
        height,
        width,
        channels,
        spec.filters,
        spec.kernelSize,
        spec.stride,
        vertical.before,
        horizontal.before,
        vertical.size,
        horizontal.size,
        ACTIVATION_KINDS.indexOf(spec.activation),
        weight.paddedOffset,
        bias.paddedOffset,
      );
    },
    fromJson(json, refuse) {
      const { filters, kernelSize, stride } = json;
      if (!isSize(filters) || filters % FILTERS_AT_ONCE !== 0) {
        return refuse(`its filters are ${shown(filters)}, not a multiple of ${FILTERS_AT_ONCE}`);
      }
      if (!isSize(kernelSize) || kernelSize > LARGEST_KERNEL) {
        return refuse(
          `its kernelSize is ${shown(kernelSize)}, not a whole number from 1 to ${LARGEST_KERNEL}`,
        );
      }
      if (!isSize(stride)) return refuse(`its stride is ${shown(stride)}, not a whole number of 1 or more`);
      return {
        ...{ kind: 'conv2d', filters, kernelSize, stride },
        padding: knownOf(json, 'padding', PADDINGS, refuse),
        activation: knownOf(json, 'activation', ACTIVATIONS, refuse),
      };
    },
  },
};

/** The row of a layer's kind. */
export function kindOf<Spec extends LayerSpec>({ kind }: Spec): LayerKind<Spec> {
  return LAYER_KINDS[kind] as unknown as LayerKind<Spec>;
}

/** The chain of layers of a network. */
export function layersOf({ inputShape: first, layers }: NetworkSpec): ShapedLayer[] {
  let inputShape = first;
  return layers.map((spec) => {
    const kind = kindOf(spec);
    const outputShape = kind.outputShape(spec, inputShape);
    const layer = { spec, inputShape, outputShape, parts: kind.parts(spec, inputShape) };
    inputShape = layer.outputShape;
    return layer;
  });
}

/**
 * Layers out of a file, which are their specs as JSON, on observations of a shape; `refuse` is told the fault of anything else,
 * such as layers that do not fit each other.
 */
export function layersFromJson(json: unknown, inputShape: readonly number[], refuse: Refuse): LayerSpec[] {
  if (!Array.isArray(json)) return refuse(`its layers are ${shown(json)}, not a list`);
  const layers = json.map((layer, number) => {
    const refuseLayer: Refuse = (fault) => refuse(`in layer ${number} ${fault}`);
    if (!isObject(layer)) return refuseLayer(`there is ${shown(layer)}`);
    const kind = knownOf(layer, 'kind', Object.keys(LAYER_KINDS) as LayerSpec['kind'][], refuseLayer);
    return LAYER_KINDS[kind].fromJson(layer, refuseLayer);
  });
  try {
    layersOf({ inputShape, layers });
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    return refuse(`its layers do not fit each other: ${cause.message}`);
  }
  return layers;
}
