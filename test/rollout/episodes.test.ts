import { expect, test } from 'vitest';
import { RecentEpisodes } from '../../src/rollout/episodes.js';

test('mean and spread are over the last hundred episodes', () => {
  const recent = new RecentEpisodes('Corridor');
  expect([recent.meanReturn, recent.returnStd, recent.meanLength]).toEqual([null, null, null]);
  recent.add(7, 3);
  expect([recent.meanReturn, recent.returnStd]).toEqual([7, 0]);
  // 1, 3, 1, 3, ...: each lies 1 from the mean of 2
  for (let i = 0; i < 100; i++) recent.add(1 + 2 * (i % 2), 10);
  expect([recent.meanReturn, recent.returnStd, recent.meanLength]).toEqual([2, 1, 10]);
});

test('means of infos are over the same window; a name stays after its episodes have left it, and in a restored state', () => {
  const recent = new RecentEpisodes('Corridor');
  recent.add(1, 1, new Map([['early', 3]]));
  for (let i = 0; i < 99; i++) recent.add(1, 1, i % 3 === 0 ? new Map([['success', i % 2]]) : undefined);
  const means = [...recent.meanInfo];
  expect(means).toEqual([
    ['early', 3],
    ['success', 16 / 33],
  ]);
  const restored = new RecentEpisodes('Corridor');
  restored.add(7, 7, new Map([['other', 1]]));
  restored.restore(recent.state);
  expect([...restored.meanInfo]).toEqual(means);
  for (const episodes of [recent, restored]) {
    episodes.add(1, 1);
    expect([...episodes.meanInfo]).toEqual([
      ['early', null],
      ['success', 16 / 33],
    ]);
  }
});
