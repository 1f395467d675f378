import { expect, test } from 'vitest';
import { solveDirection } from '../../src/algorithms/solveDirection.js';
import { trustRegionUpdate } from '../../src/algorithms/trpo.js';
import { UpdateHealth } from '../../src/algorithms/updateHealth.js';
import { defaultOptions } from '../../src/training/options.js';
import { placePolicy } from '../kernels/support/objective.js';
import { DISTRIBUTIONS, randomPolicy } from '../kernels/support/randomPolicy.js';
import { meanEntropy } from '../twins/policyMath.js';

const ROWS = 150;

function observedUpdate(
  distribution: (typeof DISTRIBUTIONS)[number],
  maxKl: number,
  change?: (theta: Float64Array) => void,
) {
  const shape = { distribution, inputSize: 4, hiddenSizes: [8, 5], activation: 'relu' as const, rows: ROWS };
  const random = randomPolicy(shape);
  change?.(random.theta);
  let health!: UpdateHealth;
  const placed = placePolicy('simd', random, ({ engine }, objective) => {
    health = new UpdateHealth(engine, { objective, followsSolution: true }, ROWS);
  });
  placed.objective.recomputeLogProbabilities();
  const options = { ...defaultOptions, maxKl, tolerance: 1e-10, iterations: 50 };
  const report = health.observe(() => trustRegionUpdate(placed.objective, options));
  return { random, placed, report, health };
}

test.each(DISTRIBUTIONS)(
  'the KL of a small step of a $kind is that of the quadratic model',
  (distribution) => {
    const { step, figures } = observedUpdate(distribution, 1e-5).report;
    expect(step.accepted).toBe(true);
    expect(Math.abs(figures.klModelRatio! - 1)).toBeLessThan(0.02);
  },
);

test.each(DISTRIBUTIONS)(
  'gradient, step and change of entropy of a $kind agree with their twins',
  (distribution) => {
    const { random, placed, report } = observedUpdate(distribution, 0.05);
    const { theta, policy, batch } = random;
    const thetaNew = Float64Array.from(placed.policy.getParameters());
    const { figures } = report;
    const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
    expect(figures.stepNorm / norm(thetaNew.map((value, i) => value - theta[i]))).toBeCloseTo(1, 6);
    expect(figures.gradientNorm / norm(placed.objective.gradient)).toBeCloseTo(1, 10);
    const change =
      meanEntropy(policy, thetaNew, batch.observations) - meanEntropy(policy, theta, batch.observations);
    expect(Math.abs(figures.entropyChange - change)).toBeLessThan(1e-5);
  },
);

test('a step that is refused has length 0 and changes no entropy', () => {
  const { placed, report, health } = observedUpdate(DISTRIBUTIONS[0], 0.01);
  expect(report.figures.stepNorm).toBeGreaterThan(0);
  placed.advantages.fill(0);
  placed.objective.recomputeLogProbabilities();
  const options = { ...defaultOptions, tolerance: 1e-10, iterations: 50 };
  const { step, figures } = health.observe(() => trustRegionUpdate(placed.objective, options));
  expect(step).toMatchObject({ accepted: false, reason: 'zero gradient' });
  expect(figures).toMatchObject({ gradientNorm: 0, stepNorm: 0, entropyChange: 0, klModelRatio: null });
});

test('ReLUs whose bias is far below 0 are counted, layer by layer', () => {
  const { report } = observedUpdate(DISTRIBUTIONS[0], 0.01, (theta) => {
    const firstBias = 4 * 8;
    // two of eight, and in the second layer one of five
    theta.fill(-1000, firstBias, firstBias + 2);
    theta[firstBias + 8 + 8 * 5] = -1000;
  });
  expect(report.figures.inactive[0].share).toBeGreaterThanOrEqual(2 / 8);
  expect(report.figures.inactive[1].share).toBeGreaterThanOrEqual(1 / 5);
  expect(observedUpdate(DISTRIBUTIONS[0], 0.01).report.figures.inactive[0].share).toBeLessThan(2 / 8);
});

test('damping grows until curvature is positive, and the report says how much it took', () => {
  const tried: number[] = [];
  const objective = {
    solveDirection: ({ damping }: { damping: number }) => {
      tried.push(damping);
      const isPositive = damping > 0.005;
      return {
        damping,
        dampingRetries: 0,
        iterations: 1,
        stopReason: isPositive ? ('tolerance reached' as const) : ('non-positive curvature' as const),
        relativeResidual: 0,
        quadraticForm: 1,
        smallestCurvature: damping - 0.0015,
      };
    },
  };
  const report = solveDirection(objective, { damping: 0, tolerance: 1e-6, iterations: 10 });
  expect(tried).toEqual([0, 0.003, 0.03]);
  expect(report).toMatchObject({ damping: 0.03, dampingRetries: 2, stopReason: 'tolerance reached' });
});
