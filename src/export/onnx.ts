import { observationNames } from '../environments/flatSpace.js';
import {
  actionSizeOf,
  type Discrete,
  isMasked,
  type MultiDiscrete,
  startOf,
} from '../environments/spaces.js';
import { OptionError } from '../errors.js';
import { convolutionOf, type ParameterPart, type PlacedLayer } from '../network/layerKinds.js';
import type { Activation, Conv2dSpec, DenseSpec, LayerSpec } from '../network/networkSpec.js';
import { PIXEL_SCALE } from '../normalization/actingNormalizer.js';
import { exp } from '../numbers/exp.js';
import { sizeOf } from '../numbers/shape.js';
import { type ActionUnits, actionUnits } from '../policy/actionUnits.js';
import { type PolicyContent, readPolicyFile } from '../policy/policyFile.js';
import { isImage } from '../policy/policySpec.js';
import { ELEMENT_TYPES, type ElementType, OnnxGraph, type Shape } from './onnxGraph.js';

/** Kinds of number that the input of an exported model may have. */
export const ONNX_INPUTS = ['float64', 'float32'] as const;
export type OnnxInput = (typeof ONNX_INPUTS)[number];

export interface OnnxOptions {
  /**
   * Kind of number of the model's input. Default float64, which is right for every policy. float32 is refused where it
   * cannot tell apart the values of an observation that the policy normalises.
   */
  readonly input?: OnnxInput;
}

/** How far float32 may round an observation, in its standard deviations. */
const LARGEST_ROUNDING = 0.01;

/**
 * The bytes of an ONNX model (opset 13) that acts deterministically as the policy of a policy file does.
 * Input `observation` float64 or float32 [batch x observationSize], flat and raw: the normaliser is inside. Where observations
 * are not a Box, the metadata `observationNames` lists as JSON what each number is. Outputs: `action`, int64
 * [batch] for Discrete, from its start on, int64 [batch x parts] for MultiDiscrete and MultiBinary, float32 [batch x size] within its bounds
 * for Box; and `distribution` float32 [batch x inputs], the logits or the means in the units of the policy. For a Box also `mean` float32
 * [batch x size] and `std` float32 [size], in the units of the action and before it is clipped: a draw is a normal variate of these, clipped
 * to the bounds.
 * A policy that was trained with masks has the input `mask` too, bool [batch x choices]: logits of what it forbids are -Infinity. A
 * model cannot refuse a mask that allows nothing.
 * Throws FileError or MismatchError naming the file; OptionError for another input, and for a float32 input that would round
 * an observation by more than a hundredth of its standard deviation.
 */
export function policyToOnnx(
  policyBytes: Uint8Array,
  fileName = 'policy',
  { input = 'float64' }: OnnxOptions = {},
): Uint8Array {
  if (!ONNX_INPUTS.includes(input)) {
    throw new OptionError(`input = ${input} is not known; it must be ${ONNX_INPUTS.join(' or ')}`);
  }
  const content = readPolicyFile(policyBytes, fileName);
  if (input === 'float32') requireFloat32Suffices(content, fileName);
  const { spec, distribution } = content;
  const graph = new OnnxGraph('policy');
  graph.input('observation', input, ['batch', spec.observationSize]);
  const network = (output: string) =>
    addNetwork(graph, content, addNormalizer(graph, content, input), output);
  if (isMasked(spec.actionSpace)) {
    const mask = graph.input('mask', 'bool', ['batch', distribution.inputSize]);
    network('logits');
    const forbidden = graph.constant('forbidden', [], Float32Array.of(-Infinity));
    graph.node('Where', [mask, 'logits', forbidden], {}, 'distribution');
  } else {
    network('distribution');
  }
  graph.output(...addMode(graph, actionUnits(spec.actionSpace, spec.rescaleActions)));
  graph.output('distribution', 'float32', ['batch', distribution.inputSize]);
  addGaussian(graph, content);
  const { observationSpace, environmentName: environment } = spec;
  const names = observationSpace && { observationNames: JSON.stringify(observationNames(observationSpace)) };
  return graph.encodeModel('wasm-trpo', { environment, ...names });
}

/** A policy that does not normalise passes: it rounds its observations to float32 itself. */
function requireFloat32Suffices({ normalizer }: PolicyContent, fileName: string): void {
  normalizer?.mean.forEach((mean, i) => {
    const deviation = 1 / normalizer.scale[i];
    const spacing = float32Spacing(Math.abs(mean) + deviation);
    if (spacing / 2 < LARGEST_ROUNDING * deviation) return;
    const [centre, spread, step] = [mean, deviation, spacing].map((value) => Number(value.toPrecision(6)));
    throw new OptionError(
      `${fileName}: observation[${i}] has mean ${centre} and standard deviation ${spread}, and float32 numbers lie ${step} apart there; an input in float32 may round it by ${LARGEST_ROUNDING} standard deviations at most: export with the input float64, the default`,
    );
  });
}

