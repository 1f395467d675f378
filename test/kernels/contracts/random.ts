import { philox4x32, StreamPurpose } from '../../../src/random/philox.js';
import { ROW_TILE } from '../../../src/wasm/kernels.js';
import { seededUniform, widened } from '../support/numbers.js';
import { partsPlayground, playgroundOf } from '../support/playground.js';
import { turnsToCos, turnsToSin } from '../support/turns.js';
import { EXPORTED, INNER, type KernelContract } from './contract.js';

const KEY = [0x12345678, 0x9abcdef0];

function words(counter: number[]): Uint32Array {
  const out = new Uint32Array(4);
  philox4x32(KEY, counter, out);
  return out;
}

/** In (0, 1] with 24 bits. */
function uniformOf(word: number): number {
  return ((word >>> 8) + 1) / 16777216;
}

/** Box and Muller 1958. */
function normalPair(uniform: number, turns: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(uniform));
  return [radius * turnsToCos(turns), radius * turnsToSin(turns)];
}

function expectedUniform(component: number, environment: number, step: bigint): number {
  const high = Number((step >> 32n) << 8n) | StreamPurpose.actions;
  const counter = [component >> 2, environment, Number(step & 0xffffffffn), high];
  return uniformOf(words(counter)[component & 3]);
}

export const RANDOM_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'philox4x32',
    builds: INNER,
    lengths: [1, 1023],
    tolerance: 0,
    compare: (_, count) => {
      const playground = partsPlayground();
      const out = playground.uint32([0, 0, 0, 0]);
      const next = seededUniform(1);
      const word = () => Math.floor(next() * 4294967296);
      return Array.from({ length: count }, () => {
        const [key0, key1, c0, c1, c2, c3] = Array.from({ length: 6 }, word);
        const expected = new Uint32Array(4);
        philox4x32([key0, key1], [c0, c1, c2, c3], expected);
        playground.kernels.philox4x32(out.pointer, key0, key1, c0, c1, c2, c3);
        return { actual: out.view.slice(), expected };
      });
    },
  },
  {
    kernel: 'drawUniforms',
    builds: INNER,
    lengths: [0, 1, 3, 4, 5, 7, 8, 63, 64],
    tolerance: 0,
    compare: (_, rows) =>
      [1, 4, 6].flatMap((components) =>
        [0n, 5n, 2n ** 32n + 5n, 2n ** 52n].map((step) => {
          const playground = partsPlayground();
          const out = playground.float32Room(components * ROW_TILE);
          const room = playground.uint32([0, 0, 0, 0]).pointer;
          playground.kernels.drawUniforms(out.pointer, components, rows, KEY[0], KEY[1], 7, step, room);
          playground.expectGuardsIntact();
          const expected = widened(out.view);
          for (let component = 0; component < components; component++) {
            for (let row = 0; row < rows; row++) {
              expected[component * ROW_TILE + row] = expectedUniform(component, 7 + row, step);
            }
          }
          return { label: `${components} at step ${step}`, actual: out.view.slice(), expected };
        }),
      ),
  },
  {
    kernel: 'uniformsToNormals',
    builds: INNER,
    lengths: [0, 1, 3, 4, 5, 7, 8, 63, 64],
    tolerance: 1e-6,
    compare: (_, rows) => {
      const playground = partsPlayground();
      const next = seededUniform(2);
      const uniforms = Float64Array.from({ length: 4 * ROW_TILE }, () => uniformOf(next() * 4294967296));
      const values = playground.float32(uniforms);
      playground.kernels.uniformsToNormals(values.pointer, 4, rows);
      playground.expectGuardsIntact();
      const actual: number[] = [];
      const expected: number[] = [];
      for (const component of [0, 2]) {
        for (let row = 0; row < rows; row++) {
          const first = component * ROW_TILE + row;
          actual.push(values.view[first], values.view[first + ROW_TILE]);
          expected.push(...normalPair(uniforms[first], uniforms[first + ROW_TILE]));
        }
      }
      return [{ actual, expected }];
    },
  },
  {
    kernel: 'standardNormals',
    builds: EXPORTED,
    lengths: [0, 8, 64, 1024],
    tolerance: 1e-6,
    compare: (build, count) => {
      const playground = playgroundOf(build);
      const out = playground.float32Room(count);
      playground.kernels.standardNormals(out.pointer, count, KEY[0], KEY[1], 3, StreamPurpose.initialization);
      playground.expectGuardsIntact();
      const expected = new Float64Array(count);
      for (let i = 0; i < count; i += 8) {
        const block = (number: number) => words([number, 3, 0, StreamPurpose.initialization]);
        const radii = block(i / 4);
        const turns = block(i / 4 + 1);
        for (let lane = 0; lane < 4; lane++) {
          const [first, second] = normalPair(uniformOf(radii[lane]), uniformOf(turns[lane]));
          expected[i + lane] = first;
          expected[i + 4 + lane] = second;
        }
      }
      return [{ actual: out.view.slice(), expected }];
    },
  },
];
