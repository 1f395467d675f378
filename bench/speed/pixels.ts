import { PolicyProblem } from '../../src/algorithms/policyProblem.js';
import { Discrete } from '../../src/environments/spaces.js';
import { hiddenLayers } from '../../src/network/imageNetworks.js';
import { layersOf } from '../../src/network/layerKinds.js';
import { networkSpec } from '../../src/network/networkSpec.js';
import { parameterCount } from '../../src/network/parameterLayout.js';
import { sizeOf } from '../../src/numbers/shape.js';
import { RandomStream } from '../../src/random/philox.js';
import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import { convolutions } from './convolutions.js';
import { frames } from './frames.js';
import { loadLimits } from './limit.js';
import { type Case, timeBeside } from './measure.js';
import { iterationTimes } from './threads.js';

const ACTIONS = 6;
/** Of Fisher-vector products in an update; the line search looks at one step and at what it was. */
const [PRODUCTS, EVALUATIONS] = [10, 2];
const ROWS_OF_UPDATE = 10_000;
const TOLERANCE = 1e-4;
/** Of each training whose threads are compared. */
const ITERATIONS = 5;

interface Workload {
  readonly network: string;
  readonly shape: readonly number[];
  readonly rows: number;
}

const WORKLOADS: readonly Workload[] = [
  { network: 'paper', shape: [52, 40, 4], rows: 256 },
  { network: 'grid', shape: [10, 10, 4], rows: 512 },
  { network: 'nature', shape: [84, 84, 4], rows: 64 },
];

/** Convolutions: the pieces of an update, and how near they come to what a core can do. */
export async function pixels(context: BenchContext): Promise<Table[]> {
  const limit = (await loadLimits()).find(({ variant }) => variant === context.variant)!;
  const rows = WORKLOADS.map((workload) => {
    context.progress(workload.network);
    return rowOf(context, workload, limit);
  });
  return [
    {
      title: 'Convolutions: pieces of an update, one thread',
      notes: [
        `medians; whole update: gradient, ${PRODUCTS} Fisher-vector products and ${EVALUATIONS} evaluations, reckoned for ${ROWS_OF_UPDATE.toLocaleString('en-US')} rows`,
        'share: of multiply-adds in registers, timed beside; operations of convolutions and dense layers alone are counted',
        'verified: u F v = v F u, which holds tangents to their adjoints; test/kernels/network/convolution.test.ts has the twin',
      ],
      rows,
    },
    await convolutions(context.variant, limit),
    frames(context),
    await secondThread(context),
  ];
}

/** Iterations of the paper's network on a game, with one thread and with several. */
async function secondThread(context: BenchContext): Promise<Table> {
  const options = {
    ...{ environment: 'Rally-v0', network: 'paper', environments: 8, steps: 256, valueEpochs: 1 },
    timesteps: 1e12,
  };
  context.progress('threads');
  const times = await iterationTimes(context, options, ITERATIONS, ({ collectMs, updateMs }) => [
    collectMs,
    updateMs,
  ]);
  return {
    title: `Images: Rally-v0 with network=paper, 2,048 rows, 1 and ${context.threads} threads`,
    notes: ['iterations of both in turn, medians; verified: the same checkpoint, to the bit'],
    rows: times.map(({ firstMs, secondMs, ratio }, part) => ({
      part: ['rollout', 'update and value fit'][part],
      '1 thread, ms': firstMs,
      [`${context.threads} threads, ms`]: secondMs,
      'speed-up': `${ratio.toFixed(2)} x`,
    })),
  };
}

function rowOf(
  { module }: BenchContext,
  { network, shape, rows }: Workload,
  limit: Case & { readonly flops: number },
): Row {
  const spec = networkSpec(shape, hiddenLayers(network, [], 'tanh'), ACTIONS);
  const random = new RandomStream(1);
  const numbers = (count: number, scale: number) =>
    Float64Array.from({ length: count }, () => Math.fround(scale * (2 * random.uniform() - 1)));
  const problem = new PolicyProblem(module, {
    ...{
      observationSize: sizeOf(shape),
      observationShape: shape,
      network,
      hiddenSizes: [],
      activation: 'tanh',
    },
    actionSpace: new Discrete(ACTIONS),
    observations: numbers(rows * sizeOf(shape), 0.5),
    actions: Float64Array.from({ length: rows }, () => Math.floor(ACTIONS * random.uniform())),
    advantages: numbers(rows, 1),
  });
  const count = parameterCount(spec);
  const [theta, u, v] = [numbers(count, 0.05), numbers(count, 1), numbers(count, 1)];
  verify(problem, network, { theta, u, v });
  const pieces: Case[] = [
    { name: 'forward', run: () => problem.logProbabilities(theta) },
    { name: 'gradient', run: () => problem.surrogateGradient(theta) },
    {
      name: 'solve',
      run: () => problem.conjugateGradient(theta, v, { damping: 0.1, tolerance: 0, iterations: PRODUCTS }),
    },
  ];
  // solving begins with the gradient pass, which keeps what products need
  const [forward, gradient, solve] = timeBeside(pieces, [limit]);
  const update = solve.ms + EVALUATIONS * forward.ms;
  const shareOf = ({ ms, referenceMs }: typeof forward, flops: number) =>
    `${((100 * (flops / ms)) / (limit.flops / referenceMs[0])).toFixed(0)} %`;
  const flops = rows * flopsOfForward(spec);
  return {
    network,
    parameters: count,
    rows,
    'forward, ms': forward.ms,
    'GFLOP/s': flops / forward.ms / 1e6,
    share: shareOf(forward, flops),
    'gradient, ms': gradient.ms,
    'product, ms': (solve.ms - gradient.ms) / PRODUCTS,
    'whole update, s': (update * ROWS_OF_UPDATE) / rows / 1000,
  };
}

/** Operations of a forward pass of one row; a multiply-add is two. */
function flopsOfForward(spec: ReturnType<typeof networkSpec>): number {
  return layersOf(spec).reduce((sum, { parts, outputShape }) => {
    const weights = sizeOf(parts[0].shape);
    const filters = outputShape[outputShape.length - 1];
    return sum + 2 * weights * (sizeOf(outputShape) / filters);
  }, 0);
}

function verify(
  problem: PolicyProblem,
  network: string,
  { theta, u, v }: Readonly<Record<'theta' | 'u' | 'v', Float64Array>>,
): void {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x).reduce((sum, value, i) => sum + value * y[i], 0);
  const [uFv, vFu] = [
    dot(u, problem.fisherVectorProduct(theta, v, 0)),
    dot(v, problem.fisherVectorProduct(theta, u, 0)),
  ];
  if (!(Math.abs(uFv - vFu) <= TOLERANCE * Math.abs(uFv))) {
    throw new Error(`${network}: u F v is ${uFv}, v F u ${vFu}; not timed`);
  }
}
