import { type ActionSpace, Box, Discrete } from '../../src/environments/spaces.js';
import { distributionFor } from '../../src/policy/distributionSpec.js';

/** A policy update of a certain size; the value network has the same hidden layers as the policy. */
export interface Workload {
  readonly name: string;
  readonly observationSize: number;
  readonly actionSpace: ActionSpace;
  readonly hiddenSizes: readonly number[];
  readonly rows: number;
  /** Rows of the seeded batch on which results are compared with the float64 twin: all of a small workload,
   *  fewer of a large one (the twin is slow), and then not a whole number of tiles. */
  readonly verifiedRows: number;
}

const gaussian = (size: number) => new Box({ low: -1, high: 1, size });

/** From CartPole to Humanoid. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: 'W1',
    observationSize: 4,
    actionSpace: new Discrete(2),
    hiddenSizes: [64, 64],
    rows: 2048,
    verifiedRows: 2048,
  },
  {
    name: 'W2',
    observationSize: 11,
    actionSpace: gaussian(3),
    hiddenSizes: [64, 64],
    rows: 5000,
    verifiedRows: 5000,
  },
  {
    name: 'W3',
    observationSize: 17,
    actionSpace: gaussian(6),
    hiddenSizes: [64, 64],
    rows: 50000,
    verifiedRows: 510,
  },
  {
    name: 'W4',
    observationSize: 376,
    actionSpace: gaussian(17),
    hiddenSizes: [256, 256],
    rows: 25000,
    verifiedRows: 254,
  },
];

/** Such as "17-64-64-6, 50,000 rows". */
export function describeWorkload({ observationSize, hiddenSizes, actionSpace, rows }: Workload): string {
  const sizes = [observationSize, ...hiddenSizes, distributionFor(actionSpace).inputSize];
  return `${sizes.join('-')}, ${rows.toLocaleString('en-US')} rows`;
}
