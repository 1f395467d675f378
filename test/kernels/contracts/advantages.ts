import { type GaeRollout, generalizedAdvantages, normalizeAdvantages } from '../../twins/gae.js';
import { ROW_COUNTS, random32, seededUniform, widened } from '../support/numbers.js';
import { playgroundOf } from '../support/playground.js';
import type { Build } from '../support/wasm.js';
import { EXPORTED, type KernelContract } from './contract.js';

const ENVIRONMENTS = [1, 2, 3, 4, 5, 8];

/** Flags of both kinds in one step of ten each, so that some steps have both. */
export function randomRollout(steps: number, environments: number, seed = 1): GaeRollout {
  const rows = steps * environments;
  const uniform = seededUniform(seed);
  const flags = () => Uint8Array.from({ length: rows }, () => (uniform() < 0.1 ? 1 : 0));
  return {
    steps,
    environments,
    rewards: random32(rows, seed + 1),
    values: random32(rows, seed + 2, 3),
    terminated: flags(),
    truncated: flags(),
    finalObservationValues: random32(rows, seed + 3, 3),
    bootstrapValues: random32(environments, seed + 4, 3),
  };
}

/** Advantages and returns by the kernel. */
export function kernelAdvantages(
  build: Build,
  rollout: GaeRollout,
  gamma: number,
  lambda: number,
): { advantages: Float64Array; returns: Float64Array } {
  const playground = playgroundOf(build);
  const { steps, environments } = rollout;
  const advantages = playground.float32Room(steps * environments);
  const returns = playground.float32Room(steps * environments);
  playground.kernels.generalizedAdvantages(
    advantages.pointer,
    returns.pointer,
    playground.float32(rollout.rewards).pointer,
    playground.float32(rollout.values).pointer,
    playground.float32(rollout.terminated).pointer,
    playground.float32(rollout.truncated).pointer,
    playground.float32(rollout.finalObservationValues).pointer,
    playground.float32(rollout.bootstrapValues).pointer,
    steps,
    environments,
    gamma,
    lambda,
  );
  playground.expectGuardsIntact();
  return { advantages: widened(advantages.view), returns: widened(returns.view) };
}

export const ADVANTAGE_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'generalizedAdvantages',
    builds: EXPORTED,
    lengths: [0, ...ROW_COUNTS],
    tolerance: 1e-6,
    compare: (build, steps) =>
      ENVIRONMENTS.flatMap((environments) => {
        const rollout = randomRollout(steps, environments);
        const actual = kernelAdvantages(build, rollout, 0.99, 0.95);
        const expected = generalizedAdvantages(rollout, 0.99, 0.95);
        return (['advantages', 'returns'] as const).map((key) => ({
          label: `${key} of ${environments} environments`,
          actual: actual[key],
          expected: expected[key],
        }));
      }),
  },
  {
    kernel: 'meanOf',
    builds: EXPORTED,
    // the mean of nothing is NaN, as the twin's
    lengths: [0, ...ROW_COUNTS],
    tolerance: 1e-12,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      const x = random32(count, 1);
      const actual = playground.kernels.meanOf(playground.float32(x).pointer, count);
      return [{ actual: [actual], expected: [normalizeAdvantages(x).mean] }];
    },
  },
  {
    kernel: 'standardDeviationOf',
    builds: EXPORTED,
    lengths: [0, ...ROW_COUNTS],
    tolerance: 1e-12,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      // far from 0: a difference of squares would lose every digit
      const x = random32(count, 2).map((value) => Math.fround(value + 5000));
      const { mean, standardDeviation } = normalizeAdvantages(x);
      const actual = playground.kernels.standardDeviationOf(playground.float32(x).pointer, count, mean);
      return [{ actual: [actual], expected: [standardDeviation] }];
    },
  },
  {
    kernel: 'centreAndScale',
    builds: EXPORTED,
    lengths: [0, ...ROW_COUNTS],
    // rounded once
    tolerance: 0,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      const x = random32(count, 3, 10);
      const values = playground.float32(x);
      playground.kernels.centreAndScale(values.pointer, count, 1.25, 0.3);
      playground.expectGuardsIntact();
      return [{ actual: values.view.slice(), expected: x.map((value) => Math.fround((value - 1.25) * 0.3)) }];
    },
  },
];
