import { expect, test } from 'vitest';
import {
  actionColumns,
  copyActionRows,
  type PolicyRowShape,
  policyColumns,
  reserveRows,
} from '../../src/policy/policyRows.js';
import { Arena } from '../../src/wasm/arena.js';

const SHAPE: PolicyRowShape = { observationStride: 8, distribution: { actionSize: 3, maskWords: 2 } };
const newArena = () => new Arena(new WebAssembly.Memory({ initial: 1 }));

test('reserves each column with its width, under a name that tells whose it is', () => {
  const arena = newArena();
  reserveRows(arena, 'act', actionColumns(SHAPE), 2);
  reserveRows(arena, 'batch', policyColumns(SHAPE), 5);
  expect(arena.reservations.map(({ name, bytes }) => [name, bytes / 4])).toEqual([
    ['act observations', 16],
    ['act masks', 4],
    ['act actions', 6],
    ['act logProbabilities', 2],
    ['batch observations', 40],
    ['batch masks', 10],
    ['batch actions', 15],
    ['batch logProbabilities', 5],
    ['batch advantages', 5],
  ]);
});

test('columns without width take no place', () => {
  const arena = newArena();
  const unmasked = { ...SHAPE, distribution: { actionSize: 3, maskWords: 0 } };
  expect(reserveRows(arena, 'act', actionColumns(unmasked), 2).masks).toBe(0);
  expect(arena.reservations.map(({ name }) => name)).toEqual([
    'act observations',
    'act actions',
    'act logProbabilities',
  ]);
});

test('copies chosen rows of every column that acting knows, and no other', () => {
  const arena = newArena();
  const from = reserveRows(arena, 'batch', policyColumns(SHAPE), 5);
  const to = reserveRows(arena, 'copied', policyColumns(SHAPE), 2);
  arena.seal();
  const widths = { observations: 8, masks: 2, actions: 3, logProbabilities: 1, advantages: 1 } as const;
  const columns = Object.entries(widths) as [keyof typeof widths, number][];
  for (const [column, width] of columns) {
    arena.float32(from[column], 5 * width).forEach((_, i, view) => {
      view[i] = 100 * width + i;
    });
  }
  copyActionRows(arena, SHAPE, from, Int32Array.of(1, 4), to);
  for (const [column, width] of columns) {
    const all = arena.float32(from[column], 5 * width);
    const expected = [...all.subarray(width, 2 * width), ...all.subarray(4 * width)];
    const copied = [...arena.float32(to[column], 2 * width)];
    expect(copied).toEqual(column === 'advantages' ? [0, 0] : expected);
  }
});
