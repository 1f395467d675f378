import { describe, expect, test } from 'vitest';
import { OptionError } from '../../src/errors.js';
import { layersFromJson, layersOf } from '../../src/network/layerKinds.js';
import {
  ACTIVATIONS,
  denseLayers,
  describeLayer,
  type LayerSpec,
  type NetworkSpec,
  networkSpec,
} from '../../src/network/networkSpec.js';
import { ParameterLayout, parameterCount } from '../../src/network/parameterLayout.js';
import { sizeOf } from '../../src/numbers/shape.js';

/** Every kind of layer, on observations of several shapes. */
const NETWORKS: NetworkSpec[] = [[4], [1], [9], [5, 3], [4, 4, 3]].flatMap((inputShape) =>
  [[], [1], [8, 12], [9, 3, 6]].map((sizes, i) =>
    networkSpec(inputShape, denseLayers(sizes, ACTIVATIONS[i]), 1 + 2 * i),
  ),
);

const nameOf = ({ inputShape, layers }: NetworkSpec) =>
  `[${inputShape}] ${layers.map(describeLayer).join(', ')}`;

describe.each(NETWORKS.map((network) => [nameOf(network), network] as const))('%s', (_, network) => {
  test('layers take what the one before gives, and the first takes the observation', () => {
    const layers = layersOf(network);
    expect(layers.map(({ spec }) => spec)).toEqual(network.layers);
    expect(layers.map(({ inputShape }) => inputShape)).toEqual([
      network.inputShape,
      ...layers.slice(0, -1).map(({ outputShape }) => outputShape),
    ]);
  });

  test.each([0, 3])(
    'has as many parameters as its parts have numbers, with %i log deviations',
    (logStdSize) => {
      const layout = new ParameterLayout(network, logStdSize);
      const sizes = layout.parts.map(({ shape }) => sizeOf(shape));
      const sum = sizes.reduce((total, size) => total + size, 0);
      expect(parameterCount(network, logStdSize)).toBe(sum);
      expect(layout.count).toBe(sum);
      // the parts follow each other
      let offset = 0;
      layout.parts.forEach((part, i) => {
        expect(part.offset).toBe(offset);
        offset += sizes[i];
      });
    },
  );

  test('has parts of different names, and a layer knows its own', () => {
    const layout = new ParameterLayout(network, 2);
    const names = layout.parts.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const ofLayers = layout.layers.flatMap(({ weight, bias }) => [weight, bias]);
    expect([...ofLayers, layout.logStd]).toEqual(layout.parts);
  });

  test('pads every parameter to a place of its own, and finds it there', () => {
    const layout = new ParameterLayout(network, 2);
    const values = Float64Array.from({ length: layout.count }, (_, i) => i + 1);
    const padded = new Float64Array(layout.paddedCount);
    layout.pad(values, padded);
    expect(padded.filter((value) => value !== 0).sort()).toEqual(values);
    expect(layout.unpad(padded, new Float64Array(layout.count))).toEqual(values);
  });

  test('its hidden layers come back from JSON', () => {
    const hidden = network.layers.slice(0, -1);
    expect(layersFromJson(JSON.parse(JSON.stringify(hidden)), network.inputShape, refuse)).toEqual(hidden);
  });
});

function refuse(fault: string): never {
  throw new Error(fault);
}

describe('layers out of a file', () => {
  const sound: LayerSpec = { kind: 'dense', units: 4, activation: 'relu' };

  test.each([
    [null, 'its layers are null, not a list'],
    [{ 0: sound, length: 1 }, 'its layers are {"0":{"kind":"dense","units":4,"activation":"relu"},'],
    [[sound, null], 'in layer 1 there is null'],
    [[[sound]], 'in layer 0 there is [{"kind"'],
    [[{ ...sound, kind: undefined }], 'in layer 0 its kind is missing, known are dense'],
    [[{ ...sound, kind: 'Dense' }], 'in layer 0 its kind is "Dense", known are dense'],
    [[{ ...sound, kind: 'constructor' }], 'in layer 0 its kind is "constructor"'],
    [[{ ...sound, units: 0 }], 'in layer 0 its units are 0, not a whole number from 1 to 1,000,000'],
    [[{ ...sound, units: '4' }], 'in layer 0 its units are "4"'],
    [[sound, { ...sound, units: 1_000_001 }], 'in layer 1 its units are 1000001'],
    [[{ ...sound, activation: 'identity' }], 'in layer 0 its activation is "identity", known are tanh, relu'],
    [[{ ...sound, activation: ['relu'] }], 'in layer 0 its activation is ["relu"]'],
  ])('are refused: %j', (json, fault) => {
    expect(() => layersFromJson(json, [9, 9, 2], refuse)).toThrow(fault);
  });

  test('lose entries that are not theirs', () => {
    expect(layersFromJson([{ ...sound, further: [1, 2] }], [4], refuse)).toEqual([sound]);
  });
});

test.each([0, -1, 0.5, Number.NaN, Infinity])('a hidden layer of %d units is refused', (units) => {
  expect(() => denseLayers([4, units], 'tanh')).toThrow(OptionError);
  expect(() => denseLayers([4, units], 'tanh')).toThrow(`size ${units}`);
});
