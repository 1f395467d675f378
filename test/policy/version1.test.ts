import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/environments/environment.js';
import { FileError } from '../../src/errors.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';
import type { Policy } from '../../src/policy/policy.js';
import { decodePolicy, readPolicyFile } from '../../src/policy/policyFile.js';
import { specToJson } from '../../src/policy/policySpecJson.js';
import { createEngine } from '../../src/wasm/load.js';
import { mainPolicy } from '../edge/support.js';
import { moduleOf, VARIANTS } from '../kernels/support/wasm.js';

/** Written by make.mjs there, by wasm-trpo 0.1.0. */
const FOLDER = new URL('../recordings/policies-0.1.0/', import.meta.url);

interface Recording {
  readonly observations: readonly number[][];
  readonly policies: Readonly<Record<string, { readonly modes: Action[]; readonly draws: Action[] }>>;
}

const { observations, policies }: Recording = JSON.parse(
  readFileSync(new URL('actions.json', FOLDER), 'utf8'),
);

/** The same content in the present form. */
function rewritten(bytes: Uint8Array): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes, 'policy');
  const { spec, observationClip } = readPolicyFile(bytes, 'policy');
  const policy = JSON.stringify({ ...specToJson(spec), observationClip });
  return encodeSafetensors(tensors, { ...metadata, version: '2', policy });
}

function actionsOf(policy: Policy) {
  policy.seed = 5;
  return {
    modes: policy.actBatch(observations, { deterministic: true }),
    draws: policy.actBatch(observations),
  };
}

describe.each(Object.entries(policies))('a policy file of version 1, %s', (name, expected) => {
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.safetensors`, FOLDER)));

  test('acts as it did in 0.1.0, to the bit', () => {
    expect(decodeSafetensors(bytes, name).metadata.version).toBe('1');
    expect(actionsOf(mainPolicy(bytes))).toEqual(expected);
  });

  test('is described in the present form', () => {
    const old = JSON.parse(decodeSafetensors(bytes, name).metadata.policy);
    const { spec } = readPolicyFile(bytes, name);
    expect(spec).toMatchObject({
      environmentName: name,
      observationShape: [3],
      observationDtype: 'float32',
      observationSize: 3,
    });
    expect(spec.layers).toEqual(
      old.hiddenSizes.map((units: number) => ({ kind: 'dense', units, activation: old.activation })),
    );
  });

  test.each(VARIANTS)('and the same file in the present form act alike in %s', (variant) => {
    const policyOf = (file: Uint8Array) => decodePolicy(createEngine(moduleOf(variant)), file, name);
    const [old, present] = [policyOf(bytes), policyOf(rewritten(bytes))];
    expect(present.spec).toEqual(old.spec);
    expect(present.getParameters()).toEqual(old.getParameters());
    expect(actionsOf(present)).toEqual(actionsOf(old));
  });
});

describe('a policy file of version 1 that was altered', () => {
  const box = new Uint8Array(readFileSync(new URL('box.safetensors', FOLDER)));

  test.each([
    [{ observationSize: 0 }, 'observationShape is [0]'],
    [{ observationSize: undefined }, 'observationShape is [null]'],
    [{ hiddenSizes: { length: 1, 0: 4 } }, 'hiddenSizes are {"0":4,"length":1}'],
    [{ hiddenSizes: [4, 0.5, 4] }, 'in layer 1 its units are 0.5'],
    [{ activation: 'identity' }, 'its activation is "identity"'],
    [{ activation: undefined }, 'its activation is missing'],
  ])('is refused for %j', (fields, fault) => {
    const { tensors, metadata } = decodeSafetensors(box, 'policy');
    const policy = JSON.stringify({ ...JSON.parse(metadata.policy), ...fields });
    const altered = encodeSafetensors(tensors, { ...metadata, policy });
    expect(() => readPolicyFile(altered, 'the file')).toThrow(FileError);
    expect(() => readPolicyFile(altered, 'the file')).toThrow(`the file does not describe a policy: `);
    expect(() => readPolicyFile(altered, 'the file')).toThrow(fault);
  });

  test.each(['0', '4', '1.0', 'x'])('to version %s is refused by that', (version) => {
    const { tensors, metadata } = decodeSafetensors(box, 'policy');
    const altered = encodeSafetensors(tensors, { ...metadata, version });
    expect(() => readPolicyFile(altered, 'the file')).toThrow(
      `the file has version "${version}" of wasm-trpo/policy, this program reads versions up to 3`,
    );
  });
});
