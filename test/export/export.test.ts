import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Box } from '../../src/environments/spaces.js';
import { FileError, OptionError } from '../../src/errors.js';
import { policyToJavaScript } from '../../src/export/javaScript.js';
import { ONNX_INPUTS, type OnnxInput, policyToOnnx } from '../../src/export/onnx.js';
import { ACTIVATIONS } from '../../src/network/networkSpec.js';
import type { GaussianDistribution } from '../../src/policy/actionDistribution.js';
import {
  mainPolicy,
  OFFSETS,
  observations,
  observationsAtOffset,
  policyAtOffset,
  rounded,
  SPACES,
  trainedPolicy,
  twinOutputs,
} from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';

/** What onnxruntime gave for one model and the observations of its policy. */
interface OnnxAnswers {
  readonly modelSha256: string;
  readonly action: readonly (number | number[])[];
  /** null for what is masked. */
  readonly distribution: readonly (number | null)[][];
  /** Of a Box alone. */
  readonly mean?: readonly number[][];
  readonly std?: readonly number[];
}

/** Written by test/recordings/onnx/make.py. */
interface OnnxReference {
  readonly cases: Readonly<
    Record<
      string,
      {
        readonly observations: readonly number[][];
        /** Of policies that were trained with masks. */
        readonly mask?: readonly number[][];
        readonly models: Readonly<Partial<Record<OnnxInput, OnnxAnswers>>>;
      }
    >
  >;
}

const ONNX_FOLDER = new URL('../recordings/onnx/', import.meta.url);
const onnxReference: OnnxReference = JSON.parse(readFileSync(new URL('outputs.json', ONNX_FOLDER), 'utf8'));

const folder = temporaryFolder();
let moduleCount = 0;

type Act = (
  observation: ArrayLike<number>,
  options?: { deterministic?: boolean; random?: () => number },
) => number | number[];

async function moduleOfPolicy(bytes: Uint8Array): Promise<{ act: Act; environmentName: string }> {
  const file = folder.path(`policy${moduleCount++}.mjs`);
  writeFileSync(file, policyToJavaScript(bytes));
  return await import(/* @vite-ignore */ pathToFileURL(file).href);
}

/** Numbers of an action, of whatever space. */
function flat(action: number | ArrayLike<number>): number[] {
  return typeof action === 'number' ? [action] : Array.from(action);
}

function expectClose(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThan(1e-5);
  });
}

