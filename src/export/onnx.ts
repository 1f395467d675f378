import type { ActionSpace } from '../environments/spaces.js';
import type { Activation } from '../network/networkSpec.js';
import { type PolicyContent, readPolicyFile } from '../policy/policyFile.js';
import { ELEMENT_TYPES, type ElementType, OnnxGraph, type Shape } from './onnxGraph.js';

/**
 * The bytes of an ONNX model (opset 13) that acts deterministically as the policy of a policy file does.
 * Input `observation` float32 [batch x observationSize], raw: the normaliser is inside. Outputs: `action`, int64 [batch] for
 * Discrete, int64 [batch x parts] for MultiDiscrete and MultiBinary, float32 [batch x size] within its bounds for Box; and
 * `distribution` float32 [batch x inputs], the logits or the means before they are clipped.
 * Throws FileError or MismatchError naming the file.
 */
export function policyToOnnx(policyBytes: Uint8Array, fileName = 'policy'): Uint8Array {
  const content = readPolicyFile(policyBytes, fileName);
  const { spec, networkSpec } = content;
  const graph = new OnnxGraph('policy');
  graph.input('observation', 'float32', ['batch', spec.observationSize]);
  addNetwork(graph, content, addNormalizer(graph, content));
  graph.output(...addMode(graph, spec.actionSpace));
  graph.output('distribution', 'float32', ['batch', networkSpec.outputSize]);
  return graph.encodeModel('wasm-trpo', { environment: spec.environmentName });
}

/** (x - mean) scale, clipped: in float64, because a mean may be large beside the spread. */
function addNormalizer(graph: OnnxGraph, { normalizer, observationClip }: PolicyContent): string {
  if (normalizer === undefined) return 'observation';
  const { mean, scale } = normalizer;
  const scalar = (name: string, value: number) => graph.constant(name, [], Float64Array.of(value));
  const raw = graph.node('Cast', ['observation'], { to: ELEMENT_TYPES.float64 });
  const centred = graph.node('Sub', [raw, graph.constant('observation/mean', [mean.length], mean)]);
  const scaled = graph.node('Mul', [centred, graph.constant('observation/scale', [scale.length], scale)]);
  const bounds = [scalar('observation/low', -observationClip), scalar('observation/high', observationClip)];
  return graph.node('Cast', [graph.node('Clip', [scaled, ...bounds])], { to: ELEMENT_TYPES.float32 });
}

/** The network up to `distribution`. */
function addNetwork(graph: OnnxGraph, content: PolicyContent, input: string): void {
  const { layout, parameters, networkSpec } = content;
  const constants = new Map<string, string>();
  let offset = 0;
  for (const { name, shape } of layout.parts) {
    const size = shape.reduce((product, length) => product * length, 1);
    // a deterministic action takes no standard deviation
    if (name !== 'logStd') {
      constants.set(name, graph.constant(name, shape, parameters.slice(offset, offset + size)));
    }
    offset += size;
  }
  const layers = networkSpec.hiddenSizes.length + 1;
  let value = input;
  for (let layer = 0; layer < layers; layer++) {
    const inputs = [value, constants.get(`dense${layer}/weight`)!, constants.get(`dense${layer}/bias`)!];
    if (layer === layers - 1) graph.node('Gemm', inputs, {}, 'distribution');
    else value = ACTIVATION_NODES[networkSpec.activation](graph, graph.node('Gemm', inputs));
  }
}

const ACTIVATION_NODES: Readonly<Record<Activation, (graph: OnnxGraph, value: string) => string>> = {
  tanh: (graph, value) => graph.node('Tanh', [value]),
  relu: (graph, value) => graph.node('Relu', [value]),
  // slope 0.01 and alpha 1 are what ONNX takes where nothing is said
  leakyRelu: (graph, value) => graph.node('LeakyRelu', [value]),
  elu: (graph, value) => graph.node('Elu', [value]),
  silu: (graph, value) => graph.node('Mul', [value, graph.node('Sigmoid', [value])]),
};

/** The most probable action of `distribution`, as the arguments of the graph's output. */
function addMode(graph: OnnxGraph, space: ActionSpace): [name: string, type: ElementType, shape: Shape] {
  const name = 'action';
  switch (space.kind) {
    case 'Discrete':
      graph.node('ArgMax', ['distribution'], { axis: 1, keepdims: 0 }, name);
      return [name, 'int64', ['batch']];
    case 'MultiDiscrete': {
      const choices = graph
        .splitColumns('distribution', space.counts)
        .map((logits) => graph.node('ArgMax', [logits], { axis: 1, keepdims: 1 }));
      graph.node('Concat', choices, { axis: 1 }, name);
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
      graph.node('Min', [graph.node('Max', ['distribution', low]), high], {}, name);
      return [name, 'float32', ['batch', space.size]];
    }
  }
}
