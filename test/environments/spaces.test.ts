import { describe, expect, it } from 'vitest';
import { Box, Discrete, MultiBinary, MultiDiscrete } from '../../src/environments/spaces.js';
import { OptionError } from '../../src/errors.js';

describe('Box', () => {
  it('takes arrays, numbers with a size, or one of each', () => {
    expect(new Box({ low: [-1, -2], high: [1, 2] })).toMatchObject({ low: [-1, -2], high: [1, 2], size: 2 });
    expect(new Box({ low: -1, high: 1, size: 3 })).toMatchObject({ low: [-1, -1, -1], high: [1, 1, 1] });
    expect(new Box({ low: 0, high: [1, 2] })).toMatchObject({ low: [0, 0], high: [1, 2] });
    expect(new Box({ low: [0, 1], high: 2 })).toMatchObject({ low: [0, 1], high: [2, 2] });
  });

  it('contains vectors within its bounds, the bounds included', () => {
    const box = new Box({ low: [-1, 0], high: [1, Infinity] });
    for (const member of [[-1, 0], [1, 1e30], new Float32Array([0.5, 2])]) {
      expect(box.contains(member)).toBe(true);
    }
    for (const other of [
      [-1.1, 0],
      [0, -0.1],
      [0],
      [0, 0, 0],
      [Number.NaN, 0],
      ['0', 0],
      0,
      null,
      undefined,
    ]) {
      expect(box.contains(other)).toBe(false);
    }
  });

  it('has the shape [size] and float32 numbers unless told otherwise', () => {
    expect(new Box({ low: [-1, -2], high: 1 })).toMatchObject({ shape: [2], dtype: 'float32' });
    const image = new Box({ low: 0, high: 255, shape: [3, 4, 2], dtype: 'uint8' });
    expect(image).toMatchObject({ size: 24, shape: [3, 4, 2], dtype: 'uint8' });
    expect(image.high).toEqual(new Array(24).fill(255));
    expect(new Box({ low: 0, high: 1, shape: [2, 2], size: 4 }).size).toBe(4);
  });

  it('of images may be a stack of frames', () => {
    const space = { low: 0, high: 255, shape: [5, 6, 12], dtype: 'uint8' as const };
    expect(new Box(space).stackSize).toBe(1);
    expect(new Box({ ...space, stackSize: 4 }).stackSize).toBe(4);
    for (const wrong of [
      { ...space, stackSize: 5 },
      { ...space, stackSize: 0 },
      { ...space, stackSize: 1.5 },
      { ...space, stackSize: 4, shape: [30, 12] },
      { ...space, stackSize: 4, dtype: 'float32' as const },
    ]) {
      expect(() => new Box(wrong)).toThrow(OptionError);
      expect(() => new Box(wrong)).toThrow(/a stack has bytes \[height, width, channels\]/);
    }
  });

  it('of uint8 contains whole numbers alone', () => {
    const image = new Box({ low: 0, high: [255, 9], dtype: 'uint8' });
    for (const member of [[0, 9], new Uint8Array([255, 0])]) expect(image.contains(member)).toBe(true);
    for (const other of [[0.5, 0], [0, 10], [-1, 0], [256, 0], [0]]) {
      expect(image.contains(other)).toBe(false);
    }
  });

  it('is not changed through the arrays it was made from', () => {
    const low = [0];
    const box = new Box({ low, high: [1] });
    low[0] = -5;
    expect(box.low).toEqual([0]);
  });

  it.each([
    { low: [0, 0], high: [1] },
    { low: 0, high: 1 },
    { low: [], high: [] },
    { low: [2], high: [1] },
    { low: [Number.NaN], high: [1] },
    { low: 0, high: 1, size: 0 },
    { low: 0, high: 1, size: 0.5 },
    { low: 0, high: 1, size: 4, shape: [2, 3] },
    { low: [0, 0], high: 1, shape: [3] },
    { low: 0, high: 1, shape: [] },
    { low: 0, high: 1, shape: [2, 0] },
    { low: 0, high: 1, shape: [0.5, 2] },
    { low: 0, high: 1, shape: 4 as never },
    { low: 0, high: 1, size: 1, dtype: 'float64' as never },
    { low: 0, high: 256, size: 1, dtype: 'uint8' as const },
    { low: -1, high: 1, size: 1, dtype: 'uint8' as const },
    { low: 0, high: 0.5, size: 1, dtype: 'uint8' as const },
  ])('refuses $low, $high, size $size, shape $shape, $dtype', (bounds) => {
    expect(() => new Box(bounds)).toThrow(OptionError);
  });
});

