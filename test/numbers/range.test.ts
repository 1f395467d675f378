import { describe, expect, it } from 'vitest';
import { wrapAngle } from '../../src/numbers/range.js';

describe('wrapAngle', () => {
  it('leaves angles in [-pi, pi] alone', () => {
    for (const angle of [-Math.PI, -1, 0, 2.5, Math.PI]) expect(wrapAngle(angle)).toBe(angle);
  });

  it('keeps the direction and lands in [-pi, pi]', () => {
    for (let angle = -80; angle < 80; angle += 0.173) {
      const wrapped = wrapAngle(angle);
      expect(Math.abs(wrapped)).toBeLessThanOrEqual(Math.PI);
      expect(Math.abs(Math.sin(wrapped) - Math.sin(angle))).toBeLessThan(1e-13);
      expect(Math.abs(Math.cos(wrapped) - Math.cos(angle))).toBeLessThan(1e-13);
    }
  });
});
