import { Discrete } from '../../../src/environments/spaces.js';
import { hiddenLayers } from '../../../src/network/imageNetworks.js';
import { networkSpec } from '../../../src/network/networkSpec.js';
import { distributionFor } from '../../../src/policy/distributionSpec.js';
import { PolicyNetwork } from '../../../src/policy/policyNetwork.js';
import { NULL_POINTER } from '../../../src/wasm/kernels.js';
import { activationSlope } from '../../twins/activation.js';
import { forwardTrace } from '../../twins/mlp.js';
import { meanEntropy } from '../../twins/policyMath.js';
import { ROW_COUNTS, random32, rounded } from '../support/numbers.js';
import { placePolicy } from '../support/objective.js';
import { playgroundOf } from '../support/playground.js';
import { DISTRIBUTIONS, type RandomPolicy, randomPolicy } from '../support/randomPolicy.js';
import { type Build, engineOf } from '../support/wasm.js';
import { EXPORTED, type KernelContract } from './contract.js';

const HIDDEN_SIZES = [9, 6];
const ACTIVATIONS = ['tanh', 'relu', 'leakyRelu', 'elu', 'silu'] as const;
const LEAST_SLOPE = 0.5;

/** Far from the origin, so that some units hardly pass a gradient. */
function policiesOf(rows: number): (RandomPolicy & { readonly label: string })[] {
  return ACTIVATIONS.map((activation) => {
    const shape = {
      distribution: DISTRIBUTIONS[0],
      inputSize: 5,
      hiddenSizes: HIDDEN_SIZES,
      activation,
      rows,
    };
    const random = randomPolicy(shape);
    return { ...random, theta: random.theta.map((value) => Math.fround(3 * value)), label: activation };
  });
}

/** Largest |activation'(z)| of each hidden unit over the rows, layer after layer. */
function twinSlopes({ policy, theta, batch, shape }: RandomPolicy): number[][] {
  const { network } = policy;
  const trace = forwardTrace(network, theta, batch.observations, shape.rows);
  return HIDDEN_SIZES.map((units, layer) =>
    Array.from({ length: units }, (_, unit) => {
      let largest = 0;
      for (let row = 0; row < shape.rows; row++) {
        const place = row * units + unit;
        const z = trace.preActivations[layer][place];
        const h = trace.layerInputs[layer + 1][place];
        largest = Math.max(largest, Math.abs(activationSlope(network.activation, z, h)));
      }
      return largest;
    }),
  );
}

/** Slopes by the kernels, without padding, and the shares of units below LEAST_SLOPE. */
function kernelSlopes(build: Build, random: RandomPolicy): { slopes: number[][]; shares: number[] } {
  let slopesPointer = NULL_POINTER;
  const placed = placePolicy(build, random, ({ engine, policy }) => {
    const floats = engine.kernels.networkHiddenFloats(policy.pointers.network);
    slopesPointer = engine.arena.reserveFloat32('slopes', 16 * floats);
  });
  const { engine, objective, policy } = placed;
  objective.computeGradient();
  engine.kernels.largestUnitSlopes(objective.batchPointer, slopesPointer);
  const strides = HIDDEN_SIZES.map((units) => 4 * Math.ceil(units / 4));
  const all = engine.arena.float32(slopesPointer, strides[0] + strides[1]);
  const slopes = HIDDEN_SIZES.map((units, layer) => [
    ...all.subarray(layer * strides[0], layer * strides[0] + units),
  ]);
  const shares = HIDDEN_SIZES.map((_, layer) =>
    engine.kernels.inactiveShare(policy.pointers.network, slopesPointer, layer, LEAST_SLOPE),
  );
  return { slopes, shares };
}

/** Shares of inactive filters of two convolutions, whose slopes at the positions of their maps are random. */
function inactiveFilters(build: Build, columns: number): { actual: number[]; expected: number[] } {
  const engine = engineOf(build);
  const network = networkSpec([4, columns + 2, 3], hiddenLayers('16x3,8x2same', [], 'relu'), 5);
  const { pointers } = new PolicyNetwork(engine, network, distributionFor(new Discrete(5)));
  const maps = [
    { positions: 2 * columns, filters: 16 },
    { positions: 2 * columns, filters: 8 },
  ];
  const slopes = random32(2 * columns * (16 + 8), 9).map((value) => Math.abs(value) ** (1 / columns));
  const pointer = engine.arena.reserveFloat32('slopes', slopes.length);
  engine.arena.seal();
  engine.arena.float32(pointer, slopes.length).set(slopes);
  let first = 0;
  const expected = maps.map(({ positions, filters }) => {
    const map = slopes.subarray(first, first + positions * filters);
    first += positions * filters;
    const largest = Array.from({ length: filters }, (_, filter) =>
      Math.max(...map.filter((_, i) => i % filters === filter)),
    );
    return largest.filter((slope) => slope < LEAST_SLOPE).length / filters;
  });
  const actual = maps.map((_, layer) =>
    engine.kernels.inactiveShare(pointers.network, pointer, layer, LEAST_SLOPE),
  );
  return { actual, expected };
}

