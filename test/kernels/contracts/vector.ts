import { dot } from '../../twins/conjugateGradient.js';
import { random32, randomVector } from '../support/numbers.js';
import { partsPlayground, playgroundOf } from '../support/playground.js';
import { EXPORTED, INNER, type KernelContract } from './contract.js';

/** Lengths of float32 vectors are multiples of 4, those of float64 vectors of 2. */
const FLOAT32_LENGTHS = [0, 4, 8, 64, 1024];
const FLOAT64_LENGTHS = [0, 2, 4, 6, 8, 64, 1022];

export const VECTOR_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'dot',
    builds: [...EXPORTED, 'parts'],
    lengths: FLOAT64_LENGTHS,
    tolerance: 1e-13,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      const x = randomVector(count, 1);
      const y = randomVector(count, 2);
      const actual = playground.kernels.dot(
        playground.float64(x).pointer,
        playground.float64(y).pointer,
        count,
      );
      return [{ actual: [actual], expected: [dot(x, y)] }];
    },
  },
  {
    kernel: 'stepAlong',
    builds: EXPORTED,
    lengths: FLOAT64_LENGTHS,
    // rounded once: the nearest float32 of the float64 sum
    tolerance: 0,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      const base = random32(count, 3);
      const direction = randomVector(count, 4);
      const out = playground.float32Room(count);
      const from = playground.float32(base).pointer;
      playground.kernels.stepAlong(out.pointer, from, 0.3, playground.float64(direction).pointer, count);
      playground.expectGuardsIntact();
      return [
        { actual: out.view.slice(), expected: base.map((x, i) => Math.fround(x + 0.3 * direction[i])) },
      ];
    },
  },
  {
    kernel: 'allFinite',
    builds: EXPORTED,
    lengths: FLOAT32_LENGTHS,
    tolerance: 0,
    compare: (build, count) => {
      const places = [0, 1, 2, 3, count - 4, count - 1].filter((i) => i >= 0 && i < count);
      const cases = [NaN, Infinity, -Infinity].flatMap((value) => places.map((place) => ({ value, place })));
      const finite = (values: ArrayLike<number>) => {
        const playground = playgroundOf(build);
        return playground.kernels.allFinite(playground.float32(values).pointer, count);
      };
      const spoilt = cases.map(({ value, place }) =>
        finite(random32(count, 5).map((x, i) => (i === place ? value : x))),
      );
      const largest = new Float32Array(count).fill(-3.4028234663852886e38);
      return [
        { label: 'finite', actual: [finite(random32(count, 5)), finite(largest)], expected: [1, 1] },
        { label: 'not finite', actual: spoilt, expected: spoilt.map(() => 0) },
      ];
    },
  },
  {
    kernel: 'addScaled',
    builds: INNER,
    lengths: FLOAT64_LENGTHS,
    tolerance: 0,
    compare: (_, count) => {
      const playground = partsPlayground();
      const x = randomVector(count, 6);
      const y = randomVector(count, 7);
      const placedX = playground.float64(x);
      const placedY = playground.float64(y);
      const out = playground.float64Room(count);
      const expected = x.map((value, i) => value + 0.7 * y[i]);
      playground.kernels.addScaled(out.pointer, placedX.pointer, 0.7, placedY.pointer, count);
      playground.kernels.addScaled(placedX.pointer, placedX.pointer, 0.7, placedY.pointer, count);
      playground.expectGuardsIntact();
      return [
        { actual: out.view.slice(), expected },
        { label: 'in place', actual: placedX.view.slice(), expected },
      ];
    },
  },
  {
    kernel: 'toFloat32',
    builds: INNER,
    lengths: FLOAT64_LENGTHS,
    tolerance: 0,
    compare: (_, count) => {
      const playground = partsPlayground();
      const x = randomVector(count, 8);
      const out = playground.float32Room(count);
      playground.kernels.toFloat32(out.pointer, playground.float64(x).pointer, count);
      playground.expectGuardsIntact();
      return [{ actual: out.view.slice(), expected: x.map(Math.fround) }];
    },
  },
  {
    kernel: 'sumParts',
    builds: INNER,
    lengths: FLOAT64_LENGTHS,
    // added in the order of the parts
    tolerance: 0,
    compare: (_, count) =>
      [1, 2, 16].map((partCount) => {
        const playground = partsPlayground();
        const parts = random32(partCount * count, 9);
        const out = playground.float64Room(count);
        playground.kernels.sumParts(out.pointer, playground.float32(parts).pointer, partCount, count, 0.1);
        playground.expectGuardsIntact();
        const expected = new Float64Array(count);
        for (let i = 0; i < parts.length; i++) expected[i % count] += parts[i];
        return { actual: out.view.slice(), expected: expected.map((sum) => sum * 0.1) };
      }),
  },
  {
    kernel: 'gatherRows',
    builds: INNER,
    lengths: [0, 1, 3, 64],
    tolerance: 0,
    compare: (_, count) =>
      [4, 8, 12].map((stride) => {
        const playground = partsPlayground();
        const values = random32(100 * stride, 10);
        const indices = Array.from({ length: count }, (_unused, i) => (i * 37) % 100);
        const out = playground.float32Room(count * stride);
        const from = playground.float32(values).pointer;
        playground.kernels.gatherRows(out.pointer, from, stride, playground.uint32(indices).pointer, count);
        playground.expectGuardsIntact();
        const expected = indices.flatMap((index) => [
          ...values.subarray(index * stride, (index + 1) * stride),
        ]);
        return { actual: out.view.slice(), expected };
      }),
  },
];