describe('Discrete', () => {
  it('contains 0 .. n - 1', () => {
    const space = new Discrete(3);
    for (const member of [0, 1, 2]) expect(space.contains(member)).toBe(true);
    for (const other of [-1, 3, 0.5, Number.NaN, '1', [1], null, undefined]) {
      expect(space.contains(other)).toBe(false);
    }
  });

  it('contains start .. start + n - 1', () => {
    const space = new Discrete(3, { start: -1 });
    expect(space.start).toBe(-1);
    for (const member of [-1, 0, 1]) expect(space.contains(member)).toBe(true);
    for (const other of [-2, 2, -0.5]) expect(space.contains(other)).toBe(false);
    expect(new Discrete(3).start).toBe(0);
  });

  it.each([-1, null, { begin: 1 }, { start: 0.5 }, { start: '1' }, { start: null }, { start: 2 ** 53 }])(
    'refuses %o as its second argument',
    (options) => {
      expect(() => new Discrete(3, options as never)).toThrow(OptionError);
    },
  );

  it('says how a start is given', () => {
    expect(() => new Discrete(3, -1 as never)).toThrow(
      /second argument is -1; give an object such as { start: -1 }/,
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses n = %d', (n) => {
    expect(() => new Discrete(n)).toThrow(OptionError);
  });
});

describe('MultiDiscrete', () => {
  it('contains vectors of whole numbers, each below its count', () => {
    const space = new MultiDiscrete([2, 3]);
    for (const member of [[0, 0], [1, 2], new Int32Array([1, 1])]) expect(space.contains(member)).toBe(true);
    for (const other of [[2, 0], [0, 3], [0], [0, 0, 0], [0.5, 0], [-1, 0], 1, null]) {
      expect(space.contains(other)).toBe(false);
    }
  });

  it('contains vectors from its start on', () => {
    const space = new MultiDiscrete([2, 3], { start: [1, -1] });
    for (const member of [
      [1, -1],
      [2, 1],
    ])
      expect(space.contains(member)).toBe(true);
    for (const other of [
      [0, 0],
      [3, 0],
      [1, -2],
      [1, 2],
    ])
      expect(space.contains(other)).toBe(false);
    expect(new MultiDiscrete([2, 3]).start).toEqual([0, 0]);
  });

  it.each([[[1]], [[1, 2, 3]], [[0.5, 0]], [1], [null]])('refuses the start %o for two counts', (start) => {
    expect(() => new MultiDiscrete([2, 3], { start: start as never })).toThrow(OptionError);
  });

  it('refuses counts below 1, and none at all', () => {
    expect(() => new MultiDiscrete([2, 0])).toThrow(OptionError);
    expect(() => new MultiDiscrete([])).toThrow(OptionError);
  });
});

describe('MultiBinary', () => {
  it('contains vectors of zeros and ones', () => {
    const space = new MultiBinary(2);
    for (const member of [[0, 1], new Uint8Array([1, 1])]) expect(space.contains(member)).toBe(true);
    for (const other of [[2, 0], [0.5, 0], [0], [0, 0, 0], 1, null])
      expect(space.contains(other)).toBe(false);
  });

  it('refuses n below 1', () => {
    expect(() => new MultiBinary(0)).toThrow(OptionError);
  });
});
