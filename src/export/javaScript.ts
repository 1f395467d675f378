import { choicesOf } from '../environments/actionMask.js';
import { observationNames } from '../environments/flatSpace.js';
import {
  type ActionSpace,
  actionSizeOf,
  type Discrete,
  isMasked,
  type MultiDiscrete,
  startOf,
} from '../environments/spaces.js';
import { convolutionOf, type PlacedLayer } from '../network/layerKinds.js';
import type { Activation, Conv2dSpec, DenseSpec, LayerSpec } from '../network/networkSpec.js';
import { PIXEL_SCALE } from '../normalization/actingNormalizer.js';
import { type ActionUnits, actionUnits } from '../policy/actionUnits.js';
import { type PolicyContent, readPolicyFile } from '../policy/policyFile.js';
import { isImage, type PolicySpec } from '../policy/policySpec.js';
import { VERSION } from '../version.js';

/**
 * The text of an ES module in plain JavaScript that acts as the policy of a policy file does: no import, no WebAssembly,
 * nothing compiled. It exports `act(observation, { deterministic, random })` and `distribution(observation)`, of flat observations, with
 * `mask` for a policy that was trained with masks, and the `observationNames` where they are not a Box. Deterministic actions agree with the
 * engine's to rounding; draws come from `random` (default Math.random), not from the engine's generator.
 * Throws FileError or MismatchError naming the file.
 */
export function policyToJavaScript(policyBytes: Uint8Array, fileName = 'policy'): string {
  const content = readPolicyFile(policyBytes, fileName);
  const { spec, layout, parameters } = content;
  const { kind } = spec.actionSpace;
  const normalize = normalizerText(content);
  const units = actionUnits(spec.actionSpace, spec.rescaleActions);
  const masked = isMasked(spec.actionSpace) ? spec.actionSpace : undefined;
  const outputs = masked ? 'allowed(network(observation), mask)' : 'network(observation)';
  return `// A policy, written by wasm-trpo ${VERSION}. act(observation) gives an action; nothing else is needed.
export const environmentName = ${JSON.stringify(spec.environmentName)};
export const observationSize = ${spec.observationSize};
${namesText(spec)}
// weights [inputs x outputs] row-major and biases of each layer${kind === 'Box' ? ', then log standard deviations' : ''}: float32
const parameters = new Float32Array(
  Uint8Array.from(atob('${base64(parameters)}'), (character) => character.charCodeAt(0)).buffer,
);
${spaceText(units)}${normalize}${activationTexts(layout.layers)}
/**
 * The action for one observation [${spec.observationSize}]: ${ACTION_TEXTS[kind]}.
 * deterministic: the most probable action instead of a draw. random: gives numbers from 0 to below 1.${masked ? `\n * mask: ${MASK_TEXT}.` : ''}
 */
export function act(observation, { deterministic = false, random = Math.random${masked ? ', mask' : ''} } = {}) {
  return decide(${outputs}, deterministic ? undefined : random);
}

/**
 * The distribution that act draws from: ${DISTRIBUTION_TEXTS[kind]}.${masked ? `\n * mask: ${MASK_TEXT}.` : ''}
 */
export function distribution(observation${masked ? ', { mask } = {}' : ''}) {
  return describe(${outputs});
}
${masked ? allowedText(masked) : ''}
function network(observation) {
  if (observation?.length !== observationSize) {
    throw new RangeError(\`observation has \${observation?.length} numbers, this policy takes \${observationSize}\`);
  }
  for (let i = 0; i < observationSize; i++) {
    if (!Number.isFinite(observation[i])) throw new RangeError(\`observation[\${i}] is \${observation[i]}; it must be a finite number\`);
  }
  let values = Float32Array.from(observation${normalize === '' ? '' : ', normalize'});
${layout.layers.map((layer) => `  values = ${callOf(layer)};`).join('\n')}
  return values;
}

${definitions(layout.layers)}
${decisionText(units)}
${descriptionText(units)}`;
}

/**
 * The declaration of that module for TypeScript, the text of a file beside it: policy.d.mts for policy.mjs.
 * Throws FileError or MismatchError naming the file.
 */
