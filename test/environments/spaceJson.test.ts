import { describe, expect, test } from 'vitest';
import { spaceFromJson, spaceToJson } from '../../src/environments/spaceJson.js';
import { Box, Discrete, MultiBinary, MultiDiscrete } from '../../src/environments/spaces.js';

const json = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('a space as JSON', () => {
  test.each([
    new Discrete(3),
    new Discrete(3, { start: -1 }),
    new MultiDiscrete([2, 5]),
    new MultiDiscrete([2, 5], { start: [0, 7] }),
    new MultiBinary(4),
    new Box({ low: [-1, Number.NEGATIVE_INFINITY], high: [1, Number.POSITIVE_INFINITY] }),
    new Box({ low: 0, high: 1, shape: [2, 1, 3] }),
    new Box({ low: 0, high: 255, shape: [2, 2], dtype: 'uint8' }),
    new Box({ low: 0, high: 9, size: 3, dtype: 'uint8' }),
    new Box({ low: 0, high: 255, shape: [2, 3, 4], dtype: 'uint8', stackSize: 4 }),
  ])('comes back as it was: %o', (space) => {
    expect(spaceFromJson(json(spaceToJson(space)))).toEqual(space);
  });

  test('of a flat Box of float32 is what it was before Boxes had shapes', () => {
    const space = new Box({ low: [-2], high: [2] });
    expect(json(spaceToJson(space))).toEqual({ kind: 'Box', low: [-2], high: [2] });
  });

  test('of choices from 0 on is what it was before they had a start', () => {
    expect(json(spaceToJson(new Discrete(3)))).toEqual({ kind: 'Discrete', n: 3 });
    expect(json(spaceToJson(new MultiDiscrete([3, 2])))).toEqual({ kind: 'MultiDiscrete', counts: [3, 2] });
  });

  test.each([
    { kind: 'Discrete', n: 3, start: null },
    { kind: 'Discrete', n: 3, start: '1' },
    { kind: 'Discrete', n: 3, start: 0.5 },
    { kind: 'Discrete', n: 3, start: 2 ** 53 - 2 },
    { kind: 'MultiDiscrete', counts: [2, 3], start: 1 },
    { kind: 'MultiDiscrete', counts: [2, 3], start: [1] },
    { kind: 'MultiDiscrete', counts: [2, 3], start: [1, null] },
  ])('with a start is refused as %o', (fields) => {
    expect(spaceFromJson({ ...fields, start: undefined })).toBeDefined();
    expect(spaceFromJson(fields)).toBeUndefined();
  });

  test.each([
    { shape: [2, 2] },
    { shape: [3] },
    { shape: [] },
    { shape: [0.5, 4] },
    { shape: [-1, -2] },
    { shape: null },
    { shape: '2' },
    { shape: { length: 1, 0: 2 } },
    { shape: ['2'] },
    { dtype: 'float64' },
    { dtype: null },
    { dtype: 'uint8' },
    { dtype: ['uint8'] },
    { low: [0] },
    { low: ['0', '0'] },
  ])('is refused with %o', (fields) => {
    const sound = { kind: 'Box', low: [0, 0.5], high: [1, 1] };
    expect(spaceFromJson(sound)).toBeDefined();
    expect(spaceFromJson({ ...sound, ...fields })).toBeUndefined();
  });
});
