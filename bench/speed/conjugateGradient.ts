import { PolicyProblem, type PolicyProblemSpec } from '../../src/algorithms/policyProblem.js';
import { estimateAdvantages, normalizeAdvantages } from '../../src/training/advantages.js';
import { Trainer } from '../../src/training/trainer.js';
import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import { medianMilliseconds } from './measure.js';
import { DAMPING, Problem, unpaddedObservations } from './problem.js';
import { describeWorkload, WORKLOADS } from './workloads.js';

/** Sampled rows of the preconditioner that is compared with none. */
const PRECONDITIONER_ROWS = 128;
const PRODUCTS = [2, 5, 10];
/** Of which the residual of plain conjugate gradient is what the other is timed for, too. */
const TIMED_PRODUCTS = 10;
const MOST_PRODUCTS = 200;
/** The model's greatest value is taken at this residual. */
const SOLVED = 1e-6;
/** Largest relative difference of the two solutions at that residual, in the model's value. */
const VALUE_TOLERANCE = 1e-5;

const WORKLOAD_NAMES = ['W1', 'W2', 'W3'];
const ENVIRONMENTS = ['CartPole-v1', 'Pendulum-v1', 'Acrobot-v1'];
const ITERATIONS_BEFORE = 12;

/** A policy and a batch, solved with and without a preconditioner. */
interface Subject {
  readonly name: string;
  readonly theta: Float32Array;
  readonly gradient: Float64Array;
  readonly plain: PolicyProblem;
  readonly preconditioned: PolicyProblem;
}

/** Residual and model value after the same number of products, and the time to the same residual. */
export async function conjugateGradient({ module, progress }: BenchContext): Promise<Table[]> {
  const subjects: Subject[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => WORKLOAD_NAMES.includes(name))) {
    const problem = new Problem(module, workload, workload.rows);
    const { theta, ...spec } = contentsOf(problem);
    const name = `${workload.name}: ${describeWorkload(workload)}`;
    subjects.push(subjectOf(module, name, { ...workload, ...spec, activation: 'tanh' }, theta));
  }
  for (const environment of ENVIRONMENTS) {
    progress(`training on ${environment}`);
    subjects.push(await midTraining(module, environment));
  }
  progress('solving');
  const quality = subjects.flatMap(qualityRows);
  progress('timing');
  return [
    {
      title: 'Conjugate gradient, with and without a preconditioner',
      notes: [
        `damping ${DAMPING}; the preconditioner is the inverse of the damped Fisher matrix of ${PRECONDITIONER_ROWS} rows`,
        'residual: |g - (F + damping I) x| / |g| by the recurrence; float32 products hold the true one above about 1e-7',
        'missing value: 1 - q(x) / max q, q(x) = g.x - x.(F + damping I)x / 2',
        `batches of environments are those of iteration ${ITERATIONS_BEFORE + 1}; both ways reach the same value to ${VALUE_TOLERANCE}`,
      ],
      rows: quality,
    },
    {
      title: 'Time to the same residual, one thread',
      notes: [
        `the residual is what ${TIMED_PRODUCTS} products without preconditioner leave`,
        'ms: log-probabilities and gradient of the batch, preconditioner, and solve',
      ],
      rows: timeRows(subjects),
    },
  ];
}

function qualityRows(subject: Subject): Row[] {
  const { name, plain, preconditioned } = subject;
  const best = modelValue(subject, solve(subject, plain, MOST_PRODUCTS, SOLVED));
  const alternative = modelValue(subject, solve(subject, preconditioned, MOST_PRODUCTS, SOLVED));
  if (!(Math.abs(alternative / best - 1) <= VALUE_TOLERANCE)) {
    throw new Error(`${name}: model values ${best} without and ${alternative} with preconditioner differ`);
  }
  return PRODUCTS.map((products): Row => {
    const without = solve(subject, plain, products);
    const withIt = solve(subject, preconditioned, products);
    return {
      batch: name,
      products,
      'residual without': without.relativeResidual.toExponential(1),
      'residual with': withIt.relativeResidual.toExponential(1),
      'missing value without': (1 - modelValue(subject, without) / best).toExponential(1),
      'missing value with': (1 - modelValue(subject, withIt) / best).toExponential(1),
    };
  });
}

