import { describe, expect, test } from 'vitest';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { FileError, MismatchError, NonFiniteError } from '../../src/errors.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
} from '../../src/files/safetensors.js';
import { denseLayers } from '../../src/network/networkSpec.js';
import { edgeModule, trainedPolicy } from '../edge/support.js';

const edge = edgeModule();
const box = await trainedPolicy(new Box({ low: -1, high: 1, size: 2 }), { hiddenSizes: [4] });
const discrete = await trainedPolicy(new Discrete(3), { hiddenSizes: [4] });

/** A file whose content was changed before it was sealed with a checksum. */
function forged(file: Uint8Array, change: (content: SafetensorsContent) => void): Uint8Array {
  const content = decodeSafetensors(file, 'policy');
  change(content);
  return encodeSafetensors(content.tensors, content.metadata);
}

function withHeader(file: Uint8Array, policy: string): Uint8Array {
  return forged(file, ({ metadata }) => {
    metadata.policy = policy;
  });
}

function changed(fields: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(decodeSafetensors(box, 'policy').metadata.policy), ...fields });
}

const CONV = { kind: 'conv2d', filters: 8, kernelSize: 3, stride: 1, padding: 'valid', activation: 'tanh' };
const DENSE = { kind: 'dense', units: 4, activation: 'tanh' };

const load = (bytes: Uint8Array) => createPolicy(edge, bytes, { name: 'the file' });

