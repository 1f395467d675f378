import { describe, expect, test } from 'vitest';
import { studentQuantile, studentTail } from '../../src/numbers/studentT.js';

/** t, degrees of freedom, P(T > t): mpmath 1.3.0 with 40 digits, betainc(d/2, 1/2, 0, d/(d+t^2), regularized=True)/2. */
const TAILS = [
  [0.001, 0.7, 0.49970536382426678],
  [5, 0.7, 0.10013683482091143],
  [40, 0.7, 0.023498366939382575],
  [0.5, 2.5, 0.32884895993485734],
  [12, 2.5, 0.0014181075150391619],
  [0.001, 19, 0.49960627026178279],
  [0.5, 19, 0.31140824564322086],
  [1.7, 19, 0.052721633294013408],
  [5, 19, 3.9749874992088169e-5],
  [12, 19, 1.2954473186110997e-10],
  [40, 19, 4.153878599669215e-20],
  [1.7, 38.4, 0.048609223007769382],
  [12, 38.4, 7.2762554796173598e-15],
  [5, 200, 6.2509906388576977e-7],
  [40, 200, 1.1243698267601253e-97],
  [0.5, 5000.5, 0.30854853932699083],
  [12, 5000.5, 4.9828238817527739e-33],
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
