import { describe, expect, test } from 'vitest';
import { ShapeError } from '../../src/errors.js';
import { ParameterLayout } from '../../src/network/parameterLayout.js';
import { random32, roundUp } from '../kernels/support/numbers.js';
import { packPanels } from '../kernels/support/panels.js';
import { networkOf } from '../support/networks.js';

const SHAPES = [1, 2, 3, 4, 5, 7, 8, 9, 17].flatMap((inputSize) =>
  [[], [1], [5], [8, 12], [9, 3, 6], [64, 64]].flatMap((hiddenSizes) =>
    [1, 2, 4, 6, 11].flatMap((outputSize) =>
      [0, 1, 3, 4].map((logStdSize) => ({ inputSize, hiddenSizes, outputSize, logStdSize })),
    ),
  ),
);

function layoutOf({ logStdSize, ...spec }: (typeof SHAPES)[number]): ParameterLayout {
  return new ParameterLayout(networkOf({ ...spec, activation: 'tanh' }), logStdSize);
}

describe('ParameterLayout', () => {
  test('unpad after pad gives every parameter back, and padding is 0', () => {
    for (const shape of SHAPES) {
      const layout = layoutOf(shape);
      const values = random32(layout.count, 1).map((x) => x || 1);
      const padded = new Float64Array(layout.paddedCount).fill(NaN);
      layout.pad(values, padded);
      expect(layout.unpad(padded, new Float64Array(layout.count))).toEqual(values);
      expect(padded.filter((x) => x !== 0).length).toBe(layout.count);
    }
  });

  test('counts what a paper would count, in parts that follow each other', () => {
    for (const shape of SHAPES) {
      const layout = layoutOf(shape);
      const sizes = [shape.inputSize, ...shape.hiddenSizes, shape.outputSize];
      const expected = sizes.slice(1).reduce((sum, size, i) => sum + (sizes[i] + 1) * size, shape.logStdSize);
      expect(layout.count).toBe(expected);
      let offset = 0;
      for (const part of layout.parts) {
        expect(part.paddedOffset).toBe(offset);
        offset += part.shape.reduce((product, size) => product * roundUp(size, 4), 1);
      }
      expect(layout.paddedCount).toBe(offset);
    }
  });

  test("counts the paper's 364 and 4806 on 9 and 92 observations, its 8206 on none, and fewer on the robots' own", () => {
    const ofRobot = (observations: number, hidden: number, actions: number) =>
      layoutOf({
        inputSize: observations,
        hiddenSizes: [hidden],
        outputSize: actions,
        logStdSize: actions,
      }).count;
    const observationsFor = (count: number, hidden: number, actions: number) =>
      Array.from({ length: 200 }, (_, i) => i + 1).filter((size) => ofRobot(size, hidden, actions) === count);
    // arXiv:1502.05477, table 2: Swimmer, Hopper, Walker
    expect(observationsFor(364, 30, 2)).toEqual([9]);
    expect(observationsFor(4806, 50, 3)).toEqual([92]);
    expect(observationsFor(8206, 50, 6)).toEqual([]);
    expect([ofRobot(8, 30, 2), ofRobot(11, 50, 3), ofRobot(17, 50, 6)]).toEqual([334, 756, 1212]);
  });

  test('lays weights out as panels, then biases, then log standard deviations', () => {
    const layout = layoutOf({ inputSize: 3, hiddenSizes: [10], outputSize: 2, logStdSize: 2 });
    const values = Float64Array.from({ length: layout.count }, (_, i) => i + 1);
    const padded = new Float64Array(layout.paddedCount);
    layout.pad(values, padded);
    const expected = [
      ...packPanels(values.subarray(0, 30), 3, 10),
      ...[...values.subarray(30, 40), 0, 0],
      ...packPanels(values.subarray(40, 60), 10, 2),
      ...[61, 62, 0, 0],
      ...[63, 64, 0, 0],
    ];
    expect([...padded]).toEqual(expected);
    expect(layout.describe()).toBe(
      'dense0/weight [3 x 10], dense0/bias [10], dense1/weight [10 x 2], dense1/bias [2], logStd [2]',
    );
    expect(layout.layers[1].bias).toEqual({
      name: 'dense1/bias',
      shape: [2],
      offset: 30 + 10 + 20,
      paddedOffset: 12 * 4 + 12 + 4 * 12,
      paddedRows: 1,
    });
    expect(layout.logStd?.offset).toBe(62);
  });

  test('refuses vectors of another length', () => {
    const layout = layoutOf({ inputSize: 2, hiddenSizes: [], outputSize: 1, logStdSize: 0 });
    const padded = new Float64Array(layout.paddedCount);
    expect(() => layout.pad([1, 2], padded)).toThrow(ShapeError);
    expect(() => layout.pad([1, 2, 3, 4], padded)).toThrow(/4 numbers, this network has 3/);
  });
});
