import type { BenchContext } from '../report/section.js';
import type { Table } from '../report/table.js';
import { FLOP_NOTES, fisherFlops } from './flops.js';
import { medianMilliseconds } from './measure.js';
import { DAMPING, Problem } from './problem.js';
import { verifyWorkload } from './verify.js';
import { describeWorkload, WORKLOADS } from './workloads.js';

const ROW_COUNTS = [5000, 50000, 500000];

/** Fisher-vector products on ever larger batches: the cost of a row must not grow. */
export function scaling({ module, progress }: BenchContext): Table[] {
  const workload = WORKLOADS.find(({ name }) => name === 'W2')!;
  progress(`verifying ${workload.name} against the float64 twin`);
  verifyWorkload(module, workload);
  progress('timing');
  const problems = ROW_COUNTS.map((rows) => new Problem(module, workload, rows));
  for (const problem of problems) problem.updatePolicy();
  const milliseconds = medianMilliseconds(
    problems.map(({ objective, rows }) => ({
      name: `${rows} rows`,
      run: () => objective.applyFisher(DAMPING),
    })),
  );
  const rows = problems.map((problem, i) => ({
    rows: problem.rows,
    ms: milliseconds[i],
    'ns/row': (1e6 * milliseconds[i]) / problem.rows,
    'GFLOP/s': (problem.rows * fisherFlops(problem.policy.spec)) / milliseconds[i] / 1e6,
  }));
  return [
    {
      title: 'Scaling of one Fisher-vector product, one thread',
      notes: [
        ...FLOP_NOTES,
        `${describeWorkload(workload)} were verified against the float64 twin; more rows repeat it.`,
      ],
      rows,
    },
  ];
}
