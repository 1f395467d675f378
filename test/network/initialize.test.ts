import { describe, expect, test } from 'vitest';
import { initializationFloats, initialWeights } from '../../src/network/initialize.js';
import { denseLayers, type NetworkSpec, networkSpec } from '../../src/network/networkSpec.js';
import { engineOf, VARIANTS, type Variant } from '../kernels/support/wasm.js';

interface LayerWeights {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

function initialize(variant: Variant, spec: NetworkSpec, seed = 1, outputGain = 0.01, firstStream = 0) {
  const engine = engineOf(variant);
  const workspace = engine.arena.reserveFloat32('workspace', initializationFloats(spec));
  engine.arena.seal();
  return initialWeights(engine, spec, { seed, firstStream, outputGain }, workspace);
}

function layersOf(spec: NetworkSpec, parameters: Float64Array): LayerWeights[] {
  const sizes = [
    ...spec.inputShape,
    ...spec.layers.flatMap((layer) => (layer.kind === 'dense' ? [layer.units] : [])),
  ];
  let offset = 0;
  const take = (count: number) => {
    offset += count;
    return parameters.subarray(offset - count, offset);
  };
  const layers = sizes.slice(1).map((outputs, i) => {
    const weights = take(sizes[i] * outputs);
    return { inputs: sizes[i], outputs, weights, biases: take(outputs) };
  });
  expect(offset).toBe(parameters.length);
  return layers;
}

/** max |W^T W - gain^2 I|, or of W W^T where W is wide: the largest departure from orthogonality. */
function departure({ inputs, outputs, weights }: LayerWeights, gain: number): number {
  const rowsAreVectors = inputs <= outputs;
  const count = Math.min(inputs, outputs);
  const length = Math.max(inputs, outputs);
  const at = (vector: number, i: number) =>
    rowsAreVectors ? weights[vector * outputs + i] : weights[i * outputs + vector];
  let worst = 0;
  for (let u = 0; u < count; u++) {
    for (let v = 0; v < count; v++) {
      let product = 0;
      for (let i = 0; i < length; i++) product += at(u, i) * at(v, i);
      worst = Math.max(worst, Math.abs(product - (u === v ? gain * gain : 0)));
    }
  }
  return worst;
}

const SPECS: NetworkSpec[] = [
  networkSpec([4], denseLayers([64, 64], 'tanh'), 2),
  networkSpec([11], denseLayers([7, 19], 'relu'), 1),
  networkSpec([3], [], 5),
  networkSpec([1], denseLayers([1], 'tanh'), 1),
];

describe.each(VARIANTS)('initial weights in %s', (variant) => {
  test.each(SPECS)('are orthogonal, with gain sqrt 2 and a small head: $inputShape $layers', (spec) => {
    const layers = layersOf(spec, initialize(variant, spec));
    layers.forEach((layer, number) => {
      const gain = number === layers.length - 1 ? 0.01 : Math.SQRT2;
      expect(departure(layer, gain)).toBeLessThanOrEqual(1e-12 * gain * gain);
      expect(layer.biases.every((bias) => bias === 0)).toBe(true);
    });
  });

  test('repeat with the seed, and differ between seeds and streams', () => {
    const [spec] = SPECS;
    const weights = initialize(variant, spec, 5);
    expect(initialize(variant, spec, 5)).toEqual(weights);
    for (const seed of [6, 5 + 2 ** 32]) expect(initialize(variant, spec, seed)).not.toEqual(weights);
    expect(initialize(variant, spec, 5, 0.01, 100)).not.toEqual(weights);
  });

  test('layers of one shape get weights of their own', () => {
    const spec = { ...SPECS[0], inputSize: 64 };
    const [first, second] = layersOf(spec, initialize(variant, spec));
    expect(first.weights).not.toEqual(second.weights);
  });

  test('the head gain scales the head alone', () => {
    const [spec] = SPECS;
    const small = layersOf(spec, initialize(variant, spec, 1, 0.01));
    const large = layersOf(spec, initialize(variant, spec, 1, 1));
    expect(large[0]).toEqual(small[0]);
    expect(large[1]).toEqual(small[1]);
    large[2].weights.forEach((weight, i) => {
      expect(small[2].weights[i]).toBeCloseTo(0.01 * weight, 14);
    });
  });
});

test('both variants start from the same bits', () => {
  expect(initialize('debug', SPECS[1])).toEqual(initialize('simd', SPECS[1]));
});
