import { defaultOptions } from '../src/trpo/options.js';
import { FLOP_NOTES, fisherFlops, forwardFlops, gradientFlops } from './flops.js';
import { type Case, medianMilliseconds } from './measure.js';
import { DAMPING, GAUSS_NEWTON, Problem } from './problem.js';
import type { BenchContext } from './section.js';
import type { Row, Table } from './table.js';
import { verifyWorkload } from './verify.js';
import { describeWorkload, WORKLOADS, type Workload } from './workloads.js';

const VALUE_EPOCHS = 10;
const GAUSS_NEWTON_STEPS = defaultOptions.valueSteps;
const CONJUGATE_GRADIENT_ITERATIONS = 10;
const LARGEST_RESERVATIONS = 6;
const MEGABYTE = 1e6;

/** A case and its nominal operations. */
interface CountedCase extends Case {
  readonly flops: number;
}

/** The parts of an update and the whole on the standard workloads, and the memory that each takes. */
export function kernels({ module, progress }: BenchContext): Table[] {
  const problems = WORKLOADS.map((workload) => {
    progress(`verifying ${workload.name} against the float64 twin`);
    verifyWorkload(module, workload);
    return new Problem(module, workload, workload.rows);
  });
  progress('timing');
  const cases = problems.map((problem, i) => [
    ...casesOf(problem),
    gaussNewtonCase(new Problem(module, WORKLOADS[i], problem.rows, { gaussNewton: true })),
  ]);
  const milliseconds = medianMilliseconds(cases.flat());
  const rows = cases.flatMap((group, i) =>
    group.map(({ name, flops }, j): Row => {
      const ms = milliseconds[cases.slice(0, i).flat().length + j];
      return {
        workload: WORKLOADS[i].name,
        network: describeWorkload(WORKLOADS[i]),
        case: name,
        ms,
        'GFLOP/s': flops / ms / 1e6,
      };
    }),
  );
  return [
    { title: 'Kernels, one thread', notes: [...FLOP_NOTES, ...WORKLOADS.map(verificationNote)], rows },
    memoryTable(problems),
  ];
}

function casesOf(problem: Problem): CountedCase[] {
  const { policy, value, rows, objective } = problem;
  const gradient = rows * gradientFlops(policy.spec);
  const product = rows * fisherFlops(policy.spec);
  const forward = rows * forwardFlops(policy.spec);
  const { step } = problem.updatePolicy();
  const trials = step.backtracks + 1;
  return [
    { name: 'surrogate gradient', run: () => problem.computeGradient(), flops: gradient },
    { name: 'Fisher-vector product', run: () => objective.applyFisher(DAMPING), flops: product },
    {
      name: `policy update (products ${CONJUGATE_GRADIENT_ITERATIONS}, trial steps ${trials})`,
      run: () => problem.updatePolicy(),
      flops: gradient + CONJUGATE_GRADIENT_ITERATIONS * product + trials * forward,
    },
    {
      name: `value fit (${VALUE_EPOCHS} epochs, minibatch 64)`,
      prepare: () => problem.resetValue(),
      run: () => problem.fitValue(VALUE_EPOCHS),
      // two evaluations of the loss, before and after
      flops: rows * (VALUE_EPOCHS * gradientFlops(value.network.spec) + 2 * forwardFlops(value.network.spec)),
    },
  ];
}

/** In an engine of its own, so that the memory of the others is that of a run without it. */
function gaussNewtonCase(problem: Problem): CountedCase {
  const { spec } = problem.value.network;
  const { iterations } = GAUSS_NEWTON;
  problem.resetValue();
  const { steps } = problem.fitValueByGaussNewton(GAUSS_NEWTON_STEPS);
  if (steps !== GAUSS_NEWTON_STEPS) throw new Error(`only ${steps} Gauss-Newton steps were made; not timed`);
  // log-probabilities, KL and loss of a first trial that is accepted
  const step = gradientFlops(spec) + iterations * fisherFlops(spec) + 3 * forwardFlops(spec);
  return {
    name: `value fit (${GAUSS_NEWTON_STEPS} Gauss-Newton steps, products ${iterations})`,
    prepare: () => problem.resetValue(),
    run: () => problem.fitValueByGaussNewton(GAUSS_NEWTON_STEPS),
    flops: problem.rows * (GAUSS_NEWTON_STEPS * step + forwardFlops(spec)),
  };
}

function verificationNote({ name, rows, verifiedRows }: Workload): string {
  const which = verifiedRows === rows ? 'all rows' : `a batch of ${verifiedRows} rows of the same network`;
  return `${name} was verified against the float64 twin on ${which}.`;
}

function memoryTable(problems: readonly Problem[]): Table {
  const rows = problems.flatMap(({ engine: { arena } }, i): Row[] => {
    const largest = [...arena.reservations].sort((a, b) => b.bytes - a.bytes).slice(0, LARGEST_RESERVATIONS);
    const line = (reservation: string, bytes: number): Row => ({
      workload: WORKLOADS[i].name,
      reservation,
      MB: bytes / MEGABYTE,
      share: `${((100 * bytes) / arena.bytes).toFixed(1)} %`,
    });
    return [line('whole arena', arena.bytes), ...largest.map(({ name, bytes }) => line(name, bytes))];
  });
  return {
    title: 'Memory',
    notes: [
      `the arena of each workload and its ${LARGEST_RESERVATIONS} largest reservations; 1 MB = 10^6 bytes`,
    ],
    rows,
  };
}
