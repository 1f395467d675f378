import { ROW_TILE } from '../../../src/wasm/kernels.js';
import { random32, roundUp, withStride } from '../support/numbers.js';
import type { Parts } from '../support/parts.js';
import { partsPlayground } from '../support/playground.js';
import { turnsToCos, turnsToSin } from '../support/turns.js';
import { INNER, type KernelContract } from './contract.js';

type VectorKernel = 'expVector' | 'logVector' | 'tanhVector' | 'sinOfTurnsVector' | 'cosOfTurnsVector';

/** The row of an elementary function; its error in ulp is measured in test/kernels/linear. */
function elementary(
  kernel: VectorKernel & keyof Parts,
  twin: (x: number) => number,
  scale: number,
  shift = 0,
) {
  return {
    kernel,
    builds: INNER,
    lengths: [0, 4, 8, 64, 1024],
    tolerance: 2e-7,
    compare: (_, count) => {
      const playground = partsPlayground();
      const x = random32(count, 1, scale).map((value) => Math.fround(value + shift));
      const out = playground.float32Room(count);
      playground.kernels[kernel](out.pointer, playground.float32(x).pointer, count);
      playground.expectGuardsIntact();
      return [{ actual: out.view.slice(), expected: x.map(twin) }];
    },
  } satisfies KernelContract;
}

export const ELEMENTARY_CONTRACTS: readonly KernelContract[] = [
  elementary('expVector', Math.exp, 10),
  elementary('logVector', Math.log, 5, 5),
  elementary('tanhVector', Math.tanh, 3),
  elementary('sinOfTurnsVector', turnsToSin, 0.5, 0.5),
  elementary('cosOfTurnsVector', turnsToCos, 0.5, 0.5),
  {
    kernel: 'expMinusOneFloat64',
    builds: INNER,
    lengths: [1, 1023],
    tolerance: 1e-14,
    compare: (_, count) => {
      const x = random32(count, 2, 20);
      const { expMinusOneFloat64 } = partsPlayground().kernels;
      return [{ actual: x.map((value) => expMinusOneFloat64(value)), expected: x.map(Math.expm1) }];
    },
  },
  {
    kernel: 'toComponentMajor',
    builds: INNER,
    lengths: [1, 3, 4, 5, 7, 8, 63, 64],
    tolerance: 0,
    compare: (_, rows) => [1, 3, 4, 9].map((components) => compareToComponentMajor(rows, components)),
  },
  {
    kernel: 'toRowMajor',
    builds: INNER,
    lengths: [1, 3, 4, 5, 7, 8, 63, 64],
    tolerance: 0,
    compare: (_, rows) => [1, 3, 4, 9].map((components) => compareToRowMajor(rows, components)),
  },
];

/** Row-major values, and the tile [components x ROW_TILE] that holds them, 0 up to a multiple of 4 rows. */
function tilePair(rows: number, components: number) {
  const stride = roundUp(components, 4);
  const rowMajor = withStride(random32(rows * components, 3), components, stride);
  const tile = new Float64Array(components * ROW_TILE).fill(NaN);
  for (let component = 0; component < components; component++) {
    for (let row = 0; row < roundUp(rows, 4); row++) {
      tile[component * ROW_TILE + row] = row < rows ? rowMajor[row * stride + component] : 0;
    }
  }
  return { stride, rowMajor, tile };
}

function compareToComponentMajor(rows: number, components: number) {
  const { stride, rowMajor, tile } = tilePair(rows, components);
  const playground = partsPlayground();
  const out = playground.float32Room(tile.length);
  const values = playground.float32(rowMajor).pointer;
  playground.kernels.toComponentMajor(out.pointer, values, stride, rows, components);
  playground.expectGuardsIntact();
  return { actual: out.view.slice(), expected: tile };
}

function compareToRowMajor(rows: number, components: number) {
  const { stride, rowMajor, tile } = tilePair(rows, components);
  const playground = partsPlayground();
  const out = playground.float32Room(rowMajor.length);
  playground.kernels.toRowMajor(out.pointer, stride, playground.float32(tile).pointer, rows, components);
  playground.expectGuardsIntact();
  return { actual: out.view.slice(), expected: rowMajor };
}
