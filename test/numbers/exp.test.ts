import { expect, test } from 'vitest';
import { exp } from '../../src/numbers/exp.js';

test('agrees with Math.exp to the last digits, and is exact where the power is', () => {
  let worst = 0;
  for (let x = -700; x <= 700; x += 0.0137) worst = Math.max(worst, Math.abs(exp(x) / Math.exp(x) - 1));
  expect(worst).toBeLessThan(1e-15);
  for (const x of [1e-300, 1e-10, -1e-5]) expect(exp(x)).toBe(Math.exp(x));
  expect(exp(0)).toBe(1);
  for (const x of [-745.5, -1000, -1e30, -Infinity]) expect(exp(x)).toBe(0);
});
