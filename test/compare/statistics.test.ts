import { describe, expect, test } from 'vitest';
import {
  bootstrapInterval,
  improvementInterval,
  interquartileMean,
  median,
  pooledInterquartileMean,
  probabilityOfImprovement,
} from '../../src/compare/statistics.js';
import { drawNormal } from '../../src/random/normal.js';
import { RandomStream } from '../../src/random/philox.js';

describe('interquartile mean', () => {
  test('cuts a quarter off at each end, whatever the order', () => {
    expect(interquartileMean([7, 0, 6, 1, 5, 2, 4, 3])).toBe(3.5);
    expect(interquartileMean([-1e9, 1, 2, 3, 1e9])).toBe(2);
    // fewer than four values have no quarter to cut
    expect(interquartileMean([1, 2, 6])).toBe(3);
    expect(interquartileMean([5])).toBe(5);
    expect(
      pooledInterquartileMean([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ]),
    ).toBe(3.5);
  });

  test('the median of an even count is between the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([])).toBeNull();
  });
});

describe('bootstrap intervals', () => {
  test('hold the true mean about as often as they say', () => {
    const random = new RandomStream(7);
    const trials = 50;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const sample = Array.from({ length: 20 }, () => 3 + drawNormal(random));
      const { low, high } = bootstrapInterval([sample], pooledInterquartileMean);
      if (low <= 3 && 3 <= high) held++;
    }
    // 95 % is asked for; percentile intervals of 20 values fall a little short of it
    expect(held).toBeGreaterThanOrEqual(43);
    expect(held).toBeLessThan(50);
  });

  test('are the same each time, contain the estimate, and shrink to it without spread', () => {
    const scores = [
      [1, 2, 3, 4, 10],
      [5, 5, 6, 7, 8],
    ];
    const interval = bootstrapInterval(scores, pooledInterquartileMean);
    expect(bootstrapInterval(scores, pooledInterquartileMean)).toEqual(interval);
    expect(interval.low).toBeLessThan(pooledInterquartileMean(scores));
    expect(interval.high).toBeGreaterThan(pooledInterquartileMean(scores));
    expect(bootstrapInterval([[4, 4, 4]], pooledInterquartileMean)).toEqual({ low: 4, high: 4 });
  });

  test('runs are drawn within their task: a constant task stays constant', () => {
    const sumOfMeans = (tasks: readonly (readonly number[])[]) =>
      tasks.reduce((sum, runs) => sum + runs.reduce((a, b) => a + b, 0) / runs.length, 0);
    expect(
      bootstrapInterval(
        [
          [1, 1, 1],
          [100, 100],
        ],
        sumOfMeans,
      ),
    ).toEqual({ low: 101, high: 101 });
  });
});

describe('probability of improvement', () => {
  test('counts pairs of runs of the same task, ties as a half', () => {
    expect(probabilityOfImprovement([[2, 4]], [[1, 3]])).toBe(0.75);
    expect(probabilityOfImprovement([[1, 1]], [[1, 1]])).toBe(0.5);
    // each task counts the same, and scores of different tasks never meet
    expect(probabilityOfImprovement([[1], [1000]], [[0], [2000]])).toBe(0.5);
    expect(probabilityOfImprovement([[1, 2]], [[3]]) + probabilityOfImprovement([[3]], [[1, 2]])).toBe(1);
  });

  test('its interval is certain only where no draw can change it', () => {
    expect(improvementInterval([[5, 6]], [[1, 2]])).toEqual({ low: 1, high: 1 });
    const { low, high } = improvementInterval([[1, 3, 5]], [[2, 4, 6]]);
    expect(low).toBeLessThan(0.3);
    expect(high).toBeGreaterThan(0.5);
  });
});
