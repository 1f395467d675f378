import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PolicyProblem } from '../../src/algorithms/policyProblem.js';
import { Discrete } from '../../src/environments/spaces.js';
import { hiddenLayers } from '../../src/network/imageNetworks.js';
import { networkSpec } from '../../src/network/networkSpec.js';
import { parameterCount } from '../../src/network/parameterLayout.js';
import { sizeOf } from '../../src/numbers/shape.js';
import { RandomStream } from '../../src/random/philox.js';
import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';

const ACTIONS = 6;
const [DAMPING, ITERATIONS, EVALUATIONS] = [0.1, 10, 2];
const TOLERANCE = 1e-3;
/** Rounds of a workload: as many as fit, at least the fewest. */
const [FEWEST_ROUNDS, MOST_ROUNDS, WORKLOAD_MS] = [3, 9, 60_000];

interface Workload {
  readonly network: string;
  readonly shape: readonly number[];
  readonly rows: number;
}

const WORKLOADS: readonly Workload[] = [
  { network: 'grid', shape: [10, 10, 4], rows: 2048 },
  { network: 'grid', shape: [10, 10, 4], rows: 10_000 },
  { network: 'paper', shape: [52, 40, 4], rows: 2048 },
  { network: 'paper', shape: [52, 40, 4], rows: 10_000 },
  { network: 'nature', shape: [84, 84, 4], rows: 2048 },
];

/**
 * Whole updates of convolutional policies beside PyTorch, in turn, one thread each. python: one that has torch. workloads: for a short
 * look, fewer rows of each.
 */
export async function pixelsBesideTorch(context: BenchContext): Promise<Table[]> {
  const python = process.env.TRPO_TORCH_PYTHON;
  const title = 'Images: whole updates beside PyTorch, one thread';
  if (python === undefined) {
    const note =
      'left out: set TRPO_TORCH_PYTHON to a Python with torch (pip install torch==2.13.0, a build for the CPU)';
    return [{ title, notes: [note], rows: [] }];
  }
  const most = Number(process.env.TRPO_BENCH_ROWS ?? Infinity);
  const rows: Row[] = [];
  for (const workload of WORKLOADS) {
    const some = { ...workload, rows: Math.min(workload.rows, most) };
    context.progress(`${some.network}, ${some.rows} rows`);
    rows.push(await rowOf(context, some, python));
  }
  return [
    {
      title,
      notes: [
        `gradient, ${ITERATIONS} iterations of conjugate gradient and ${EVALUATIONS} evaluations; medians, and the median of the ratios of neighbouring runs`,
        'PyTorch: the fastest of two ways to products and two layouts of images',
        'verified: both have the same gradient and the same damped product',
      ],
      rows,
    },
  ];
}

async function rowOf(
  { module }: BenchContext,
  { network, shape, rows }: Workload,
  python: string,
): Promise<Row> {
  const random = new RandomStream(1);
  const draw = (count: number, scale: number) =>
    Float32Array.from({ length: count }, () => scale * (2 * random.uniform() - 1));
  const choose = (count: number, n: number) =>
    Int32Array.from({ length: count }, () => Math.floor(n * random.uniform()));
  const layers = hiddenLayers(network, [], 'tanh');
  const count = parameterCount(networkSpec(shape, layers, ACTIONS));
  const observations = Uint8Array.from(choose(rows * sizeOf(shape), 256));
  const [actions, advantages] = [choose(rows, ACTIONS), draw(rows, 1)];
  const [theta, vector] = [draw(count, 0.05), draw(count, 1)];
  const problem = new PolicyProblem(module, {
    ...{
      observationSize: sizeOf(shape),
      observationShape: shape,
      network,
      hiddenSizes: [],
      activation: 'tanh',
    },
    actionSpace: new Discrete(ACTIONS),
    observations: Float32Array.from(observations, (byte) => byte / 255),
    actions,
    advantages,
  });
  const folder = await mkdtemp(join(tmpdir(), 'trpo-torch-'));
  const torch = startTorch(python);
  try {
    const files = { observations, actions, advantages, theta, vector };
    for (const [name, numbers] of Object.entries(files)) await writeFile(join(folder, name), numbers);
    const { version, way } = await torch.ask({
      ...{ task: 'prepare', folder, rows, shape },
      layers: networkSpec(shape, layers, ACTIONS).layers,
      ...{ damping: DAMPING, iterations: ITERATIONS, evaluations: EVALUATIONS },
    });
    const gradient = problem.surrogateGradient(theta);
    await requireSame(`${network}: gradient`, gradient, join(folder, 'torchGradient'));
    const product = problem.fisherVectorProduct(theta, vector, DAMPING);
    await requireSame(`${network}: product`, product, join(folder, 'torchProduct'));
    const update = () => {
      const started = performance.now();
      const options = { damping: DAMPING, tolerance: 0, iterations: ITERATIONS };
      problem.conjugateGradient(theta, gradient, options);
      for (let i = 0; i < EVALUATIONS; i++) problem.logProbabilities(theta);
      return (performance.now() - started) / 1000;
    };
    const times: { ours: number; theirs: number }[] = [];
    const started = performance.now();
    while (
      times.length < FEWEST_ROUNDS ||
      (times.length < MOST_ROUNDS && performance.now() - started < WORKLOAD_MS)
    ) {
      const theirs = async () => Number((await torch.ask({ task: 'update' })).seconds);
      const first = times.length % 2 === 0;
      const before = first ? update() : undefined;
      const other = await theirs();
      times.push({ ours: before ?? update(), theirs: other });
    }
    return {
      network,
      rows,
      'ours, s': median(times.map(({ ours }) => ours)),
      'PyTorch, s': median(times.map(({ theirs }) => theirs)),
      'PyTorch / ours': `${median(times.map(({ ours, theirs }) => theirs / ours)).toFixed(2)} x`,
      PyTorch: `${version}, ${way}`,
    };
  } finally {
    torch.end();
    await rm(folder, { recursive: true });
  }
}

/** Throws unless a file has these numbers, within TOLERANCE of their length. */
async function requireSame(what: string, ours: Float64Array, file: string): Promise<void> {
  const bytes = await readFile(file);
  const theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const length = Math.sqrt(ours.reduce((sum, x) => sum + x * x, 0));
  const distance = Math.sqrt(ours.reduce((sum, x, i) => sum + (x - theirs[i]) ** 2, 0));
  if (theirs.length !== ours.length || !(distance <= TOLERANCE * length)) {
    throw new Error(
      `${what} differs from PyTorch's by ${(distance / length).toExponential(1)} of its length; not timed`,
    );
  }
}

function startTorch(python: string) {
  const script = fileURLToPath(new URL('../../bench/peers/torch_pixels.py', import.meta.url));
  const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(task: object): Promise<Record<string, unknown>> {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${python} ended`);
      const answer = JSON.parse(value) as Record<string, unknown>;
      if (answer.error !== undefined) throw new Error(`PyTorch: ${answer.error}`);
      return answer;
    },
    end: () => child.stdin.end(),
  };
}