/** The distance of float32 numbers at a number of 0 or more; infinite or NaN at the end of their range. */
function float32Spacing(value: number): number {
  const neighbours = Float32Array.of(value, value);
  new Uint32Array(neighbours.buffer)[1]++;
  return neighbours[1] - neighbours[0];
}

/** (x - mean) scale, clipped, then float32. In float64, because a mean may be large beside the spread. */
function addNormalizer(
  graph: OnnxGraph,
  { spec, normalizer, observationClip }: PolicyContent,
  input: OnnxInput,
): string {
  const cast = (value: string, from: OnnxInput, to: OnnxInput) =>
    from === to ? value : graph.node('Cast', [value], { to: ELEMENT_TYPES[to] });
  if (normalizer === undefined && !isImage(spec)) return cast('observation', input, 'float32');
  const scalar = (name: string, value: number) => graph.constant(name, [], Float64Array.of(value));
  const raw = cast('observation', input, 'float64');
  if (normalizer === undefined) {
    return cast(graph.node('Mul', [raw, scalar('observation/scale', PIXEL_SCALE)]), 'float64', 'float32');
  }
  const { mean, scale } = normalizer;
  const centred = graph.node('Sub', [raw, graph.constant('observation/mean', [mean.length], mean)]);
  const scaled = graph.node('Mul', [centred, graph.constant('observation/scale', [scale.length], scale)]);
  const bounds = [scalar('observation/low', -observationClip), scalar('observation/high', observationClip)];
  return cast(graph.node('Clip', [scaled, ...bounds]), 'float64', 'float32');
}

/** The network, whose outputs are named `result`. */
function addNetwork(
  graph: OnnxGraph,
  { layout, parameters }: PolicyContent,
  input: string,
  result: string,
): void {
  const { layers } = layout;
  const numbersOf = ({ offset, shape }: ParameterPart) => parameters.slice(offset, offset + sizeOf(shape));
  let value = input;
  layers.forEach((layer, number) => {
    const output = number === layers.length - 1 ? result : undefined;
    value = LAYER_NODES[layer.spec.kind](graph, layer as PlacedLayer<never>, numbersOf, value, output);
  });
}

/**
 * How a layer is written whose input is the value `input` [batch x numbers]; numbersOf: its parts, which become constants under their
 * names. Gives back its output, which may be named. Not in the table of layer kinds, which programs at the edge contain.
 */
type LayerNodes<Spec extends LayerSpec> = (
  graph: OnnxGraph,
  layer: PlacedLayer<Spec>,
  numbersOf: (part: ParameterPart) => Float32Array,
  input: string,
  output: string | undefined,
) => string;

const LAYER_NODES: { readonly dense: LayerNodes<DenseSpec>; readonly conv2d: LayerNodes<Conv2dSpec> } = {
  dense(graph, { spec, weight, bias }, numbersOf, input, output) {
    for (const part of [weight, bias]) graph.constant(part.name, part.shape, numbersOf(part));
    const inputs = [input, weight.name, bias.name];
    if (spec.activation === 'identity') return graph.node('Gemm', inputs, {}, output);
    return ACTIVATION_NODES[spec.activation](graph, graph.node('Gemm', inputs), output);
  },
  // ONNX has channels before pixels
  conv2d(graph, { spec, inputShape, outputShape, weight, bias }, numbersOf, input, output) {
    const { filters, kernelSize, stride, activation } = spec;
    const [height, width, channels] = inputShape;
    const { vertical, horizontal } = convolutionOf(spec, inputShape);
    const shapeOf = (name: string, sizes: readonly number[]) =>
      graph.constant(
        `${weight.name}/${name}`,
        [sizes.length + 1],
        BigInt64Array.from([-1, ...sizes], BigInt),
      );
    const image = graph.node(
      'Transpose',
      [graph.node('Reshape', [input, shapeOf('image', [height, width, channels])])],
      {
        perm: [0, 3, 1, 2],
      },
    );
    graph.constant(
      weight.name,
      [filters, channels, kernelSize, kernelSize],
      filtersFirst(numbersOf(weight), filters, kernelSize * kernelSize),
    );
    graph.constant(bias.name, bias.shape, numbersOf(bias));
    const maps = graph.node('Conv', [image, weight.name, bias.name], {
      kernel_shape: [kernelSize, kernelSize],
      strides: [stride, stride],
      pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    });
    const active = activation === 'identity' ? maps : ACTIVATION_NODES[activation](graph, maps, undefined);
    const last = graph.node('Transpose', [active], { perm: [0, 2, 3, 1] });
    return graph.node('Reshape', [last, shapeOf('flat', [sizeOf(outputShape)])], {}, output);
  },
};

