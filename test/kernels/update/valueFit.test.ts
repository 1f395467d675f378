import { describe, expect, test } from 'vitest';
import { valueLossAndGradient } from '../../twins/adam.js';
import { relativeError } from '../support/closeness.js';
import { ROW_COUNTS } from '../support/numbers.js';
import { placeValueFit, randomValueProblem } from '../support/valueProblem.js';
import { VARIANTS } from '../support/wasm.js';

const SHAPE = { inputSize: 3, hiddenSizes: [20, 9], activation: 'silu' as const };

describe.each(VARIANTS)('the value fit in %s', (variant) => {
  test.each(ROW_COUNTS)('visits %i rows once an epoch, in an order of its own', (rows) => {
    const placed = placeValueFit(variant, randomValueProblem(rows, SHAPE));
    const orders: string[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      placed.fitEpoch(16, 1e-3, epoch, 0);
      const order = [...placed.order];
      orders.push(order.join());
      expect(order.sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, row) => row));
    }
    // few rows have few orders
    if (rows > 5) expect(new Set(orders).size).toBe(3);
  });

  test('shuffles evenly: a row is as likely in any place', () => {
    const rows = 8;
    const placed = placeValueFit(variant, randomValueProblem(rows, { ...SHAPE, hiddenSizes: [] }));
    const epochs = 8000;
    const counts = new Float64Array(rows * rows);
    for (let epoch = 0; epoch < epochs; epoch++) {
      placed.fitEpoch(rows, 0, epoch, 0);
      placed.order.forEach((row, place) => {
        counts[row * rows + place]++;
      });
    }
    const expected = epochs / rows;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 49 degrees of freedom: above 95 once in 10000 seeds
    expect(chiSquare).toBeLessThan(95);
  });

  test.each(ROW_COUNTS)('has the gradient of the mean squared error over %i rows', (rows) => {
    const problem = randomValueProblem(rows, SHAPE);
    const placed = placeValueFit(variant, problem);
    placed.fitEpoch(rows, 0, 0, 0);
    const { spec, parameters, observations, targets } = problem;
    const { gradient } = valueLossAndGradient(spec, parameters, observations, targets);
    // the first moment starts at 0 and takes in a tenth
    const seen = placed.firstMoment().map((moment) => 10 * moment);
    expect(relativeError(seen, gradient)).toBeLessThanOrEqual(5e-6);
    expect(placed.parameters()).toEqual(parameters);
  });

  test.each([1, 7, 64, 65, 100, 197, 500])(
    'makes one step for each minibatch of %i rows, the last smaller',
    (minibatch) => {
      const rows = 197;
      const placed = placeValueFit(variant, randomValueProblem(rows, SHAPE));
      expect(placed.fitEpoch(minibatch, 1e-3, 0, 40)).toBe(40 + Math.ceil(rows / minibatch));
    },
  );

  test('cuts a minibatch into shards of about 32 rows, eight at most, by its rows alone', () => {
    const { kernels } = placeValueFit(variant, randomValueProblem(1, SHAPE));
    for (let rows = 1; rows <= 1024; rows++) {
      const shards = kernels.minibatchShardCount(rows);
      expect(shards).toBe(Math.min(8, Math.ceil(rows / 32)));
      // none is empty
      expect((shards - 1) * Math.ceil(rows / shards)).toBeLessThan(rows);
    }
  });

  test('lowers the loss, and leaves padding at 0', () => {
    const rows = 300;
    const problem = randomValueProblem(rows, SHAPE);
    // targets that a small network can learn
    problem.targets.forEach((_, row) => {
      problem.targets[row] = Math.fround(
        Math.sin(problem.observations[3 * row]) - problem.observations[3 * row + 1],
      );
    });
    const placed = placeValueFit(variant, problem);
    const before = placed.loss();
    let steps = 0;
    for (let epoch = 0; epoch < 60; epoch++) steps = placed.fitEpoch(32, 5e-3, epoch, steps);
    expect(placed.loss()).toBeLessThan(0.05 * before);
    const used = placed.parameters().reduce((sum, x) => sum + Math.abs(x), 0);
    const all = placed.padded.reduce((sum, x) => sum + Math.abs(x), 0);
    expect(all).toBeCloseTo(used, 8);
  });

  test('repeats itself to the bit', () => {
    const [first, second] = [0, 1].map(() => {
      const placed = placeValueFit(variant, randomValueProblem(197, SHAPE));
      placed.fitEpoch(24, 1e-2, 0, 0);
      return placed.parameters();
    });
    expect(first).toEqual(second);
  });

  test('numbers that are not finite show in the loss and the parameters', () => {
    const problem = randomValueProblem(5, SHAPE);
    problem.targets[2] = NaN;
    const placed = placeValueFit(variant, problem);
    expect(placed.loss()).toBe(NaN);
    placed.fitEpoch(5, 1e-3, 0, 0);
    expect(placed.parameters().some(Number.isNaN)).toBe(true);
  });
});