export function policyToDeclaration(policyBytes: Uint8Array, fileName = 'policy'): string {
  const { spec } = readPolicyFile(policyBytes, fileName);
  const { kind } = spec.actionSpace;
  const masked = isMasked(spec.actionSpace);
  return `// A policy, written by wasm-trpo ${VERSION}.
export declare const environmentName: string;
export declare const observationSize: ${spec.observationSize};
${spec.observationSpace === undefined ? '' : `/** What each number of an observation is. */\nexport declare const observationNames: readonly string[];\n`}
export interface ActOptions {
  /** The most probable action instead of a draw. Default false. */
  readonly deterministic?: boolean;
  /** Gives numbers from 0 to below 1. Default Math.random. */
  readonly random?: () => number;
${masked ? `  /** ${capitalized(MASK_TEXT)}. */\n  readonly mask: ArrayLike<number | boolean>;\n` : ''}}

/**
 * The action for one observation [${spec.observationSize}]: ${ACTION_TEXTS[kind]}.
 * Throws RangeError for another length or a number that is not finite${masked ? ', and for a mask that is none or allows nothing' : ''}.
 */
export declare function act(observation: ArrayLike<number>, options${masked ? '' : '?'}: ActOptions): ${kind === 'Discrete' ? 'number' : 'number[]'};

/**
 * The distribution that act draws from: ${DISTRIBUTION_TEXTS[kind]}.
 * Throws as act.
 */
export declare function distribution(observation: ArrayLike<number>${masked ? ", options: Pick<ActOptions, 'mask'>" : ''}): ${DISTRIBUTION_TYPES[kind]};
`;
}

/** Nothing for observations that are a Box. */
function namesText({ observationSpace }: PolicySpec): string {
  if (observationSpace === undefined) return '';
  return `// what each number of an observation is: choices are one 1 among zeros\nexport const observationNames = ${JSON.stringify(observationNames(observationSpace))};\n`;
}

function normalizerText({ spec, normalizer, observationClip }: PolicyContent): string {
  if (normalizer === undefined) {
    return isImage(spec)
      ? `// bytes of an image\nconst normalize = (value) => value * ${PIXEL_SCALE};\n`
      : '';
  }
  return `const mean = ${numbers(normalizer.mean)};
const scale = ${numbers(normalizer.scale)};
const normalize = (value, i) => Math.max(-${observationClip}, Math.min(${observationClip}, (value - mean[i]) * scale[i]));
`;
}

function spaceText({ space, rescaled }: ActionUnits): string {
  switch (space.kind) {
    case 'MultiBinary':
      return '';
    case 'Discrete':
      return startText(space, 'the first choice');
    case 'MultiDiscrete':
      return `const counts = ${numbers(space.counts)}; // choices of each part\n${startText(space, 'the first of them')}`;
    case 'Box':
      return `const low = ${numbers(space.low)};\nconst high = ${numbers(space.high)};\n${rescaled === undefined ? '' : `const centre = ${numbers(rescaled.centre)};\nconst halfRange = ${numbers(rescaled.halfRange)};\n`}`;
  }
}

/** Nothing where choices count from 0. */
function startText(space: Discrete | MultiDiscrete, meaning: string): string {
  if (!hasStart(space)) return '';
  const starts = space.kind === 'Discrete' ? String(space.start) : numbers(space.start);
  return `const start = ${starts}; // ${meaning}\n`;
}

function hasStart(space: Discrete | MultiDiscrete): boolean {
  return Array.from({ length: actionSizeOf(space) }, (_, part) => startOf(space, part)).some(
    (first) => first !== 0,
  );
}

/** How a kind of layer is written. */
interface LayerWriter<Spec extends LayerSpec> {
  /** The function that computes it. */
  readonly definition: string;
  /** Its call on `values`. */
  readonly call: (layer: PlacedLayer<Spec>) => string;
}

