import { describe, expect, test } from 'vitest';
import { PolicyProblem } from '../../../src/algorithms/policyProblem.js';
import { OptionError } from '../../../src/errors.js';
import { type Convolution, denseTwin, gather, spread } from '../../twins/convolution.js';
import type { DistributionSpec } from '../../twins/distributions.js';
import { parameterCount } from '../../twins/mlp.js';
import {
  fisherVectorProduct,
  logProbabilities,
  type Policy,
  surrogateGradient,
} from '../../twins/policyMath.js';
import { relativeError } from '../support/closeness.js';
import { random32, seededUniform } from '../support/numbers.js';
import { actionSpaceOf } from '../support/randomPolicy.js';
import { moduleOf, VARIANTS } from '../support/wasm.js';

interface Case {
  readonly image: readonly [height: number, width: number, channels: number];
  readonly convolutions: readonly Convolution[];
  readonly hiddenSizes: readonly number[];
  readonly rows: number;
  readonly distribution: DistributionSpec;
}

const CATEGORICAL: DistributionSpec = { kind: 'categorical', actionCount: 5 };
const GAUSSIAN: DistributionSpec = { kind: 'diagonalGaussian', actionSize: 3 };

const valid = (filters: number, kernelSize: number, stride = 1): Convolution => ({
  ...{ filters, kernelSize, stride, padding: 'valid' },
});
const same = (filters: number, kernelSize: number, stride = 1): Convolution => ({
  ...{ filters, kernelSize, stride, padding: 'same' },
});

/** Lines of 1 to 12 numbers, strides that leave pixels over, maps of few positions, kernels as large as the image. */
const CASES: readonly Case[] = [
  { image: [6, 5, 4], convolutions: [valid(8, 3)], hiddenSizes: [7], rows: 5, distribution: CATEGORICAL },
  { image: [7, 6, 3], convolutions: [valid(16, 2, 2)], hiddenSizes: [5], rows: 67, distribution: GAUSSIAN },
  { image: [5, 9, 1], convolutions: [valid(8, 3, 2)], hiddenSizes: [], rows: 3, distribution: CATEGORICAL },
  { image: [9, 8, 2], convolutions: [valid(8, 4, 3)], hiddenSizes: [6], rows: 4, distribution: CATEGORICAL },
  { image: [4, 4, 5], convolutions: [valid(8, 4)], hiddenSizes: [3], rows: 2, distribution: GAUSSIAN },
  { image: [5, 5, 3], convolutions: [valid(8, 1)], hiddenSizes: [4], rows: 6, distribution: CATEGORICAL },
  { image: [6, 5, 4], convolutions: [same(8, 3)], hiddenSizes: [7], rows: 5, distribution: CATEGORICAL },
  { image: [7, 5, 3], convolutions: [same(8, 4, 2)], hiddenSizes: [4], rows: 5, distribution: GAUSSIAN },
  { image: [3, 4, 2], convolutions: [same(8, 5)], hiddenSizes: [4], rows: 3, distribution: CATEGORICAL },
  { image: [5, 6, 1], convolutions: [same(8, 2, 3)], hiddenSizes: [], rows: 66, distribution: CATEGORICAL },
  {
    ...{ image: [11, 9, 2], convolutions: [valid(8, 3, 2), valid(16, 2)], hiddenSizes: [6] },
    ...{ rows: 5, distribution: CATEGORICAL },
  },
  {
    ...{ image: [8, 7, 3], convolutions: [valid(8, 3), same(8, 3, 2), valid(8, 2)], hiddenSizes: [9, 4] },
    ...{ rows: 4, distribution: GAUSSIAN },
  },
];

const nameOf = ({ image, convolutions }: Case) =>
  `${image.join(' x ')}, ${convolutions.map(textOf).join(', ')}`;

function textOf({ filters, kernelSize, stride, padding }: Convolution): string {
  return `${filters}x${kernelSize}/${stride}${padding === 'same' ? 'same' : ''}`;
}

/** The dense policy that one with convolutions is. */
function twinOf({ image, convolutions, hiddenSizes, distribution }: Case) {
  const outputSize = distribution.kind === 'categorical' ? 5 : 3;
  const logStdSize = distribution.kind === 'diagonalGaussian' ? 3 : 0;
  const twin = denseTwin(image, convolutions, (inputs) => {
    const head = {
      inputSize: inputs,
      hiddenSizes: [...hiddenSizes],
      outputSize,
      activation: 'tanh' as const,
    };
    return parameterCount(head) + logStdSize;
  });
  const policy: Policy = {
    network: {
      inputSize: image[0] * image[1] * image[2],
      hiddenSizes: [...twin.sizes, ...hiddenSizes],
      ...{ outputSize, activation: 'tanh' },
    },
    distribution,
  };
  return {
    policy,
    count: twin.ownCount,
    spread: (values: Float64Array) => spread(twin.places, values, twin.denseCount),
    gather: (vector: Float64Array) => gather(twin.places, vector, twin.ownCount),
  };
}

