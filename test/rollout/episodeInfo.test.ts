import { expect, test } from 'vitest';
import { EnvironmentError } from '../../src/errors.js';
import { addInfoNames, episodeInfo, meanInfo } from '../../src/rollout/episodeInfo.js';

test('figures are finite numbers, and booleans as 0 or 1; all else is none', () => {
  const info = {
    ...{ success: true, fell: false, distance: -1.5, zero: 0 },
    ...{ nan: Number.NaN, infinite: Infinity, text: '1', nothing: null, missing: undefined, big: 1n },
    ...{ nested: { r: 1 }, list: [1, 2] },
  };
  expect([...episodeInfo(info)!]).toEqual([
    ['success', 1],
    ['fell', 0],
    ['distance', -1.5],
    ['zero', 0],
  ]);
});

test('what has no figures is undefined', () => {
  for (const info of [undefined, null, {}, [1, 2], 5, { text: 'a' }]) {
    expect(episodeInfo(info as never)).toBeUndefined();
  }
});

test('a mean is over the episodes that gave the figure; names keep the order in which they came', () => {
  const names = new Set<string>();
  const infos = [episodeInfo({ b: 1, a: 4 }), undefined, episodeInfo({ b: 2 })];
  for (const info of infos) addInfoNames(names, info, 'Corridor');
  names.add('earlier');
  expect([...meanInfo(names, infos)]).toEqual([
    ['b', 1.5],
    ['a', 4],
    ['earlier', null],
  ]);
});

test('two hundred names are taken, one more is refused and named', () => {
  const names = new Set<string>();
  const info = new Map(Array.from({ length: 200 }, (_, i) => [`figure ${i}`, i]));
  addInfoNames(names, info, 'Corridor');
  addInfoNames(names, info, 'Corridor');
  const add = () => addInfoNames(names, new Map([['one more', 1]]), 'Corridor');
  expect(add).toThrow(EnvironmentError);
  expect(add).toThrow(/^Corridor gave a figure "one more" in info, after 200 others such as "figure 0"/);
});
