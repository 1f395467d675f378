import { ROW_TILE } from '../../../src/wasm/kernels.js';
import { maskColumn, random32 } from '../support/numbers.js';
import { partsPlayground } from '../support/playground.js';
import { INNER, type KernelContract } from './contract.js';

/** Choices of one part: masks of this many bytes end within a word. */
const CHOICES = 7;
const ROWS = [1, 3, 4, 5, 63, 64];
/** What a forbidden logit becomes; nothing a network gives is as low. */
const FORBIDDEN = Math.fround(-1e30);

/** masks [rows x CHOICES], of which each row allows one choice at least. */
function randomMasks(rows: number): Uint8Array {
  const uniform = random32(rows * CHOICES, 51);
  return Uint8Array.from(uniform, (value, i) =>
    value > 0.2 || i % CHOICES === Math.floor(i / CHOICES) % CHOICES ? 1 : 0,
  );
}

/** values [rows x CHOICES] as a tile [CHOICES x ROW_TILE]. */
function tileOf(values: ArrayLike<number>, rows: number): Float64Array {
  const tile = new Float64Array(CHOICES * ROW_TILE);
  for (let i = 0; i < rows * CHOICES; i++) {
    tile[(i % CHOICES) * ROW_TILE + Math.floor(i / CHOICES)] = values[i];
  }
  return tile;
}

export const MASK_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'forbidChoices',
    builds: INNER,
    lengths: ROWS,
    tolerance: 0,
    compare: (_, rows) => {
      const playground = partsPlayground();
      const logits = random32(rows * CHOICES, 52);
      const masks = randomMasks(rows);
      const inputs = playground.float32(tileOf(logits, rows));
      const column = maskColumn(masks, { inputSize: CHOICES, maskWords: Math.ceil(CHOICES / 4) });
      const words = playground.float32(new Float32Array(column.buffer));
      playground.kernels.forbidChoices(inputs.pointer, words.pointer, CHOICES, rows);
      playground.expectGuardsIntact();
      const expected = tileOf(
        logits.map((logit, i) => (masks[i] === 1 ? logit : FORBIDDEN)),
        rows,
      );
      return [{ actual: inputs.view.slice(), expected }];
    },
  },
  {
    kernel: 'limitToAllowed',
    builds: INNER,
    lengths: ROWS,
    tolerance: 0,
    compare: (_, rows) => {
      const masks = randomMasks(rows);
      const last = Array.from({ length: rows }, (_row, row) =>
        masks.subarray(row * CHOICES, (row + 1) * CHOICES).lastIndexOf(1),
      );
      const logits = Array.from(masks, (allowed, i) => (allowed === 1 ? -(i % 90) : FORBIDDEN));
      // what rounding leaves over goes to the last choice of all; any other draw is allowed
      return [last.map(() => CHOICES - 1), last, last.map(() => 0)].map((drawn, label) => {
        const playground = partsPlayground();
        const inputs = playground.float32(tileOf(logits, rows));
        const action = playground.float32(
          Float64Array.from({ length: ROW_TILE }, (_i, row) => drawn[row] ?? 0),
        );
        playground.kernels.limitToAllowed(action.pointer, inputs.pointer, CHOICES, rows);
        playground.expectGuardsIntact();
        const expected = drawn.map((choice, row) => Math.min(choice, last[row]));
        return { label: `draw ${label}`, actual: action.view.slice(0, rows), expected };
      });
    },
  },
];