/** Weights [kernelSize, kernelSize, channels, filters] as [filters, channels, kernelSize, kernelSize]. */
function filtersFirst(weights: Float32Array, filters: number, pixels: number): Float32Array {
  const channels = weights.length / (filters * pixels);
  return weights.map((_, i) => {
    const filter = Math.floor(i / (channels * pixels));
    const channel = Math.floor(i / pixels) % channels;
    return weights[((i % pixels) * channels + channel) * filters + filter];
  });
}

const ACTIVATION_NODES: Readonly<
  Record<Activation, (graph: OnnxGraph, value: string, output: string | undefined) => string>
> = {
  tanh: (graph, value, output) => graph.node('Tanh', [value], {}, output),
  relu: (graph, value, output) => graph.node('Relu', [value], {}, output),
  // slope 0.01 and alpha 1 are what ONNX takes where nothing is said
  leakyRelu: (graph, value, output) => graph.node('LeakyRelu', [value], {}, output),
  elu: (graph, value, output) => graph.node('Elu', [value], {}, output),
  silu: (graph, value, output) => graph.node('Mul', [value, graph.node('Sigmoid', [value])], {}, output),
};

/** The most probable action of `distribution`, as the arguments of the graph's output. */
function addMode(
  graph: OnnxGraph,
  { space, rescaled }: ActionUnits,
): [name: string, type: ElementType, shape: Shape] {
  const name = 'action';
  switch (space.kind) {
    case 'Discrete':
      fromStart(graph, space, [], (output) =>
        graph.node('ArgMax', ['distribution'], { axis: 1, keepdims: 0 }, output),
      );
      return [name, 'int64', ['batch']];
    case 'MultiDiscrete': {
      const choices = graph
        .splitColumns('distribution', space.counts)
        .map((logits) => graph.node('ArgMax', [logits], { axis: 1, keepdims: 1 }));
      fromStart(graph, space, [choices.length], (output) =>
        graph.node('Concat', choices, { axis: 1 }, output),
      );
      return [name, 'int64', ['batch', space.counts.length]];
    }
    case 'MultiBinary': {
      const zero = graph.constant('zero', [], new Float32Array(1));
      const isOne = graph.node('Greater', ['distribution', zero]);
      graph.node('Cast', [isOne], { to: ELEMENT_TYPES.int64 }, name);
      return [name, 'int64', ['batch', space.n]];
    }
    case 'Box': {
      const low = graph.constant('action/low', [space.size], Float32Array.from(space.low));
      const high = graph.constant('action/high', [space.size], Float32Array.from(space.high));
      if (rescaled === undefined) graph.node('Identity', ['distribution'], {}, 'mean');
      else addRescaling(graph, rescaled, 'mean');
      graph.node('Min', [graph.node('Max', ['mean', low]), high], {}, name);
      return [name, 'float32', ['batch', space.size]];
    }
  }
}

/** What a draw needs beside `mean`, for a policy of a Box: the standard deviations, which no observation changes. */
function addGaussian(graph: OnnxGraph, { spec, distribution, parameters }: PolicyContent): void {
  const { actionSpace: space } = spec;
  if (space.kind !== 'Box') return;
  const { logStdSize: size } = distribution;
  const { rescaled } = actionUnits(space, spec.rescaleActions);
  const std = Float32Array.from(
    parameters.subarray(-size),
    (value, i) => exp(value) * (rescaled?.halfRange[i] ?? 1),
  );
  graph.node('Identity', [graph.constant('action/std', [size], std)], {}, 'std');
  graph.output('mean', 'float32', ['batch', size]);
  graph.output('std', 'float32', [size]);
}

/** The means in the units of the environment, named `result`: in float64, as the policy does it. */
function addRescaling(
  graph: OnnxGraph,
  { centre, halfRange }: NonNullable<ActionUnits['rescaled']>,
  result: string,
): void {
  const constant = (name: string, values: readonly number[]) =>
    graph.constant(`action/${name}`, [values.length], Float64Array.from(values));
  const mean = graph.node('Cast', ['distribution'], { to: ELEMENT_TYPES.float64 });
  const offset = graph.node('Mul', [mean, constant('halfRange', halfRange)]);
  const action = graph.node('Add', [offset, constant('centre', centre)]);
  graph.node('Cast', [action], { to: ELEMENT_TYPES.float32 }, result);
}

/** Names as `action` what `add` adds, an int64 choice from 0 on for each part, counted from the start of its space. */
function fromStart(
  graph: OnnxGraph,
  space: Discrete | MultiDiscrete,
  shape: readonly number[],
  add: (output: string | undefined) => string,
): void {
  const starts = Array.from({ length: actionSizeOf(space) }, (_, part) => startOf(space, part));
  if (starts.every((first) => first === 0)) {
    add('action');
    return;
  }
  const start = graph.constant('action/start', shape, BigInt64Array.from(starts, BigInt));
  graph.node('Add', [add(undefined), start], {}, 'action');
}
