import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/errors.js';
import { policyToJavaScript } from '../../src/export/javaScript.js';
import { policyToOnnx } from '../../src/export/onnx.js';
import { ACTIVATIONS } from '../../src/network/networkSpec.js';
import { readPolicyFile } from '../../src/policy/policyFile.js';
import { mainPolicy, observations, SPACES, trainedPolicy } from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';
import { mlpOf } from '../support/networks.js';
import { forward, parameterCount } from '../twins/mlp.js';

/** Written by test/recordings/onnx/make.py. */
interface OnnxReference {
  readonly observations: readonly number[][];
  readonly cases: Readonly<
    Record<
      string,
      {
        readonly modelSha256: string;
        readonly action: readonly (number | number[])[];
        readonly distribution: readonly number[][];
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

describe.each(Object.keys(onnxReference.cases))('as ONNX, %s', (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.safetensors`, ONNX_FOLDER)));
  const { modelSha256, action, distribution } = onnxReference.cases[name];

  test('is the model that onnxruntime ran', () => {
    expect(createHash('sha256').update(policyToOnnx(bytes)).digest('hex')).toBe(modelSha256);
  });

  test('acts in onnxruntime as the policy does', () => {
    const main = mainPolicy(bytes);
    onnxReference.observations.forEach((observation, row) => {
      const expected = main.act(observation, { deterministic: true });
      expectClose(flat(action[row]), flat(expected));
    });
  });

  test('gives in onnxruntime the logits or means of the float64 twin', () => {
    const { networkSpec, parameters, normalizer, observationClip } = readPolicyFile(bytes, name);
    const spec = mlpOf(networkSpec);
    const weights = Float64Array.from(parameters.subarray(0, parameterCount(spec)));
    onnxReference.observations.forEach((observation, row) => {
      const input = Float64Array.from(observation, (value, i) => {
        if (normalizer === undefined) return value;
        const scaled = (value - normalizer.mean[i]) * normalizer.scale[i];
        return Math.max(-observationClip, Math.min(observationClip, scaled));
      });
      const outputs = forward(spec, weights, input, 1);
      const largest = Math.max(1, ...outputs.map(Math.abs));
      distribution[row].forEach((value, i) => {
        expect(Math.abs(value - outputs[i]) / largest).toBeLessThan(1e-5);
      });
    });
  });
});

test('a damaged policy is not exported', async () => {
  const bytes = (await trainedPolicy(SPACES.Discrete)).slice();
  bytes[bytes.length - 1] ^= 1;
  expect(() => policyToOnnx(bytes, 'altered')).toThrow(FileError);
  expect(() => policyToJavaScript(bytes, 'altered')).toThrow(/altered/);
});