function recordedPolicy(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.safetensors`, ONNX_FOLDER)));
}

describe.each(Object.entries(OFFSETS))('at %s', (_, observe) => {
  const batch = observationsAtOffset(observe, 200);
  const UNBOUNDED = new Box({ low: -Infinity, high: Infinity, size: 3 });

  test('the policy acts as the float64 twin', async () => {
    const bytes = await policyAtOffset(UNBOUNDED, observe);
    const main = mainPolicy(bytes);
    for (const observation of batch) {
      const expected = twinOutputs(bytes, observation);
      expectClose(flat(main.act(observation, { deterministic: true })), [...expected]);
    }
  });

  test.each(Object.entries(SPACES))(
    'a JavaScript module over %s acts as the policy does',
    async (_, space) => {
      const bytes = await policyAtOffset(space, observe);
      const [{ act }, main] = [await moduleOfPolicy(bytes), mainPolicy(bytes)];
      for (const observation of batch) {
        const expected = main.act(observation, { deterministic: true });
        expectClose(flat(act(observation, { deterministic: true })), flat(expected));
      }
    },
  );
});

describe.each(Object.entries(SPACES))('as a JavaScript module, over %s', (_, space) => {
  test.each([true, false])('acts as the policy does (normalised %s)', async (normalizeObservations) => {
    const bytes = await trainedPolicy(space, { normalizeObservations });
    const [{ act }, main] = [await moduleOfPolicy(bytes), mainPolicy(bytes)];
    for (const observation of observations(200)) {
      const expected = main.act(observation, { deterministic: true });
      expectClose(flat(act(observation, { deterministic: true })), flat(expected));
      expect(space.contains(act(observation))).toBe(true);
    }
  });

  test('draws with the frequencies of the policy', async () => {
    const bytes = await trainedPolicy(space);
    const [{ act }, main] = [await moduleOfPolicy(bytes), mainPolicy(bytes)];
    const DRAWS = 20_000;
    const observation = [0.4, -0.3];
    const theirs = main.actBatch(new Array<number[]>(DRAWS).fill(observation)).map(flat);
    const own = theirs.map(() => flat(act(observation)));
    const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / DRAWS;
    for (let part = 0; part < own[0].length; part++) {
      for (const power of [1, 2]) {
        const [ownPowers, powers] = [own, theirs].map((rows) => rows.map((row) => row[part] ** power));
        const mean = average(powers);
        const spread = Math.sqrt(average(powers.map((value) => (value - mean) ** 2)));
        // six standard errors of a difference of two means
        expect(Math.abs(average(ownPowers) - mean)).toBeLessThan(6 * spread * Math.sqrt(2 / DRAWS));
      }
    }
  });
});

test.each(ACTIVATIONS)('as a JavaScript module, activation %s', async (activation) => {
  const bytes = await trainedPolicy(SPACES.Box, { activation, hiddenSizes: [37, 5] });
  const [{ act }, main] = [await moduleOfPolicy(bytes), mainPolicy(bytes)];
  for (const observation of observations(50)) {
    const expected = main.act(observation, { deterministic: true });
    expectClose(flat(act(observation, { deterministic: true })), flat(expected));
  }
});

test('the JavaScript module refuses what the policy cannot take, and holds no code but its own', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what could end a string or a comment
  const environmentName = '"\n*/ throw 1; `${0}`\u2028';
  const bytes = await trainedPolicy(SPACES.Discrete, { environmentName } as never);
  const policy = await moduleOfPolicy(bytes);
  expect(policy.environmentName).toBe(environmentName);
  expect(() => policy.act([1])).toThrow(/has 1 numbers.*takes 2/);
  expect(() => policy.act([1, Number.NaN])).toThrow(/observation\[1\] is NaN/);
  const text = readFileSync(folder.path(`policy${moduleCount - 1}.mjs`), 'utf8');
  expect(text).not.toMatch(/\bimport\b|WebAssembly|eval|new Function|\bfetch\b/);
});

const onnxCases = Object.entries(onnxReference.cases).flatMap(([name, { observations, mask, models }]) =>
  ONNX_INPUTS.flatMap((input) => {
    const answers = models[input];
    return answers === undefined ? [] : [{ name, input, observations, mask, answers }];
  }),
);

describe.each(onnxCases)('as ONNX, $name with input $input', (onnxCase) => {
  const { name, input, observations, mask, answers } = onnxCase;
  const bytes = recordedPolicy(name);
  const given = input === 'float32' ? observations.map(rounded) : observations;

  test('is the model that onnxruntime ran', () => {
    const model = policyToOnnx(bytes, name, { input });
    expect(createHash('sha256').update(model).digest('hex')).toBe(answers.modelSha256);
  });

  test('acts in onnxruntime as the policy does', () => {
    const main = mainPolicy(bytes);
    given.forEach((observation, row) => {
      const expected = main.act(observation, { deterministic: true, mask: mask?.[row] });
      expectClose(flat(answers.action[row]), flat(expected));
    });
  });

  test('gives in onnxruntime the logits or means of the float64 twin', () => {
    given.forEach((observation, row) => {
      const outputs = twinOutputs(bytes, observation);
      const largest = Math.max(1, ...outputs.map(Math.abs));
      answers.distribution[row].forEach((value, i) => {
        expect(value === null).toBe(mask?.[row][i] === 0);
        if (value !== null) expect(Math.abs(value - outputs[i]) / largest).toBeLessThan(1e-5);
      });
    });
  });
});

test.each(onnxCases.filter(({ answers }) => answers.mean !== undefined))(
  'as ONNX, $name with input $input gives the mean and the deviation of draws',
  ({ name, input, observations, answers }) => {
    const main = mainPolicy(recordedPolicy(name));
    const given = input === 'float32' ? observations.map(rounded) : observations;
    given.forEach((observation, row) => {
      const { mean, std } = main.distribution(observation) as GaussianDistribution;
      expectClose([...answers.mean![row]], [...mean]);
      expectClose([...answers.std!], [...std]);
    });
  },
);

test('of the recorded models those over a Box tell a mean and a deviation', () => {
  const told = onnxCases.filter(({ answers }) => answers.std !== undefined).map(({ name }) => name);
  expect([...new Set(told)].sort()).toEqual(['box', 'boxOffset']);
});

describe('the input of an ONNX model', () => {
  const exported = (bytes: Uint8Array, input: unknown) =>
    policyToOnnx(bytes, 'mine', { input: input as OnnxInput });

  test('is float64 where nothing is said', async () => {
    const bytes = await trainedPolicy(SPACES.Box);
    expect(policyToOnnx(bytes)).toEqual(exported(bytes, 'float64'));
    expect(policyToOnnx(bytes)).not.toEqual(exported(bytes, 'float32'));
  });

  test('of another kind is refused', async () => {
    const bytes = await trainedPolicy(SPACES.Box);
    expect(() => exported(bytes, 'double')).toThrow(OptionError);
    expect(() => exported(bytes, 'float23')).toThrow(
      /input = float23 is not known; it must be float64 or float32/,
    );
    expect(() => exported(bytes, null)).toThrow(OptionError);
  });

  test.each([
    ['a Unix time', /^mine: observation\[0\] has mean 1700000000 .* lie 128 apart .* input float64/],
    ['50000 +- 0.01', /^mine: observation\[0\] has mean 50000 .* lie 0.00390625 apart .* input float64/],
  ])('in float32 is refused for %s', async (name, message) => {
    const bytes = await policyAtOffset(SPACES.Box, OFFSETS[name]);
    expect(() => exported(bytes, 'float32')).toThrow(OptionError);
    expect(() => exported(bytes, 'float32')).toThrow(message);
  });

  // [value, deviation] of the second component, and half the distance of float32 numbers there in deviations
  test.each([
    [1000, 0.7, 4e-5],
    [1e5, 0.5, 0.008],
    [1e5, 0.3, 0.013],
    [-1e5, 0.3, 0.013],
    [0, 1e-6, 1e-13],
    // a constant component has the deviation 0.0001
    [9.81, 0, 0.005],
    [5e4, 0, 20],
  ])(
    'in float32 is refused at %d +- %d where it rounds by more than 0.01 deviations',
    async (mean, deviation, rounding) => {
      const bytes = await policyAtOffset(SPACES.Box, (step) => [
        step,
        mean + deviation * (step % 2 === 0 ? 1 : -1),
      ]);
      if (rounding <= 0.01) {
        expect(exported(bytes, 'float32').length).toBeGreaterThan(0);
      } else {
        expect(() => exported(bytes, 'float32')).toThrow(/mine: observation\[1\] has mean/);
      }
    },
  );

  test('in float32 is taken where the policy rounds observations itself', async () => {
    const bytes = recordedPolicy('discreteRaw');
    const main = mainPolicy(bytes);
    const { observations } = onnxReference.cases.discreteRaw;
    const modes = (batch: readonly number[][]) => main.actBatch(batch, { deterministic: true });
    expect(modes(observations)).toEqual(modes(observations.map(rounded)));
    expect(exported(bytes, 'float32').length).toBeGreaterThan(0);
  });
});

test('a damaged policy is not exported', async () => {
  const bytes = (await trainedPolicy(SPACES.Discrete)).slice();
  bytes[bytes.length - 1] ^= 1;
  expect(() => policyToOnnx(bytes, 'altered')).toThrow(FileError);
  expect(() => policyToJavaScript(bytes, 'altered')).toThrow(/altered/);
});
