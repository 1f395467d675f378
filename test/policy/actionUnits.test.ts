import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { actionUnits, boundsInUnits, toEnvironmentAction } from '../../src/policy/actionUnits.js';

// halves of numbers near the smallest there are have no number
const bound = fc
  .double({ min: -3e38, max: 3e38, noNaN: true })
  .map((value) => (Math.abs(value) < 1e-300 ? 0 : value));

describe('rescaled actions', () => {
  test('-1 and 1 are the bounds, 0 is the middle, and what lies outside is clipped', () => {
    fc.assert(
      fc.property(bound, bound, (one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const units = actionUnits(new Box({ low: [low], high: [high] }), true);
        const act = (number: number) => (toEnvironmentAction(units, [number]) as number[])[0];
        const near = (high / 2 - low / 2) * 1e-14 + Math.max(Math.abs(low), Math.abs(high)) * 1e-15 + 1e-300;
        expect(Math.abs(act(-1) - low)).toBeLessThanOrEqual(near);
        expect(Math.abs(act(1) - high)).toBeLessThanOrEqual(near);
        expect(Math.abs(act(0) - (low / 2 + high / 2))).toBeLessThanOrEqual(near);
        expect(act(-7)).toBe(low);
        expect(act(7)).toBe(high);
      }),
    );
  });

  test('a dimension without two finite bounds has the units of the environment', () => {
    const space = new Box({ low: [-Infinity, 0, -Infinity, 10], high: [Infinity, Infinity, 5, 30] });
    const units = actionUnits(space, true);
    expect(toEnvironmentAction(units, [3, 4, -8, 0.5])).toEqual([3, 4, -8, 25]);
    expect(toEnvironmentAction(units, [3, -4, 8, 0.5])).toEqual([3, 0, 5, 25]);
    expect(boundsInUnits(units)).toEqual({
      low: [-Infinity, 0, -Infinity, -1],
      high: [Infinity, Infinity, 5, 1],
    });
  });

  test('bounds of -1 and 1 change no bit, and neither does a run without rescaling', () => {
    const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 2,
      maxLength: 2,
    });
    fc.assert(
      fc.property(numbers, (action) => {
        const symmetric = actionUnits(new Box({ low: -1, high: 1, size: 2 }), true);
        const clipped = action.map((number) => Math.min(Math.max(number, -1), 1) + 0);
        expect((toEnvironmentAction(symmetric, action) as number[]).map((number) => number + 0)).toEqual(
          clipped,
        );
        const plain = actionUnits(new Box({ low: -50, high: 1000, size: 2 }), false);
        expect(toEnvironmentAction(plain, action)).toEqual(
          action.map((number) => Math.min(Math.max(number, -50), 1000)),
        );
      }),
    );
  });

  test('a dimension with one action has that one', () => {
    const units = actionUnits(new Box({ low: [2], high: [2] }), true);
    expect(toEnvironmentAction(units, [-3])).toEqual([2]);
    expect(boundsInUnits(units)).toEqual({ low: [0], high: [0] });
  });

  test('choices are never rescaled', () => {
    expect(actionUnits(new Discrete(3), true)).toEqual({ space: new Discrete(3) });
  });
});