function timeRows(subjects: readonly Subject[]): Row[] {
  const targets = subjects.map((subject) => solve(subject, subject.plain, TIMED_PRODUCTS).relativeResidual);
  const cases = subjects.flatMap((subject, i) => [
    { name: 'without', run: () => void solve(subject, subject.plain, TIMED_PRODUCTS) },
    { name: 'with', run: () => void solve(subject, subject.preconditioned, MOST_PRODUCTS, targets[i]) },
  ]);
  const milliseconds = medianMilliseconds(cases, { samples: 5 });
  return subjects.map((subject, i) => ({
    batch: subject.name,
    residual: targets[i].toExponential(1),
    'products without': TIMED_PRODUCTS,
    'products with': solve(subject, subject.preconditioned, MOST_PRODUCTS, targets[i]).iterations,
    'ms without': milliseconds[2 * i],
    'ms with': milliseconds[2 * i + 1],
    'times faster': milliseconds[2 * i] / milliseconds[2 * i + 1],
  }));
}

type Solved = ReturnType<PolicyProblem['conjugateGradient']>;

function solve(
  { theta, gradient }: Subject,
  problem: PolicyProblem,
  iterations: number,
  tolerance = 0,
): Solved {
  return problem.conjugateGradient(theta, gradient, { damping: DAMPING, tolerance, iterations });
}

/** g.x - x.(F + damping I)x / 2 */
function modelValue({ gradient }: Subject, { solution, quadraticForm }: Solved): number {
  return solution.reduce((sum, x, i) => sum + x * gradient[i], 0) - quadraticForm / 2;
}

function subjectOf(
  module: WebAssembly.Module,
  name: string,
  spec: PolicyProblemSpec,
  theta: Float32Array,
): Subject {
  const plain = new PolicyProblem(module, spec);
  const preconditioned = new PolicyProblem(module, { ...spec, preconditionerRows: PRECONDITIONER_ROWS });
  return { name, theta, gradient: plain.surrogateGradient(theta), plain, preconditioned };
}

/** What the update of iteration ITERATIONS_BEFORE + 1 is made of. */
async function midTraining(module: WebAssembly.Module, environment: string): Promise<Subject> {
  const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
  const trainer = await Trainer.create(runtime, { environment, seed: 0 });
  for await (const { iteration } of trainer.iterations()) if (iteration === ITERATIONS_BEFORE) break;
  // biome-ignore-start lint/complexity/useLiteralKeys: these are private to all but this look into one update
  const { engine, batch, options, rollout, rewardScaler } = trainer['parts'];
  const policy = trainer['network'];
  // biome-ignore-end lint/complexity/useLiteralKeys: as above
  await rollout.collect();
  rewardScaler.scale(batch);
  const advantages = estimateAdvantages(engine, batch.layout, options.gamma, options.lambda);
  normalizeAdvantages(engine, batch.layout, advantages);
  const { hiddenSizes, activation } = options;
  const { theta, ...contents } = contentsOf({ batch, policy, rows: batch.layout.rows });
  const name = `${environment}, ${batch.layout.rows.toLocaleString('en-US')} rows`;
  return subjectOf(module, name, { ...trainer.spec, hiddenSizes, activation, ...contents }, theta);
}

/** Parameters and rows, unpadded. */
function contentsOf(source: Pick<Problem, 'batch' | 'policy' | 'rows'>) {
  const { batch, policy, rows } = source;
  const { layout } = batch;
  return {
    theta: policy.getParameters(),
    observations: unpaddedObservations(source),
    actions: batch.view(layout.actions, rows * layout.actionSize).slice(),
    advantages: batch.view(layout.advantages).slice(),
  };
}
