import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/rollout/batch.js';
import { RewardScaler } from '../../src/rollout/rewardScaler.js';

/** A batch whose arrays are given: [steps x environments]. */
function batchOf(environments: number, rewards: number[], terminated: number[], truncated: number[]): Batch {
  const arrays = [rewards, terminated, truncated].map((values) => Float32Array.from(values));
  return {
    layout: { environments, rewards: 0, terminated: 1, truncated: 2 },
    view: (index: number) => arrays[index],
  } as unknown as Batch;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('RewardScaler', () => {
  test('divides by the deviation of discounted returns, which start anew after an episode', () => {
    const scaler = new RewardScaler(1, true, 0.5);
    const batch = batchOf(1, [8, 8, 8, 8], [0, 1, 0, 0], [0, 0, 0, 0]);
    scaler.scale(batch);
    const expected = 8 / deviation([8, 12, 8, 12]);
    for (const reward of batch.view(batch.layout.rewards)) expect(reward).toBeCloseTo(expected, 4);
    expect(scaler.discountedReturns[0]).toBe(12);
  });

  test('environments keep their returns apart, across batches', () => {
    const scaler = new RewardScaler(2, true, 1);
    scaler.scale(batchOf(2, [1, 10, 1, 10], [0, 0, 0, 0], [0, 0, 0, 1]));
    expect([...scaler.discountedReturns]).toEqual([2, 0]);
    scaler.scale(batchOf(2, [1, 10], [0, 0], [0, 0]));
    expect([...scaler.discountedReturns]).toEqual([3, 10]);
    expect(scaler.moments.count).toBe(6);
  });

  test('does nothing when disabled', () => {
    const scaler = new RewardScaler(1, false, 0.9);
    const batch = batchOf(1, [5, -5], [0, 0], [0, 0]);
    scaler.scale(batch);
    expect([...batch.view(batch.layout.rewards)]).toEqual([5, -5]);
  });
});
