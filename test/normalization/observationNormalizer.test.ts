import { describe, expect, test } from 'vitest';
import { ShapeError } from '../../src/errors.js';
import { ObservationNormalizer } from '../../src/normalization/observationNormalizer.js';
import { addToMoments, emptyMoments, mergeMoments } from '../../src/normalization/runningMoments.js';
import { RandomStream } from '../../src/random/philox.js';

function vectors(count: number, size: number): number[][] {
  const random = new RandomStream(7);
  return Array.from({ length: count }, () =>
    Array.from({ length: size }, (_, i) => random.uniformBetween(-1, 1) * 10 ** i + i),
  );
}

function direct(rows: readonly number[][], component: number): { mean: number; variance: number } {
  const mean = rows.reduce((sum, row) => sum + row[component], 0) / rows.length;
  const variance = rows.reduce((sum, row) => sum + (row[component] - mean) ** 2, 0) / rows.length;
  return { mean, variance };
}

function momentsOf(rows: readonly number[][]) {
  const moments = emptyMoments(rows[0].length);
  for (const row of rows) addToMoments(moments, row);
  return moments;
}

describe('running moments', () => {
  test('equal mean and variance computed at once, however the rows are cut', () => {
    const rows = vectors(500, 3);
    for (const cuts of [[500], [1, 499], [100, 150, 250], [499, 1]]) {
      const merged = emptyMoments(3);
      let first = 0;
      for (const count of cuts) {
        mergeMoments(merged, momentsOf(rows.slice(first, first + count)));
        first += count;
      }
      expect(merged.count).toBe(500);
      for (let i = 0; i < 3; i++) {
        const { mean, variance } = direct(rows, i);
        expect(merged.mean[i]).toBeCloseTo(mean, 9);
        expect(merged.squaredDeviations[i] / 500 / variance).toBeCloseTo(1, 9);
      }
    }
  });

  test('merging nothing changes nothing', () => {
    const moments = momentsOf(vectors(5, 2));
    const before = structuredClone(moments);
    mergeMoments(moments, emptyMoments(2));
    expect(moments).toEqual(before);
  });
});

describe('ObservationNormalizer', () => {
  function normalized(normalizer: ObservationNormalizer, row: number[]): number[] {
    const target = new Float32Array(row.length);
    normalizer.normalize(row, target, 0);
    return [...target];
  }

  test('gives mean 0 and deviation 1 after an update, and changes only then', () => {
    const rows = vectors(2000, 3);
    const normalizer = new ObservationNormalizer(3, true, 10);
    const before = normalized(normalizer, rows[0]);
    const moments = momentsOf(rows);
    expect(normalized(normalizer, rows[0])).toEqual(before);
    normalizer.update([moments]);
    const after = rows.map((row) => normalized(normalizer, row));
    for (let i = 0; i < 3; i++) {
      const { mean, variance } = direct(after, i);
      expect(mean).toBeCloseTo(0, 5);
      expect(variance).toBeCloseTo(1, 5);
    }
  });

  test('clips, keeps a constant component at 0, and does nothing when disabled', () => {
    const normalizer = new ObservationNormalizer(2, true, 10);
    normalizer.update([
      momentsOf([
        [1, 5],
        [2, 5],
        [3, 5],
      ]),
    ]);
    expect(normalized(normalizer, [1e9, 5])).toEqual([10, 0]);
    expect(normalized(normalizer, [-1e9, 5])).toEqual([-10, 0]);
    const disabled = new ObservationNormalizer(2, false, 10);
    disabled.update([
      momentsOf([
        [1, 5],
        [2, 5],
      ]),
    ]);
    expect(normalized(disabled, [300, -5])).toEqual([300, -5]);
  });

  test('goes back to where it began', () => {
    const normalizer = new ObservationNormalizer(1, true, 1e6);
    normalizer.update([momentsOf([[100], [300]])]);
    expect(normalized(normalizer, [300])).toEqual([1]);
    normalizer.restore(emptyMoments(1));
    expect(normalized(normalizer, [300])).toEqual([300]);
  });

  test('refuses moments of another size', () => {
    expect(() => new ObservationNormalizer(3, true, 10).restore(emptyMoments(2))).toThrow(ShapeError);
  });
});
