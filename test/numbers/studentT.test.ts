import { describe, expect, test } from 'vitest';
import { studentQuantile, studentTail } from '../../src/numbers/studentT.js';

/** t, degrees of freedom, P(T > t): mpmath 1.3.0 with 40 digits, betainc(d/2, 1/2, 0, d/(d+t^2), regularized=True)/2. */
const TAILS = [
  [0.001, 0.7, 0.499705363824267],
  [5, 0.7, 0.100136834820911],
  [40, 0.7, 0.0234983669393826],
  [0.5, 2.5, 0.328848959934857],
  [12, 2.5, 0.00141810751503916],
  [0.001, 19, 0.499606270261783],
  [0.5, 19, 0.311408245643221],
  [1.7, 19, 0.0527216332940134],
  [5, 19, 3.97498749920882e-5],
  [12, 19, 1.2954473186111e-10],
  [40, 19, 4.15387859966921e-20],
  [1.7, 38.4, 0.0486092230077694],
  [12, 38.4, 7.27625547961736e-15],
  [5, 200, 6.2509906388577e-7],
  [40, 200, 1.12436982676013e-97],
  [0.5, 5000.5, 0.308548539326991],
  [12, 5000.5, 4.98282388175277e-33],
] as const;

describe('the t distribution', () => {
  test.each(TAILS)('P(T > %d) with %d degrees of freedom is %d', (t, degreesOfFreedom, tail) => {
    expect(Math.abs(studentTail(t, degreesOfFreedom) / tail - 1)).toBeLessThan(1e-12);
  });

  test('one degree of freedom is the Cauchy distribution, two have an algebraic tail', () => {
    for (const t of [0, 1e-8, 0.3, 1, 2, 17]) {
      expect(studentTail(t, 1)).toBeCloseTo(0.5 - Math.atan(t) / Math.PI, 14);
      expect(studentTail(t, 2)).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 14);
    }
  });

  test('both tails make 1, and what cannot be reached has probability 0', () => {
    for (const t of [0, 0.4, 3, 20]) expect(studentTail(t, 7) + studentTail(-t, 7)).toBeCloseTo(1, 14);
    expect(studentTail(Number.POSITIVE_INFINITY, 7)).toBe(0);
    expect(studentTail(Number.NEGATIVE_INFINITY, 7)).toBe(1);
  });

  test('a quantile has its tail', () => {
    for (const degreesOfFreedom of [1, 4.5, 19, 300]) {
      for (const tail of [0.5, 0.05, 1e-4, 1e-9]) {
        const t = studentQuantile(tail, degreesOfFreedom);
        expect(Math.abs(studentTail(t, degreesOfFreedom) / tail - 1)).toBeLessThan(1e-10);
      }
    }
  });
});
