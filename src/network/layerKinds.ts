import { isObject, isSize, knownOf, type Refuse, shown } from '../files/json.js';
import { sizeOf } from '../numbers/shape.js';
import type { ActingKernels, Pointer } from '../wasm/kernels.js';
import { ACTIVATION_KINDS, ACTIVATIONS, type LayerSpec, type NetworkSpec } from './networkSpec.js';

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
    const parts = kind.parts(spec, inputShape);
    const layer = { spec, inputShape, outputShape: kind.outputShape(spec, inputShape), parts };
    inputShape = layer.outputShape;
    return layer;
  });
}

/** Layers out of a file, which are their specs as JSON; `refuse` is told the fault of anything else. */
export function layersFromJson(json: unknown, refuse: Refuse): LayerSpec[] {
  if (!Array.isArray(json)) return refuse(`its layers are ${shown(json)}, not a list`);
  return json.map((layer, number) => {
    const refuseLayer: Refuse = (fault) => refuse(`in layer ${number} ${fault}`);
    if (!isObject(layer)) return refuseLayer(`there is ${shown(layer)}`);
    const kind = knownOf(layer, 'kind', Object.keys(LAYER_KINDS) as LayerSpec['kind'][], refuseLayer);
    return LAYER_KINDS[kind].fromJson(layer, refuseLayer);
  });
}