describe('a policy file whose checksum is right', () => {
  test.each([
    ['null', 'its policy is null, not an object'],
    ['[]', 'its policy is [], not an object'],
    ['{', 'is not JSON'],
    [changed({ environmentName: 7 }), 'environmentName is 7'],
    [changed({ observationShape: 2 }), 'observationShape is 2'],
    [changed({ observationShape: [] }), 'observationShape is []'],
    [changed({ observationShape: [2, 0] }), 'observationShape is [2,0]'],
    [changed({ observationShape: [1e9] }), 'observationShape is [1000000000]'],
    [changed({ observationShape: [1e5, 1e5] }), 'observationShape is [100000,100000]'],
    [changed({ observationDtype: 'float64' }), 'observationDtype is "float64", known are float32, uint8'],
    [changed({ observationSpace: null }), 'observationSpace is null'],
    [changed({ observationSpace: { kind: 'Discrete', n: 3 } }), 'or not that of 2 numbers'],
    [changed({ observationSpace: { kind: 'Box', shape: [2] } }), 'observationSpace is {"kind":"Box"'],
    [changed({ observationSpace: { kind: 'MultiBinary', n: 2 ** 53 } }), 'or not that of 2 numbers'],
    [changed({ observationSpace: { kind: 'Tuple', spaces: [{ kind: 'Box', shape: [1e9] }] } }), 'unknown'],
    [changed({ observationSpace: { kind: 'Dict', names: ['a'], spaces: [] } }), 'unknown'],
    [changed({ actionSpace: { kind: 'Tuple', spaces: [{ kind: 'Discrete', n: 2 }] } }), 'unknown'],
    [changed({ actionSpace: { kind: 'Box', shape: [2] } }), 'unknown'],
    [changed({ layers: { length: 1, 0: DENSE } }), 'layers are {"0":{"kind":"dense"'],
    [changed({ layers: [DENSE, 7] }), 'in layer 1 there is 7'],
    [
      changed({ layers: [{ ...DENSE, kind: 'conv3d' }] }),
      'in layer 0 its kind is "conv3d", known are dense, conv2d',
    ],
    [changed({ layers: [{ ...DENSE, kind: 'conv2d' }] }), 'in layer 0 its filters are missing'],
    [changed({ layers: [{ ...CONV, filters: 12 }] }), 'its filters are 12, not a multiple of 8'],
    [changed({ layers: [{ ...CONV, kernelSize: 2.5 }] }), 'its kernelSize is 2.5'],
    [changed({ layers: [{ ...CONV, stride: 0 }] }), 'its stride is 0'],
    [changed({ layers: [{ ...CONV, padding: 'full' }] }), 'its padding is "full"'],
    [changed({ layers: [CONV] }), 'its layers do not fit each other: conv2d: its input has the shape [2]'],
    [changed({ layers: [{ ...DENSE, kind: 'toString' }] }), 'in layer 0 its kind is "toString"'],
    [changed({ layers: [{ ...DENSE, kind: ['dense'] }] }), 'in layer 0 its kind is ["dense"]'],
    [changed({ layers: [DENSE, { ...DENSE, units: 0.5 }] }), 'in layer 1 its units are 0.5'],
    [changed({ layers: [{ ...DENSE, units: 1e7 }] }), 'in layer 0 its units are 10000000'],
    [changed({ layers: [{ ...DENSE, activation: 'identity' }] }), 'in layer 0 its activation is "identity"'],
    [changed({ layers: [{ ...DENSE, activation: '__proto__' }] }), 'its activation is "__proto__"'],
    [changed({ observationClip: 0 }), 'observationClip is 0'],
    [changed({}).replace(/"observationClip":\d+/, '"observationClip":1e999'), 'observationClip is null'],
    [changed({}).replace('{', '{"layers":[],'), 'has a key twice'],
    [changed({ actionSpace: null }), 'actionSpace is null'],
    [changed({ actionSpace: { kind: 'Discrete', n: { toString: 1 } } }), 'actionSpace is {"kind":"Discrete"'],
    [changed({ actionSpace: { kind: 'MultiDiscrete', counts: [1e308, 1e308] } }), 'too large'],
    [changed({ actionSpace: { kind: 'MultiBinary', n: 2 ** 53 } }), 'too large'],
    [changed({ actionSpace: { kind: 'Box', low: [2, 0], high: [1, 1] } }), 'impossible'],
    [changed({ actionSpace: { kind: 'Box', low: [0, 0], high: [1, 1], shape: [3] } }), 'impossible'],
    [changed({ actionSpace: { kind: 'Box', low: [0, 0], high: [1, 1], dtype: 'uint8' } }), 'impossible'],
    [changed({}).replace('"low":[', `"low":[${'['.repeat(100_000)}`), 'nested deeper than 36 levels'],
    [changed({ layers: new Array(10_000).fill(DENSE) }), 'more than 65536 entries'],
  ])('is refused, header %#', (policy, fault) => {
    expect(() => load(withHeader(box, policy))).toThrow(FileError);
    expect(() => load(withHeader(box, policy))).toThrow(`the file does not describe a policy: `);
    expect(() => load(withHeader(box, policy))).toThrow(fault);
  });

  test('is refused when its header asks for more or fewer parameters than it holds', () => {
    expect(() =>
      load(withHeader(box, changed({ layers: denseLayers([1_000_000, 1_000_000], 'tanh') }))),
    ).toThrow(MismatchError);
    expect(() => load(withHeader(box, changed({ layers: [] })))).toThrow(
      /describes a policy of 8 parameters/,
    );
  });

  test.each([
    ['observation/mean', Number.NaN, 'not finite'],
    ['observation/scale', Infinity, 'not finite'],
    ['observation/scale', -1, 'it cannot be below 0'],
  ])('is refused when %s holds %d', (name, value, fault) => {
    const file = forged(box, ({ tensors }) => {
      (tensors.get(name)?.data as Float64Array)[1] = value;
    });
    expect(() => load(file)).toThrow(FileError);
    expect(() => load(file)).toThrow(fault);
  });

  test.each(['observation/mean', 'observation/scale'])('is refused without %s alone', (name) => {
    const file = forged(box, ({ tensors }) => {
      tensors.delete(name);
    });
    expect(() => load(file)).toThrow(MismatchError);
  });

  test('acts, or says so, when its parameters are beyond all measure', () => {
    const overflowing = (file: Uint8Array) =>
      forged(file, ({ tensors }) => {
        for (const [name, { data }] of tensors) {
          if (name.startsWith('policy/dense')) (data as Float32Array).fill(3e38);
        }
      });
    const policy = load(overflowing(box));
    expect(() => policy.act([1, 1], { deterministic: true })).toThrow(NonFiniteError);
    expect(() => policy.actBatch([[1, 1]])).toThrow(/its parameters have diverged/);
    expect([0, 1, 2]).toContain(load(overflowing(discrete)).act([1, 1]));
  });
});
