import { expect, test } from 'vitest';
import { type ClaimedRun, paperClaims } from '../../../bench/learning/paperClaims.js';
import type { PaperSetting } from '../../../bench/learning/paperSettings.js';
import { progressKey } from '../../../src/logging/sink.js';

const TASKS = [
  { environment: 'Easy', goal: 475, uprightReward: 0, isLarge: false },
  { environment: 'Hard', goal: 900, uprightReward: 1, isLarge: true },
];

type Returns = Partial<Record<PaperSetting, Readonly<Record<string, readonly number[]>>>>;

/**
 * Verdicts in the order of the claims. Episodes last 100 steps; a run learned at an even pace, so that its return in training was
 * half of its last.
 */
function verdicts(returns: Returns): unknown[] {
  const runsOf = (environment: string, setting: PaperSetting): ClaimedRun[] =>
    (returns[setting]?.[environment] ?? []).map((meanReturn) => ({
      rows: [0, meanReturn].map((value) => ({ [progressKey.meanReturn]: value })),
      evaluation: { meanReturn, meanLength: 100 },
    }));
  return paperClaims(TASKS, runsOf).map(({ verdict }) => verdict);
}

test('claims hold of runs as the paper describes them', () => {
  expect(
    verdicts({
      'single path': { Easy: [490, 500], Hard: [2000, 2400] },
      vine: { Easy: [500, 500], Hard: [2100, 2000] },
      'natural gradient': { Easy: [500, 500], Hard: [300, 999] },
      'empirical Fisher': { Easy: [500, 490], Hard: [2300, 2000] },
      CEM: { Easy: [480, 490], Hard: [900, 300] },
      'CMA-ES': { Easy: [500, 500], Hard: [600, 700] },
      'max KL': { Easy: [400, 410] },
    }),
  ).toEqual(Array(8).fill('holds'));
});

test('claims do not hold of runs that contradict them, and differences within chance decide nothing', () => {
  expect(
    verdicts({
      'single path': { Easy: [490, 500], Hard: [950, 2000] },
      vine: { Easy: [100, 120], Hard: [2100, 2000] },
      'natural gradient': { Easy: [500, 400], Hard: [1300, 1900] },
      'empirical Fisher': { Easy: [500, 490], Hard: [5300, 5310] },
      CEM: { Easy: [450, 450], Hard: [1900, 1300] },
      'CMA-ES': { Easy: [100, 100], Hard: [600, 700] },
      'max KL': { Easy: [400, 590] },
    }),
  ).toEqual([...Array(7).fill('does not hold here'), 'cannot be told from these seeds']);
});