describe.each(VARIANTS)('convolutions in %s', (variant) => {
  test.each(CASES.map((shape) => [nameOf(shape), shape] as const))('%s', (_, shape) => {
    const { image, convolutions, hiddenSizes, rows, distribution } = shape;
    const twin = twinOf(shape);
    const observationSize = image[0] * image[1] * image[2];
    const uniform = seededUniform(4);
    const theta = random32(twin.count, 1, 0.4);
    const vector = random32(twin.count, 2);
    const batch = {
      observations: random32(rows * observationSize, 3),
      actions: Float64Array.from({ length: distribution.kind === 'categorical' ? rows : 3 * rows }, () =>
        distribution.kind === 'categorical' ? Math.floor(5 * uniform()) : Math.fround(uniform()),
      ),
      advantages: random32(rows, 5),
    };
    const problem = new PolicyProblem(moduleOf(variant), {
      ...{ observationSize, observationShape: image, actionSpace: actionSpaceOf(distribution) },
      ...{ hiddenSizes, activation: 'tanh', network: convolutions.map(textOf).join(',') },
      ...batch,
    });
    const [dense, direction] = [twin.spread(theta), twin.spread(vector)];
    const product = fisherVectorProduct(twin.policy, dense, batch.observations, {
      ...{ vector: direction, damping: 0 },
    });
    const errors = [
      relativeError(problem.logProbabilities(theta), logProbabilities(twin.policy, dense, batch)),
      relativeError(
        problem.surrogateGradient(theta),
        twin.gather(surrogateGradient(twin.policy, dense, batch)),
      ),
      relativeError(problem.fisherVectorProduct(theta, vector, 0), twin.gather(product)),
    ];
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-5);
  });

  test('products are symmetric, which holds a tangent to its adjoint', () => {
    const [, , , , , , , shape] = CASES;
    const { image, convolutions, hiddenSizes, rows, distribution } = shape;
    const { count } = twinOf(shape);
    const observationSize = image[0] * image[1] * image[2];
    const problem = new PolicyProblem(moduleOf(variant), {
      ...{ observationSize, observationShape: image, actionSpace: actionSpaceOf(distribution) },
      ...{ hiddenSizes, activation: 'relu', network: convolutions.map(textOf).join(',') },
      observations: random32(rows * observationSize, 3),
      actions: random32(3 * rows, 6),
      advantages: random32(rows, 5),
    });
    const theta = random32(count, 1, 0.4);
    const [u, v] = [random32(count, 7), random32(count, 8)];
    const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
      Array.from(x).reduce((sum, value, i) => sum + value * y[i], 0);
    const [uFv, vFu] = [
      dot(u, problem.fisherVectorProduct(theta, v, 0)),
      dot(v, problem.fisherVectorProduct(theta, u, 0)),
    ];
    expect(Math.abs(uFv - vFu) / Math.abs(uFv)).toBeLessThan(1e-5);
  });
});

describe('what no kernel computes is refused', () => {
  const spec = {
    ...{ observationSize: 48, observationShape: [4, 4, 3], actionSpace: actionSpaceOf(CATEGORICAL) },
    ...{ hiddenSizes: [4], activation: 'tanh' as const },
    ...{ observations: new Float64Array(48), actions: [0], advantages: [1] },
  };
  test.each<[object, RegExp]>([
    [{ network: '12x3' }, /filters is 12; give a multiple of 8/],
    [{ network: '8x5' }, /kernelSize is 5, and its input has the shape \[4,4,3\]; give 4 or less/],
    [{ network: '8x3', observationShape: [48] }, /its input has the shape \[48\]; it takes images/],
    [{ network: '8y3' }, /network = 8y3: it must be one of dense, paper, grid, nature/],
    [{ network: '8x3', observationShape: [4, 4] }, /its product must be observationSize, 48/],
    [{ network: '8x3', preconditionerRows: 4 }, /PreconditionerRows = .*is no outer product/],
  ])('%j', (wrong, message) => {
    const make = () => new PolicyProblem(moduleOf('simd'), { ...spec, ...wrong });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});
