import { describe, expect, it } from 'vitest';
import { drawNormal } from '../../src/random/normal.js';
import { RandomStream } from '../../src/random/philox.js';

const COUNT = 100_000;

describe('drawNormal', () => {
  it('has the moments and the tails of the standard normal distribution', () => {
    const stream = new RandomStream(3);
    const draws = Array.from({ length: COUNT }, () => drawNormal(stream));
    const mean = (numbers: number[]) => numbers.reduce((sum, x) => sum + x, 0) / COUNT;
    // bounds are about five standard errors
    expect(Math.abs(mean(draws))).toBeLessThan(5 / Math.sqrt(COUNT));
    expect(Math.abs(mean(draws.map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / COUNT));
    expect(Math.abs(mean(draws.map((x) => x ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / COUNT));
    for (const [beyond, probability] of [
      [1, 0.31731],
      [2, 0.0455],
      [3, 0.0027],
    ]) {
      const seen = draws.filter((x) => Math.abs(x) > beyond).length / COUNT;
      expect(Math.abs(seen - probability)).toBeLessThan(5 * Math.sqrt(probability / COUNT));
    }
  });

  it('has no state but the count of draws', () => {
    const [stream, later] = [new RandomStream(5), new RandomStream(5)];
    const draws = Array.from({ length: 4 }, () => drawNormal(stream));
    later.drawn = 6;
    expect(drawNormal(later)).toBe(draws[3]);
  });
});
