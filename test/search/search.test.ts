import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CmaEs, type CovarianceKind, defaultCmaPopulation } from '../../src/search/cmaEs.js';
import { CrossEntropySearch } from '../../src/search/crossEntropy.js';
import type { ParameterSearch } from '../../src/search/parameterSearch.js';
import { testFunctions } from './functions.js';

interface ReferenceCase {
  readonly function: string;
  readonly dimension: number;
  readonly start: number;
  readonly step: number;
  readonly covariance: CovarianceKind;
  readonly evaluations: Readonly<Record<'least' | 'q1' | 'median' | 'q3' | 'most', number>>;
}

/** Made by test/recordings/cma/make.py with pycma, by the author of CMA-ES. */
const reference: { readonly target: number; readonly cases: readonly ReferenceCase[] } = JSON.parse(
  readFileSync(new URL('../recordings/cma/evaluations.json', import.meta.url), 'utf8'),
);

function cmaEs(
  seed: number,
  { dimension, start, step, covariance }: Omit<ReferenceCase, 'evaluations'>,
): CmaEs {
  const populationSize = defaultCmaPopulation(dimension);
  return new CmaEs(
    { seed, mean: new Float64Array(dimension).fill(start), std: step, populationSize },
    covariance,
  );
}

function crossEntropy(seed: number, extraStd = 0): CrossEntropySearch {
  return new CrossEntropySearch({
    seed,
    mean: new Float64Array(10).fill(1),
    std: 1,
    populationSize: 100,
    eliteFraction: 0.2,
    extraStd,
    extraStdGenerations: 20,
  });
}

/** Evaluations until a candidate's value is at most the target. */
function evaluationsUntil(target: number, search: ParameterSearch, f: (x: Float64Array) => number): number {
  for (let evaluations = search.populationSize; evaluations < 40_000; evaluations += search.populationSize) {
    const values = search.sample().map(f);
    if (Math.min(...values) <= target) return evaluations;
    search.update(values.map((value) => -value));
  }
  return Infinity;
}

const SEEDS = 5;

describe('CMA-ES', () => {
  test.each(reference.cases)(
    'takes as long as pycma: $function, dimension $dimension, $covariance',
    (known) => {
      const counts = Array.from({ length: SEEDS }, (_, seed) =>
        evaluationsUntil(reference.target, cmaEs(seed, known), testFunctions[known.function]),
      ).sort((a, b) => a - b);
      const median = counts[(SEEDS - 1) / 2];
      expect(median).toBeGreaterThan(known.evaluations.least);
      expect(median).toBeLessThan(known.evaluations.most);
      expect(Math.abs(median / known.evaluations.median - 1)).toBeLessThan(0.1);
    },
  );

  test('rotating a badly scaled problem costs the full matrix nothing and the diagonal one much', () => {
    const { ellipsoid } = testFunctions;
    // by 45 degrees in the planes of the i-th and the i-th last component
    const rotated = (x: Float64Array) =>
      ellipsoid(x.map((value, i) => ((i < 5 ? value : -value) + x[9 - i]) * Math.SQRT1_2));
    const settings = { dimension: 10, start: 1, step: 0.5, function: 'ellipsoid' };
    const medianOf = (covariance: CovarianceKind, f: (x: Float64Array) => number) =>
      [0, 1, 2]
        .map((seed) => evaluationsUntil(1e-8, cmaEs(seed, { ...settings, covariance }), f))
        .sort((a, b) => a - b)[1];
    expect(medianOf('full', rotated) / medianOf('full', ellipsoid)).toBeLessThan(1.3);
    expect(medianOf('diagonal', rotated) / medianOf('diagonal', ellipsoid)).toBeGreaterThan(10);
  });
});

describe('cross-entropy method', () => {
  test('reaches 1e-8 on the sphere, with added noise too', () => {
    for (const extraStd of [0, 0.5]) {
      for (const seed of [0, 1, 2]) {
        expect(evaluationsUntil(1e-8, crossEntropy(seed, extraStd), testFunctions.sphere)).toBeLessThan(
          10_000,
        );
      }
    }
  });

  test('its next generation has the mean and the deviation of the elite', () => {
    const search = crossEntropy(5);
    const candidates = search.sample();
    search.update(candidates.map((_, i) => (i % 5 === 0 ? 1 : 0)));
    const elite = candidates.filter((_, i) => i % 5 === 0);
    const mean = elite.reduce((sum, x) => sum + x[3], 0) / 20;
    expect(search.mean[3]).toBeCloseTo(mean, 14);
    const deviations = elite[0].map((_, i) => {
      const centre = elite.reduce((sum, x) => sum + x[i], 0) / 20;
      return Math.sqrt(elite.reduce((sum, x) => sum + (x[i] - centre) ** 2, 0) / 20);
    });
    expect(search.meanStd).toBeCloseTo(deviations.reduce((a, b) => a + b) / 10, 14);
  });
});

describe('every search', () => {
  const searches: Record<string, (seed: number) => ParameterSearch> = {
    'CMA-ES, full': (seed) =>
      cmaEs(seed, { function: 'rosenbrock', dimension: 8, start: 0, step: 0.5, covariance: 'full' }),
    'CMA-ES, diagonal': (seed) =>
      cmaEs(seed, { function: 'rosenbrock', dimension: 8, start: 0, step: 0.5, covariance: 'diagonal' }),
    'cross-entropy': (seed) => crossEntropy(seed, 0.1),
  };
  const advance = (search: ParameterSearch, generations: number) => {
    for (let i = 0; i < generations; i++) {
      search.update(search.sample().map((x) => -testFunctions.rosenbrock(x)));
    }
  };

  test.each(Object.entries(searches))(
    '%s goes on exactly from what it saved, and seeds differ',
    (_, make) => {
      const whole = make(1);
      advance(whole, 13);
      const first = make(1);
      advance(first, 7);
      const saved = structuredClone(first.save());
      advance(first, 1);
      const second = make(1);
      second.restore(saved);
      advance(second, 6);
      expect(second.save()).toEqual(whole.save());
      expect(second.sample()).toEqual(whole.sample());
      const other = make(2);
      advance(other, 13);
      expect(other.mean).not.toEqual(whole.mean);
    },
  );

  test.each(Object.entries(searches))('%s learns nothing from equal scores, and draws anew', (_, make) => {
    const search = make(1);
    advance(search, 3);
    const { generation, ...before } = search.save();
    const candidates = search.sample();
    search.update(candidates.map(() => -200));
    const { generation: next, ...after } = search.save();
    expect(after).toEqual(before);
    expect(next[0]).toBe(generation[0] + 1);
    expect(search.sample()).not.toEqual(candidates);
  });
});
