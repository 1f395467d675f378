import { expect, test } from 'vitest';
import { fractionOfDrops, type IterationEpisodes } from '../../src/compare/returnDrops.js';

const iterations = (...means: readonly (number | null)[]): IterationEpisodes[] =>
  means.map((meanReturn) => ({ episodes: meanReturn === null ? 0 : 2, meanReturn }));

const times = <Value>(count: number, value: Value) => new Array<Value>(count).fill(value);

test('a return that only rises has no drops', () => {
  expect(fractionOfDrops(iterations(...Array.from({ length: 40 }, (_, i) => i)))).toBe(0);
});

test('a fall is counted once for every update whose ten iterations after it lie 10 % below the ten up to it', () => {
  // 30 iterations give 11 updates; k of the ten after the update are at 50: 100 - 5 k against 100, then against less
  const means = [...times(20, 100), ...times(10, 50)];
  // after - before at update u = 10..20: k = u - 10 iterations of 50 among those after, none among those up to it
  const drops = [3, 4, 5, 6, 7, 8, 9, 10].length;
  expect(fractionOfDrops(iterations(...means))).toBe(drops / 11);
});

test('10 % of a negative return is 10 % of its size', () => {
  expect(fractionOfDrops(iterations(...times(10, -100), ...times(10, -109)))).toBe(0);
  expect(fractionOfDrops(iterations(...times(10, -100), ...times(10, -111)))).toBe(1);
});

test('means are over episodes, and an update without any on one side does not count', () => {
  const before = iterations(...times(10, 100));
  const oneLongAndManyShort = [
    { episodes: 9, meanReturn: 100 },
    { episodes: 1, meanReturn: 20 },
  ];
  expect(fractionOfDrops([...before, ...oneLongAndManyShort, ...iterations(...times(8, null))])).toBe(0);
  expect(fractionOfDrops([...before, ...iterations(...times(10, null))])).toBeNull();
  expect(fractionOfDrops(before)).toBeNull();
});