export const HEALTH_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'largestUnitSlopes',
    builds: EXPORTED,
    lengths: ROW_COUNTS,
    tolerance: 1e-4,
    compare: (build, rows) =>
      policiesOf(rows).map((random) => ({
        label: random.label,
        actual: kernelSlopes(build, random).slopes.flat(),
        expected: twinSlopes(random).flat(),
      })),
  },
  {
    kernel: 'inactiveShare',
    builds: EXPORTED,
    lengths: ROW_COUNTS,
    tolerance: 0,
    compare: (build, rows) =>
      policiesOf(rows).map((random) => ({
        label: random.label,
        actual: kernelSlopes(build, random).shares,
        expected: twinSlopes(random).map(
          (slopes) => slopes.filter((slope) => slope < LEAST_SLOPE).length / slopes.length,
        ),
      })),
  },
  {
    kernel: 'inactiveShare',
    builds: EXPORTED,
    // positions of a row of the map
    lengths: [1, 2, 3, 5],
    tolerance: 0,
    compare: (build, columns) => [{ label: 'filters', ...inactiveFilters(build, columns) }],
  },
  {
    kernel: 'meanNewEntropy',
    builds: EXPORTED,
    lengths: ROW_COUNTS,
    tolerance: 1e-6,
    compare: (build, rows) =>
      DISTRIBUTIONS.map((distribution) => {
        const shape = {
          distribution,
          inputSize: 5,
          hiddenSizes: HIDDEN_SIZES,
          activation: 'tanh' as const,
          rows,
        };
        const random = randomPolicy(shape);
        const { objective, engine, policy } = placePolicy(build, random);
        objective.recomputeLogProbabilities();
        objective.computeGradient();
        const move = random32(random.theta.length, 21, 0.2);
        const thetaNew = rounded(random.theta.map((value, i) => value + move[i]));
        policy.layout.pad(thetaNew, objective.candidate);
        objective.evaluateCandidate();
        return {
          label: distribution.kind,
          actual: [engine.kernels.meanNewEntropy(objective.batchPointer)],
          expected: [meanEntropy(random.policy, thetaNew, random.batch.observations)],
        };
      }),
  },
  {
    kernel: 'largestMagnitudeOf',
    builds: EXPORTED,
    lengths: [0, ...ROW_COUNTS],
    tolerance: 0,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      const x = random32(count, 1);
      const actual = playground.kernels.largestMagnitudeOf(playground.float32(x).pointer, count);
      return [
        { actual: [actual], expected: [x.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)] },
      ];
    },
  },
  {
    kernel: 'distanceBetween',
    builds: EXPORTED,
    lengths: [0, ...ROW_COUNTS],
    tolerance: 1e-12,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      const [x, y] = [random32(count, 1), random32(count, 2)];
      const pointers = [playground.float32(x).pointer, playground.float32(y).pointer] as const;
      return [
        {
          actual: [playground.kernels.distanceBetween(...pointers, count)],
          expected: [Math.hypot(...x.map((value, i) => value - y[i]))],
        },
      ];
    },
  },
  {
    kernel: 'shareOutside',
    builds: EXPORTED,
    lengths: ROW_COUNTS,
    tolerance: 0,
    compare: (build, rows) =>
      [1, 3].map((size) => {
        const playground = playgroundOf(build);
        const values = random32(rows * size, 4);
        const low = random32(size, 5).map((value) => -Math.abs(value));
        const high = random32(size, 6).map((value) => Math.abs(value));
        const clipped = Array.from({ length: rows }, (_, row) =>
          [...values.subarray(row * size, (row + 1) * size)].some(
            (value, i) => value < low[i] || value > high[i],
          ),
        );
        const [lowPointer, highPointer] = [playground.float32(low).pointer, playground.float32(high).pointer];
        const { pointer } = playground.float32(values);
        return {
          label: `${size} numbers`,
          actual: [playground.kernels.shareOutside(pointer, rows, size, lowPointer, highPointer)],
          expected: [clipped.filter(Boolean).length / rows],
        };
      }),
  },
];
