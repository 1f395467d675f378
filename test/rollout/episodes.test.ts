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
