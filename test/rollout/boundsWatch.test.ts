import { expect, test } from 'vitest';
import { Box } from '../../src/environments/spaces.js';
import { BoundsWatch, joinReports } from '../../src/rollout/boundsWatch.js';

const space = new Box({ low: [-1, -Infinity, 0], high: [0.1, 5, Infinity] });

test('numbers outside are counted, and the first is kept with its bounds', () => {
  const watch = new BoundsWatch(space);
  watch.look(Float64Array.of(0, -1e9, 1e9), 0, 0);
  watch.look(Float64Array.of(0, 6, -1), 1, 2);
  watch.look(Float64Array.of(-2, 0, 0), 1, 3);
  const first = { step: 1, environment: 2, index: 1, value: 6, low: -Infinity, high: 5 };
  expect(watch.take()).toEqual({ seen: 9, outside: 3, first });
  // and begins anew
  watch.look(Float64Array.of(0, 0, 0), 0, 0);
  expect(watch.take()).toEqual({ seen: 3, outside: 0, first: undefined });
});

test('bounds hold themselves, also where either is rounded to float32', () => {
  const watch = new BoundsWatch(space);
  for (const value of [0.1, Math.fround(0.1), -1]) watch.look(Float64Array.of(value, 5, 0), 0, 0);
  expect(watch.take()!.outside).toBe(0);
  watch.look(Float64Array.of(0.1 + 1e-7, 5, 0), 0, 0);
  expect(watch.take()!.outside).toBe(1);
});

test('a space without finite bounds has nothing to report', () => {
  const watch = new BoundsWatch(new Box({ low: -Infinity, high: Infinity, size: 2 }));
  watch.look(Float64Array.of(1, 1e30), 0, 0);
  expect(watch.take()).toBeUndefined();
  expect(joinReports([undefined, undefined])).toBeUndefined();
});

test('reports of several threads are one, whose first number is the earliest, of the lowest environment', () => {
  const report = (step: number, environment: number) => {
    const watch = new BoundsWatch(space);
    watch.look(Float64Array.of(2, 0, 0), step, environment);
    return watch.take()!;
  };
  const none = { seen: 3, outside: 0, first: undefined };
  const joined = joinReports([none, report(4, 0), report(2, 5), report(2, 3)])!;
  expect(joined).toMatchObject({ seen: 12, outside: 3, first: { step: 2, environment: 3 } });
});