/** Not in the table of layer kinds, which programs at the edge contain. */
const LAYER_WRITERS: { readonly dense: LayerWriter<DenseSpec>; readonly conv2d: LayerWriter<Conv2dSpec> } = {
  dense: {
    definition: `// activate(values W + b); weights and biases: where W [inputs x outputs] and b lie in the parameters
function dense(values, weights, biases, outputs, activate) {
  const results = new Float64Array(parameters.subarray(biases, biases + outputs));
  for (let i = 0; i < values.length; i++) {
    for (let j = 0; j < outputs; j++) results[j] += values[i] * parameters[weights + i * outputs + j];
  }
  return activate === undefined ? results : results.map(activate);
}
`,
    call: ({ spec, weight, bias }) =>
      `dense(values, ${weight.offset}, ${bias.offset}, ${spec.units}${spec.activation === 'identity' ? '' : `, ${spec.activation}`})`,
  },
  conv2d: {
    definition: `// activate(convolution + b) of an image, rows of pixels with channels last; sizes as in the call
function conv2d(values, weights, biases, sizes, activate) {
  const { height, width, channels, filters, kernel, stride, top, left, rows, columns } = sizes;
  const results = new Float64Array(rows * columns * filters);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const out = (y * columns + x) * filters;
      for (let f = 0; f < filters; f++) results[out + f] = parameters[biases + f];
      for (let ky = 0; ky < kernel; ky++) {
        const row = y * stride - top + ky;
        if (row < 0 || row >= height) continue;
        for (let kx = 0; kx < kernel; kx++) {
          const column = x * stride - left + kx;
          if (column < 0 || column >= width) continue;
          for (let c = 0; c < channels; c++) {
            const value = values[(row * width + column) * channels + c];
            const weight = weights + ((ky * kernel + kx) * channels + c) * filters;
            for (let f = 0; f < filters; f++) results[out + f] += value * parameters[weight + f];
          }
        }
      }
    }
  }
  return results.map(activate);
}
`,
    call({ spec, inputShape, outputShape, weight, bias }) {
      const [height, width, channels] = inputShape;
      const [rows, columns, filters] = outputShape;
      const { vertical, horizontal } = convolutionOf(spec, inputShape);
      const sizes = {
        ...{ height, width, channels, filters, kernel: spec.kernelSize, stride: spec.stride },
        ...{ top: vertical.before, left: horizontal.before, rows, columns },
      };
      const text = Object.entries(sizes).map(([name, size]) => `${name}: ${size}`);
      return `conv2d(values, ${weight.offset}, ${bias.offset}, { ${text.join(', ')} }, ${spec.activation})`;
    },
  },
};

function callOf(layer: PlacedLayer): string {
  const { call } = LAYER_WRITERS[layer.spec.kind] as unknown as LayerWriter<LayerSpec>;
  return call(layer);
}

/** The functions of the kinds of layers that are there. */
function definitions(layers: readonly PlacedLayer[]): string {
  const kinds = new Set(layers.map(({ spec }) => spec.kind));
  return Array.from(kinds, (kind) => LAYER_WRITERS[kind].definition).join('\n');
}

/** Of the activations that are there, by their names. */
function activationTexts(layers: readonly PlacedLayer[]): string {
  const kinds = new Set(layers.map(({ spec }) => spec.activation));
  return Array.from(kinds, (kind) =>
    kind === 'identity' ? '' : `const ${kind} = ${ACTIVATION_TEXTS[kind]};\n`,
  ).join('');
}

const ACTIVATION_TEXTS: Readonly<Record<Activation, string>> = {
  tanh: 'Math.tanh',
  relu: '(z) => Math.max(z, 0)',
  leakyRelu: '(z) => (z < 0 ? 0.01 * z : z)',
  elu: '(z) => (z < 0 ? Math.expm1(z) : z)',
  silu: '(z) => z / (1 + Math.exp(-z))',
};

const ACTION_TEXTS: Readonly<Record<ActionSpace['kind'], string>> = {
  Discrete: 'a whole number',
  MultiDiscrete: 'an array of whole numbers',
  MultiBinary: 'an array of zeros and ones',
  Box: 'an array of numbers within their bounds',
};

const DISTRIBUTION_TEXTS: Readonly<Record<ActionSpace['kind'], string>> = {
  Discrete: 'the probability of each choice',
  MultiDiscrete: 'for each part the probability of each of its choices',
  MultiBinary: 'the probability of a 1, for each number',
  Box: 'mean and standard deviation of each number, before it is brought within its bounds',
};

const DISTRIBUTION_TYPES: Readonly<Record<ActionSpace['kind'], string>> = {
  Discrete: '{ probabilities: number[] }',
  MultiDiscrete: '{ probabilities: number[][] }',
  MultiBinary: '{ probabilities: number[] }',
  Box: '{ mean: number[]; std: number[] }',
};

const MASK_TEXT = '1 or true for each choice that may be taken, else 0 or false, part after part';

