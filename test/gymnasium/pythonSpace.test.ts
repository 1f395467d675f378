import { expect, test } from 'vitest';
import { Box } from '../../src/environments/spaces.js';
import { EnvironmentError } from '../../src/errors.js';
import { spaceOfPython } from '../../src/gymnasium/pythonSpace.js';

test('a Box has one bound for all numbers, or one for each', () => {
  const described = { kind: 'Box', low: 0, high: 255, shape: [84, 84, 4], dtype: 'uint8' };
  const image = spaceOfPython(described) as Box;
  expect(image.stackSize).toBe(1);
  expect(spaceOfPython({ ...described, stackSize: 4 })).toMatchObject({ stackSize: 4 });
  expect([image.shape, image.dtype, image.low[5], image.high[5]]).toEqual([[84, 84, 4], 'uint8', 0, 255]);
  const box = spaceOfPython({ kind: 'Box', low: [-1, '-inf'], high: 'inf', shape: [2], dtype: 'float32' });
  expect(box).toEqual(new Box({ low: [-1, -Infinity], high: [Infinity, Infinity] }));
});

test('choices keep their start and their masks, names their order', () => {
  expect(spaceOfPython({ kind: 'Discrete', n: 4, start: 2, masked: true })).toMatchObject({
    n: 4,
    start: 2,
    masked: true,
  });
  const dict = spaceOfPython({
    kind: 'Dict',
    names: ['b', 'a'],
    spaces: [
      { kind: 'MultiBinary', n: 2 },
      { kind: 'Tuple', spaces: [{ kind: 'MultiDiscrete', counts: [2, 3], start: [0, 1] }] },
    ],
  });
  expect(dict).toMatchObject({
    kind: 'Dict',
    names: ['b', 'a'],
    spaces: [{ n: 2 }, { spaces: [{ counts: [2, 3] }] }],
  });
});

test('what is no space is refused', () => {
  expect(() => spaceOfPython({ kind: 'Graph' })).toThrow(EnvironmentError);
});
