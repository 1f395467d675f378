import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import {
  EXECUTED_FLOP_NOTES,
  executedFisherFlops,
  executedForwardFlops,
  executedGradientFlops,
  FLOP_NOTES,
  fisherFlops,
  forwardFlops,
  gradientFlops,
} from './flops.js';
import { loadLimits } from './limit.js';
import { type BesideTimes, type Case, timeBeside } from './measure.js';
import { DAMPING, Problem } from './problem.js';
import { verifyWorkload } from './verify.js';
import { describeWorkload, WORKLOADS } from './workloads.js';

const VALUE_EPOCHS = 10;
const CONJUGATE_GRADIENT_ITERATIONS = 10;
const LARGEST_RESERVATIONS = 6;
const MEGABYTE = 1e6;

/** What a case takes: nominal and executed operations. */
interface Flops {
  readonly nominal: number;
  readonly executed: number;
}

interface CountedCase extends Case {
  readonly flops: Flops;
}

/** The parts of an update and the whole on the standard workloads, and the memory that each takes. */
export async function kernels({ module, variant, progress }: BenchContext): Promise<Table[]> {
  const problems = WORKLOADS.map((workload) => {
    progress(`verifying ${workload.name} against the float64 twin`);
    verifyWorkload(module, workload);
    return new Problem(module, workload, workload.rows);
  });
  const plainProblems = problems.map(({ rows, objective }, i) =>
    objective.sensitivityPlanes > 0
      ? new Problem(module, WORKLOADS[i], rows, { keepSensitivities: false })
      : undefined,
  );
  const limits = await loadLimits();
  const own = limits.findIndex((limit) => limit.variant === variant);
  progress('timing');
  const cases = problems.flatMap((problem, i) =>
    casesOf(problem, plainProblems[i]).map((one) => ({ ...one, workload: i })),
  );
  const times = timeBeside(cases, limits);
  const rows = cases.map(({ name, workload, flops }, i): Row => {
    const { ms, referenceMs, ratios } = times[i];
    // (flops / ms) / (limit flops / limit ms), of neighbours
    const share = (count: number) => (100 * count * ratios[own]) / limits[own].flops;
    return {
      workload: WORKLOADS[workload].name,
      case: name,
      ms,
      nominal: gigaflops(flops.nominal, ms),
      executed: gigaflops(flops.executed, ms),
      limit: gigaflops(limits[own].flops, referenceMs[own]),
      'nominal %': share(flops.nominal),
      'executed %': share(flops.executed),
    };
  });
  const notes = [
    ...FLOP_NOTES,
    ...EXECUTED_FLOP_NOTES,
    "limit: multiply-adds of this build's instructions in registers only, in twelve independent chains of four lanes,",
    'their result verified; timed before and after every sample of a case. GFLOP/s are medians, % are the medians of',
    'the shares of that limit over neighbouring samples (nominal % may be above 100: not all of it is executed).',
    'it is the rate of a program, not a figure from a data sheet: instructions in another order may go faster.',
    ...limits.map((limit, i) => `limit of ${limit.variant}: ${describeLimit(limit.flops, times, i)}`),
    ...problems.map(verificationNote),
  ];
  return [{ title: 'Kernels, one thread (GFLOP/s)', notes, rows }, memoryTable(problems)];
}

function gigaflops(flops: number, ms: number): number {
  return flops / ms / 1e6;
}

function describeLimit(flops: number, times: readonly BesideTimes[], index: number): string {
  const rates = times.map(({ referenceMs }) => gigaflops(flops, referenceMs[index]));
  const [middle, least, most] = [median(rates), Math.min(...rates), Math.max(...rates)].map((x) =>
    x.toFixed(1),
  );
  return `${middle} GFLOP/s in the middle, ${least} to ${most} beside the cases`;
}

/** The cases of a problem, and the product of the same one that keeps no sensitivities, if that is another. */
function casesOf(problem: Problem, plain?: Problem): CountedCase[] {
  const { policy, value, rows, objective } = problem;
  const planes = objective.sensitivityPlanes;
  const gradient = {
    nominal: rows * gradientFlops(policy.spec),
    executed: rows * executedGradientFlops(policy.spec, planes),
  };
  const product = {
    nominal: rows * fisherFlops(policy.spec),
    executed: rows * executedFisherFlops(policy.spec, planes),
  };
  const forward = {
    nominal: rows * forwardFlops(policy.spec),
    executed: rows * executedForwardFlops(policy.spec),
  };
  const valueGradient = {
    nominal: rows * gradientFlops(value.network.spec),
    executed: rows * executedGradientFlops(value.network.spec, 0),
  };
  const valueForward = {
    nominal: rows * forwardFlops(value.network.spec),
    executed: rows * executedForwardFlops(value.network.spec),
  };
  const { step } = problem.updatePolicy();
  const trials = step.backtracks + 1;
  plain?.computeGradient();
  const plainProduct = plain && {
    name: 'the same without sensitivities',
    run: () => plain.objective.applyFisher(DAMPING),
    flops: { nominal: product.nominal, executed: rows * executedFisherFlops(policy.spec, 0) },
  };
  return [
    { name: 'surrogate gradient', run: () => problem.computeGradient(), flops: gradient },
    { name: 'Fisher-vector product', run: () => objective.applyFisher(DAMPING), flops: product },
    ...(plainProduct ? [plainProduct] : []),
    {
      name: `policy update (products ${CONJUGATE_GRADIENT_ITERATIONS}, trial steps ${trials})`,
      run: () => problem.updatePolicy(),
      flops: total([1, gradient], [CONJUGATE_GRADIENT_ITERATIONS, product], [trials, forward]),
    },
    {
      name: `value fit (${VALUE_EPOCHS} epochs, minibatch 64)`,
      prepare: () => problem.resetValue(),
      run: () => problem.fitValue(VALUE_EPOCHS),
      // two evaluations of the loss, before and after
      flops: total([VALUE_EPOCHS, valueGradient], [2, valueForward]),
    },
  ];
}

function total(...terms: readonly (readonly [times: number, flops: Flops])[]): Flops {
  const sum = (kind: keyof Flops) => terms.reduce((all, [times, flops]) => all + times * flops[kind], 0);
  return { nominal: sum('nominal'), executed: sum('executed') };
}

function verificationNote({ objective, rows }: Problem, index: number): string {
  const workload = WORKLOADS[index];
  const which =
    workload.verifiedRows === rows
      ? 'all rows'
      : `a batch of ${workload.verifiedRows} rows of the same network`;
  const kept =
    objective.sensitivityPlanes > 0 ? `of ${objective.sensitivityPlanes} outputs kept` : 'not kept';
  return `${workload.name}: ${describeWorkload(workload)}; sensitivities ${kept}; verified against the float64 twin on ${which}.`;
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