function capitalized(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

/** The function that takes the choices away that a mask forbids. */
function allowedText(space: Discrete | MultiDiscrete): string {
  return `
function allowed(logits, mask) {
  if (mask?.length !== logits.length) {
    throw new RangeError(\`mask has \${mask?.length} numbers, this policy needs \${logits.length}: ${MASK_TEXT}\`);
  }
  let first = 0;
  for (const count of ${numbers(choicesOf(space))}) {
    let choices = 0;
    for (let i = first; i < first + count; i++) {
      if (![0, 1, false, true].includes(mask[i])) throw new RangeError(\`mask[\${i}] is \${mask[i]}; it must be 0, 1, true or false\`);
      choices += Number(mask[i]);
    }
    if (choices === 0) throw new RangeError(\`mask[\${first}] to mask[\${first + count - 1}] allow no choice\`);
    first += count;
  }
  return logits.map((logit, i) => (mask[i] ? logit : -Infinity));
}
`;
}

/** What the network's outputs say, as `distribution` of the engine tells it. */
function descriptionText({ space, rescaled }: ActionUnits): string {
  switch (space.kind) {
    case 'Discrete':
      return `const describe = (logits) => ({ probabilities: softmax(logits) });\n\n${SOFTMAX}`;
    case 'MultiDiscrete':
      return `function describe(logits) {
  let end = 0;
  return {
    probabilities: counts.map((count) => {
      end += count;
      return softmax(logits.subarray(end - count, end));
    }),
  };
}

${SOFTMAX}`;
    case 'MultiBinary':
      return `const describe = (logits) => ({ probabilities: Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit))) });\n`;
    case 'Box': {
      const [mean, scale] = rescaled ? ['centre[i] + halfRange[i] * mean', 'halfRange[i] * '] : ['mean', ''];
      return `function describe(means) {
  const logStd = parameters.subarray(parameters.length - means.length);
  return {
    mean: Array.from(means, (mean${rescaled ? ', i' : ''}) => ${mean}),
    std: Array.from(logStd, (value${rescaled ? ', i' : ''}) => ${scale}Math.exp(value)),
  };
}
`;
    }
  }
}

const SOFTMAX = `function softmax(logits) {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
`;

/** masked: some logits may be -Infinity, whose choices are never taken, whatever rounding leaves over. */
const choose = (masked: boolean) => `function choose(logits, random) {
  const largest = Math.max(...logits);
  if (random === undefined) return logits.indexOf(largest);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length - 1; i++) {
    rest -= weights[i];
    if (rest < 0) return i;
  }
  return ${masked ? 'weights.reduce((last, weight, i) => (weight > 0 ? i : last), 0)' : 'weights.length - 1'};
}
`;

/** From the network's outputs to an action; without `random` the most probable one. */
function decisionText({ space, rescaled }: ActionUnits): string {
  switch (space.kind) {
    case 'Discrete':
      return `const decide = ${hasStart(space) ? '(logits, random) => start + choose(logits, random)' : 'choose'};

${choose(isMasked(space))}`;
    case 'MultiDiscrete': {
      const [parameters, start] = hasStart(space) ? ['(count, i)', 'start[i] + '] : ['(count)', ''];
      return `function decide(logits, random) {
  let end = 0;
  return counts.map(${parameters} => {
    end += count;
    return ${start}choose(logits.subarray(end - count, end), random);
  });
}

${choose(isMasked(space))}`;
    }
    case 'MultiBinary':
      return DECIDE_BITS;
    case 'Box':
      return decideNumbers(rescaled !== undefined);
  }
}

const DECIDE_BITS = `function decide(logits, random) {
  return Array.from(logits, (logit) =>
    Number(random === undefined ? logit > 0 : random() < 1 / (1 + Math.exp(-logit))),
  );
}
`;

const decideNumbers = (isRescaled: boolean) => `function decide(means, random) {
  const logStd = parameters.subarray(parameters.length - means.length);
  return Array.from(means, (mean, i) => {
    const number = random === undefined ? mean : mean + Math.exp(logStd[i]) * normal(random);
    const action = ${isRescaled ? 'centre[i] + halfRange[i] * number' : 'number'};
    return Math.min(Math.max(action, low[i]), high[i]);
  });
}

// Box and Muller; 1 - u, because the logarithm of 0 is not finite
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
`;

function numbers(values: ArrayLike<number>): string {
  return `[${Array.from(values, String).join(', ')}]`;
}

function base64(values: Float32Array): string {
  let text = '';
  for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) {
    text += String.fromCharCode(byte);
  }
  return btoa(text);
}
