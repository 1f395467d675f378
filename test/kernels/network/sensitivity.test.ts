import { describe, expect, test } from 'vitest';
import { PolicyObjective } from '../../../src/algorithms/objective.js';
import { sensitivitiesPay } from '../../../src/algorithms/sensitivitiesPay.js';
import { denseLayers, networkSpec } from '../../../src/network/networkSpec.js';
import { distributionFor } from '../../../src/policy/distributionSpec.js';
import { PolicyNetwork } from '../../../src/policy/policyNetwork.js';
import { NULL_POINTER } from '../../../src/wasm/kernels.js';
import { ShardTeam } from '../../../src/wasm/shardTeam.js';
import { networkOf } from '../../support/networks.js';
import { fisherVectorProduct, surrogateGradient } from '../../twins/policyMath.js';
import { relativeError } from '../support/closeness.js';
import { maskColumn, random32, withStride } from '../support/numbers.js';
import {
  actionSpaceOf,
  DISTRIBUTIONS,
  type PolicyShape,
  type RandomPolicy,
  randomPolicy,
} from '../support/randomPolicy.js';
import { engineOf, VARIANTS, type Variant } from '../support/wasm.js';

const ACTIVATIONS = ['tanh', 'relu', 'leakyRelu', 'elu', 'silu'] as const;
const [CATEGORICAL] = DISTRIBUTIONS;
const BASE: PolicyShape = {
  distribution: CATEGORICAL,
  inputSize: 5,
  hiddenSizes: [17, 9],
  activation: 'silu',
  rows: 131,
};
const DAMPING = 0.1;
const TOLERANCE = 5e-6;

/** One shape for each thing that the two forms of the product treat apart. */
const SHAPES: readonly PolicyShape[] = [
  ...DISTRIBUTIONS.map((distribution) => ({ ...BASE, distribution })),
  ...ACTIVATIONS.map((activation) => ({ ...BASE, activation })),
  ...[[], [7], [3, 21], [64, 64], [36, 5, 19]].map((hiddenSizes) => ({ ...BASE, hiddenSizes })),
  ...[1, 3, 4, 63, 64, 65].map((rows) => ({ ...BASE, rows })),
];

/** The surrogate gradient, a Fisher-vector product and the memory in use, with and without kept sensitivities. */
function compute(variant: Variant, random: RandomPolicy, vector: Float64Array, keepSensitivities?: boolean) {
  const { shape, theta, batch, masks } = random;
  const engine = engineOf(variant);
  const { arena } = engine;
  const distribution = distributionFor(actionSpaceOf(shape.distribution));
  const network = networkOf({ ...shape, outputSize: distribution.inputSize });
  const policy = new PolicyNetwork(engine, network, distribution);
  const placed = [
    withStride(batch.observations, shape.inputSize, policy.observationStride),
    batch.actions,
    batch.advantages,
  ].map((values) => ({ values, pointer: arena.reserveFloat32('rows', values.length) }));
  const [observations, actions, advantages] = placed.map(({ pointer }) => pointer);
  const maskBytes = maskColumn(masks, distribution);
  const maskPointer = arena.reserveBytes('masks', maskBytes.length);
  const logProbabilities = arena.reserveFloat32('log-probabilities', shape.rows);
  const rows = {
    rows: shape.rows,
    observations,
    masks: masks === undefined ? NULL_POINTER : maskPointer,
    actions,
    advantages,
    logProbabilities,
    frames: NULL_POINTER,
  };
  const team = new ShardTeam(engine, [policy.scratchNeed]);
  const objective = new PolicyObjective(engine, policy, rows, team, { keepSensitivities });
  arena.seal();
  for (const { values, pointer } of placed) arena.float32(pointer, values.length).set(values);
  arena.uint8(maskPointer, maskBytes.length).set(maskBytes);
  policy.setParameters(theta);
  objective.recomputeLogProbabilities();
  objective.computeGradient();
  policy.layout.pad(vector, objective.direction);
  objective.applyFisher(DAMPING);
  const unpadded = (padded: Float64Array) => policy.layout.unpad(padded, new Float64Array(theta.length));
  const kept = arena.reservations.find(({ name }) => name === 'kept sensitivities');
  return {
    gradient: unpadded(objective.gradient),
    product: unpadded(objective.product),
    keptBytes: kept?.bytes ?? 0,
  };
}

function nameOf({ distribution, activation, hiddenSizes, rows }: PolicyShape): string {
  return `${distribution.kind}, ${activation}, hidden [${hiddenSizes.join(', ')}], ${rows} rows`;
}

describe.each(VARIANTS)('sensitivities in %s', (variant) => {
  test.each(SHAPES.map((shape) => [nameOf(shape), shape] as const))('%s', (_name, shape) => {
    const random = randomPolicy(shape);
    const { policy, theta, batch } = random;
    const vector = random32(theta.length, 12);
    const gradient = surrogateGradient(policy, theta, batch);
    const product = fisherVectorProduct(policy, theta, batch.observations, { vector, damping: DAMPING });
    for (const keeps of [true, false]) {
      const computed = compute(variant, random, vector, keeps);
      expect(relativeError(computed.gradient, gradient)).toBeLessThanOrEqual(TOLERANCE);
      expect(relativeError(computed.product, product)).toBeLessThanOrEqual(TOLERANCE);
      expect(computed.keptBytes > 0).toBe(keeps && shape.hiddenSizes.length > 1);
    }
  });

  test('one categorical keeps a plane fewer than it has choices, others one for each output', () => {
    for (const distribution of DISTRIBUTIONS) {
      const random = randomPolicy({ ...BASE, distribution });
      const space = actionSpaceOf(distribution);
      const { outputSize } = random.policy.network;
      const planes = space.kind === 'Discrete' ? outputSize - 1 : outputSize;
      const tiles = Math.ceil(BASE.rows / 64);
      const stride = 20; // 17 padded to whole lanes
      const vector = random32(random.theta.length, 12);
      expect(compute(variant, random, vector, true).keptBytes).toBe(4 * tiles * 64 * planes * stride);
    }
  });

  test('without a choice the cost model decides', () => {
    for (const hiddenSizes of [
      [17, 9],
      [64, 64],
    ]) {
      const random = randomPolicy({ ...BASE, hiddenSizes });
      const pays = sensitivitiesPay(
        networkOf(random.policy.network),
        BASE.rows,
        random.policy.network.outputSize,
      );
      const vector = random32(random.theta.length, 12);
      expect(compute(variant, random, vector).keptBytes > 0).toBe(pays);
    }
  });
});

describe('the cost model', () => {
  const pays = (inputSize: number, hiddenSizes: number[], outputSize: number, rows: number) =>
    sensitivitiesPay(
      networkSpec([inputSize], denseLayers(hiddenSizes, 'tanh'), outputSize),
      rows,
      outputSize,
    );

  test('keeps sensitivities for few outputs', () => {
    for (const outputs of [1, 2, 3, 6]) expect(pays(4, [64, 64], outputs, 2048)).toBe(true);
    for (const outputs of [8, 17]) expect(pays(4, [64, 64], outputs, 2048)).toBe(false);
    expect(pays(376, [256, 256], 17, 25000)).toBe(false);
  });

  test('never where there is no product with hidden weights to save', () => {
    for (const hiddenSizes of [[], [64]]) expect(pays(4, hiddenSizes, 1, 64)).toBe(false);
  });

  test('not where they would take more memory than they are worth', () => {
    expect(pays(4, [64, 64], 2, 500_000)).toBe(true);
    expect(pays(4, [64, 64], 2, 600_000)).toBe(false);
  });
});
