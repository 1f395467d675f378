import { describe, expect, it } from 'vitest';
import { cos, sin } from '../../src/numbers/sinCos.js';
import { RandomStream } from '../../src/random/philox.js';

/** The bound that sinCos.ts states, plus the error of Math.sin itself. */
const ABSOLUTE_ERROR = 2.6e-16;
const RANGES = [1e-8, 1e-3, Math.PI / 4, Math.PI, 10, 100, 1e5, 1e6];
const POINTS_PER_RANGE = 20_000;

function worstError(points: Iterable<number>): number {
  let worst = 0;
  for (const x of points) {
    worst = Math.max(worst, Math.abs(sin(x) - Math.sin(x)), Math.abs(cos(x) - Math.cos(x)));
  }
  return worst;
}

describe('sin and cos', () => {
  it.each(RANGES)('agree with Math.sin and Math.cos for |x| up to %d', (range) => {
    const random = new RandomStream(7);
    const points = Array.from({ length: POINTS_PER_RANGE }, () => random.uniformBetween(-range, range));
    expect(worstError(points)).toBeLessThan(ABSOLUTE_ERROR);
  });

  it('agree around multiples of pi/4, where the quadrant changes', () => {
    const points: number[] = [];
    for (let n = -2000; n <= 2000; n++) {
      const center = (n * Math.PI) / 4;
      const ulp = Math.abs(center) * Number.EPSILON;
      points.push(center - 1e-9, center - ulp, center, center + ulp, center + 1e-9);
    }
    expect(worstError(points)).toBeLessThan(ABSOLUTE_ERROR);
  });

  it('keep relative accuracy where the sine is small', () => {
    for (let n = 1; n <= 100; n++) {
      const x = n * Math.PI;
      expect(Math.abs(sin(x) / Math.sin(x) - 1)).toBeLessThan(1e-12);
    }
    for (const x of [1e-300, 1e-20, 1e-5]) expect(Math.abs(sin(x) / Math.sin(x) - 1)).toBeLessThan(4e-16);
  });

  it('lose accuracy beyond 1e6 only as stated', () => {
    for (const x of [1.1e6, -1e7, 1e9, -1e12]) expect(worstError([x])).toBeLessThan(Math.abs(x) * 5e-17);
    expect(Math.abs(sin(1e300))).toBeLessThanOrEqual(1);
  });

  it('fulfil sin^2 + cos^2 = 1, the sine odd and the cosine even', () => {
    for (let x = 0; x < 50; x += 0.0371) {
      expect(Math.abs(sin(x) ** 2 + cos(x) ** 2 - 1)).toBeLessThan(1e-15);
      expect(sin(-x) + sin(x)).toBe(0);
      expect(cos(-x)).toBe(cos(x));
    }
  });

  // the same operations in CPython give this hash too
  it('give the same bits in every engine', () => {
    const bits = new Uint32Array(2);
    let hash = 0;
    for (let x = -100; x < 100; x += 0.0173) {
      for (const value of [sin(x), cos(x)]) {
        new Float64Array(bits.buffer)[0] = value;
        hash = (Math.imul(hash, 31) + bits[0] + bits[1]) | 0;
      }
    }
    expect(hash).toBe(36194196);
  });

  it('know the exact points', () => {
    expect(sin(0)).toBe(0);
    expect(cos(0)).toBe(1);
    expect(sin(Math.PI / 2)).toBe(1);
    expect(cos(Math.PI)).toBe(-1);
  });

  it.each([Number.NaN, Infinity, -Infinity])('give NaN for %d', (x) => {
    expect(sin(x)).toBeNaN();
    expect(cos(x)).toBeNaN();
  });
});
