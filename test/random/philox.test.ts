import { describe, expect, it } from 'vitest';
import {
  environmentSeed,
  philox4x32,
  RandomStream,
  StreamPurpose,
  seedKey,
} from '../../src/random/philox.js';

const ONES = 0xffffffff;

/** Known answers of Random123's kat_vectors, philox4x32-10. */
const KNOWN_ANSWERS = [
  {
    key: [0, 0],
    counter: [0, 0, 0, 0],
    out: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    key: [ONES, ONES],
    counter: [ONES, ONES, ONES, ONES],
    out: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    key: [0xa4093822, 0x299f31d0],
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    out: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

function draws(stream: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.uniform());
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Correlation of two sequences of uniforms: covariance over 1/12. */
function correlation(a: readonly number[], b: readonly number[]): number {
  return 12 * mean(a.map((value, i) => (value - 0.5) * (b[i] - 0.5)));
}

describe('philox4x32', () => {
  it.each(KNOWN_ANSWERS)('gives the known answer for key $key, counter $counter', (known) => {
    const out = new Uint32Array(4);
    philox4x32(known.key, known.counter, out);
    expect(Array.from(out)).toEqual(known.out);
  });

  it('takes seeds of up to 53 bits apart into two words', () => {
    expect(seedKey(5)).toEqual([5, 0]);
    expect(seedKey(2 ** 32 + 7)).toEqual([7, 1]);
    expect(seedKey(Number.MAX_SAFE_INTEGER)).toEqual([ONES, 0x1fffff]);
  });
});

describe('RandomStream', () => {
  const COUNT = 100_000;

  it('is uniform: mean 1/2, variance 1/12, even tenths', () => {
    const values = draws(new RandomStream(123), COUNT);
    // five standard deviations of each estimate
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / COUNT));
    const variance = mean(values.map((value) => (value - 0.5) ** 2));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / COUNT));
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = values.filter((value) => Math.floor(value * 10) === tenth).length;
      expect(Math.abs(inside - COUNT / 10)).toBeLessThan(5 * Math.sqrt(COUNT * 0.09));
    }
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('does not correlate across neighbouring draws, seeds, purposes or indices', () => {
    const limit = 5 / Math.sqrt(COUNT);
    const base = draws(new RandomStream(1), COUNT);
    const others = [
      new RandomStream(2),
      new RandomStream(1 + 2 ** 32),
      new RandomStream(1, StreamPurpose.actions),
      new RandomStream(1, StreamPurpose.environments, 1),
    ];
    for (const other of others) {
      expect(Math.abs(correlation(base, draws(other, COUNT)))).toBeLessThan(limit);
    }
    expect(Math.abs(correlation(base.slice(0, -1), base.slice(1)))).toBeLessThan(limit);
  });

  it('repeats itself for one seed, and goes on from a number of draws', () => {
    const stream = new RandomStream(9);
    const values = draws(stream, 20);
    expect(draws(new RandomStream(9), 20)).toEqual(values);
    const later = new RandomStream(9);
    later.drawn = 15;
    expect(draws(later, 5)).toEqual(values.slice(15));
    expect(stream.drawn).toBe(20);
  });

  it('stays within uniformBetween', () => {
    const stream = new RandomStream(4);
    for (let i = 0; i < 1000; i++) {
      const value = stream.uniformBetween(-3, -2);
      expect(value >= -3 && value < -2).toBe(true);
    }
  });
});

describe('environmentSeed', () => {
  it('gives every environment of a run, and every run, its own 32 bits', () => {
    const seeds = [0, 1, 2].flatMap((run) => Array.from({ length: 100 }, (_, i) => environmentSeed(run, i)));
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed <= ONES)).toBe(true);
    expect(environmentSeed(1, 5)).toBe(environmentSeed(1, 5));
  });
});
