import { expect, test } from 'vitest';
import { networkSpec } from '../../../src/network/networkSpec.js';
import { ParameterLayout } from '../../../src/network/parameterLayout.js';
import { NULL_POINTER, type Pointer } from '../../../src/wasm/kernels.js';
import { random32, roundUp, SIZES } from '../support/numbers.js';
import { packPanels } from '../support/panels.js';
import { partsPlayground } from '../support/playground.js';

const START_AT_ZERO = 0;
const ROWS = 23;

test.each([4, 8, 12, 32, 36, 64])(
  'a row has the same bits whatever rows are computed with it, %i columns',
  (columns) => {
    const playground = partsPlayground();
    const inner = 17;
    const a = playground.float32(random32(ROWS * inner, 1));
    const b = playground.float32(packPanels(random32(inner * columns, 2), inner, columns)).pointer;
    const together = playground.float32Room(ROWS * columns);
    const apart = playground.float32Room(ROWS * columns);
    const multiply = (c: Pointer, from: Pointer, rows: number) =>
      playground.kernels.multiplyRows(
        c,
        columns,
        from,
        inner,
        b,
        rows,
        inner,
        columns,
        START_AT_ZERO,
        NULL_POINTER,
      );
    multiply(together.pointer, a.pointer, ROWS);
    for (const group of [1, 2, 3, 4, 5, 7]) {
      apart.view.fill(NaN);
      for (let row = 0; row < ROWS; row += group) {
        const c = (apart.pointer + 4 * row * columns) as Pointer;
        const from = (a.pointer + 4 * row * inner) as Pointer;
        multiply(c, from, Math.min(group, ROWS - row));
      }
      expect(apart.view).toEqual(together.view);
    }
  },
);

test('a matrix transposed twice is itself', () => {
  for (const inner of SIZES) {
    for (const columns of SIZES) {
      const playground = partsPlayground();
      const matrix = playground.float32(packPanels(random32(inner * columns, 3), inner, columns));
      const once = playground.float32Room(matrix.view.length);
      const twice = playground.float32Room(matrix.view.length);
      const [rows, width] = [roundUp(inner, 4), roundUp(columns, 4)];
      playground.kernels.transposePanels(once.pointer, matrix.pointer, rows, width);
      playground.kernels.transposePanels(twice.pointer, once.pointer, width, rows);
      expect(twice.view).toEqual(matrix.view);
    }
  }
});

test('the kernels, ParameterLayout and the definition of panels agree on where a number lies', () => {
  const { panelOffsetOf } = partsPlayground().kernels;
  for (const inner of SIZES) {
    for (const columns of SIZES) {
      const matrix = Float64Array.from({ length: inner * columns }, (_, i) => i + 1);
      const layout = new ParameterLayout(networkSpec([inner], [], columns));
      const padded = new Float64Array(layout.paddedCount);
      layout.pad([...matrix, ...new Float64Array(columns)], padded);
      const panels = packPanels(matrix, inner, columns);
      expect(padded.subarray(0, panels.length)).toEqual(panels);
      const [rows, width] = [roundUp(inner, 4), roundUp(columns, 4)];
      for (let i = 0; i < matrix.length; i++) {
        const offset = panelOffsetOf(Math.floor(i / columns), i % columns, rows, width);
        expect(panels[offset]).toBe(matrix[i]);
      }
    }
  }
});
