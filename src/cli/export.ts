import { nearestName, OptionError } from '../errors.js';
import { policyToDeclaration, policyToJavaScript } from '../export/javaScript.js';
import { ONNX_INPUTS, type OnnxInput, policyToOnnx } from '../export/onnx.js';
import { nodePlatform } from '../platform/node.js';
import { readPolicyBytes } from '../run/policyBytes.js';
import { describeFlags, type Flags, onePolicyPath, parseArguments } from './arguments.js';
import type { Command } from './command.js';

interface Format {
  readonly defaultOutput: string;
  /** `input`: what --input says, if anything. */
  readonly convert: (policyBytes: Uint8Array, fileName: string, input?: string) => Uint8Array | string;
  /** For TypeScript; written beside the file. */
  readonly declare?: (policyBytes: Uint8Array, fileName: string) => string;
}

const FORMATS: Readonly<Record<string, Format>> = {
  onnx: {
    defaultOutput: 'policy.onnx',
    // refuses what is no OnnxInput
    convert: (bytes, fileName, input) => policyToOnnx(bytes, fileName, { input: input as OnnxInput }),
  },
  js: {
    defaultOutput: 'policy.mjs',
    convert(bytes, fileName, input) {
      if (input === undefined) return policyToJavaScript(bytes, fileName);
      throw new OptionError(
        `--input ${input} belongs to --format onnx; a JavaScript module takes the numbers of JavaScript, leave the flag out`,
      );
    },
    declare: policyToDeclaration,
  },
};

const flags = {
  format: { type: 'string', placeholder: 'onnx|js', help: 'what to write' },
  input: {
    type: 'string',
    placeholder: ONNX_INPUTS.join('|'),
    help: 'numbers that the onnx model takes (default float64)',
  },
  output: { type: 'string', placeholder: 'FILE', help: 'where to (default policy.onnx or policy.mjs)' },
} as const satisfies Flags;

export const exportCommand: Command = {
  name: 'export',
  summary: 'write a policy as ONNX or as a JavaScript module',
  help: `trpo export RUN_FOLDER|POLICY_FILE --format onnx|js [flags]

onnx: a model (opset 13) from observations to deterministic actions, the normaliser inside. Its input is float64; with
--input float32 it is float32, which is refused where that rounds an observation too far.
js: an ES module that needs nothing else, act(observation, { deterministic: true }); its declaration for TypeScript is
written beside it, FILE.d.mts for FILE.mjs and FILE.d.ts for FILE.js.

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    const path = onePolicyPath('export', positionals);
    const names = Object.keys(FORMATS);
    if (values.format === undefined) {
      throw new OptionError(`trpo export needs --format, one of ${names.join(', ')}`);
    }
    if (!Object.hasOwn(FORMATS, values.format)) {
      throw new OptionError(
        `--format ${values.format} is not known${nearestName(values.format, names)}; the formats are ${names.join(', ')}`,
      );
    }
    const { convert, declare, defaultOutput } = FORMATS[values.format];
    const { file, bytes } = await readPolicyBytes(nodePlatform, path);
    const output = values.output ?? defaultOutput;
    await nodePlatform.replaceFile(output, convert(bytes, file, values.input));
    context.write(`wrote ${output}\n`);
    const declaration = declarationBeside(output);
    if (declare === undefined || declaration === undefined) return;
    await nodePlatform.replaceFile(declaration, declare(bytes, file));
    context.write(`wrote ${declaration}\n`);
  },
};

/** Where TypeScript looks for the declaration of a module; undefined for a name that is not one of a module. */
function declarationBeside(output: string): string | undefined {
  return /\.m?js$/.test(output) ? output.replace(/\.(m?)js$/, '.d.$1ts') : undefined;
}
