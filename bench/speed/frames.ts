import { Box } from '../../src/environments/spaces.js';
import { Batch } from '../../src/rollout/batch.js';
import { FrameWriter, reserveFrameRoom } from '../../src/rollout/frameWriter.js';
import { copyRow, observationRow } from '../../src/vector/vectorEnvironment.js';
import { createEngine } from '../../src/wasm/load.js';
import type { BenchContext } from '../report/section.js';
import type { Table } from '../report/table.js';
import { medianMilliseconds } from './measure.js';

const ENVIRONMENTS = 8;
const STEPS = 64;
const SPACE = new Box({ low: 0, high: 255, shape: [84, 84, 4], dtype: 'uint8', stackSize: 4 });
const [HEIGHT, WIDTH, DEPTH] = SPACE.shape;
const PIXELS = HEIGHT * WIDTH;
const CHUNK_ROWS = ENVIRONMENTS;

/** What the stacks of images of one tick cost between the environments' answer and the first layer. */
export function frames({ module }: BenchContext): Table {
  const engine = createEngine(module);
  const shape = { observationStride: SPACE.size, distribution: { actionSize: 1, maskWords: 0 } };
  const stack = { depth: DEPTH, pixels: PIXELS, channels: 1 };
  const { layout } = Batch.reserve(engine, shape, STEPS, ENVIRONMENTS, stack);
  const room = reserveFrameRoom(engine, layout.pool!, 'bench');
  const chunk = engine.arena.reserveFloat32('chunk', CHUNK_ROWS * SPACE.size);
  engine.arena.seal();
  const places = Array.from({ length: ENVIRONMENTS }, (_, index) => () => `environment ${index}`);
  const writer = new FrameWriter(engine, layout, layout.pool!, room, 0, places);
  const answers = Array.from({ length: STEPS }, (_, step) => answerOf(step));
  const rows = places.map(() => observationRow(SPACE) as Uint8Array);
  const takeAll = () => {
    answers.forEach((answer, step) => {
      rows.forEach((row, index) => {
        copyRow(row, answer, index);
        writer.put(step, index, row);
      });
    });
  };
  const readAll = () => {
    for (let step = 0; step < STEPS; step++) {
      const row = step * ENVIRONMENTS;
      engine.kernels.readObservations(layout.frameRows, row, ENVIRONMENTS, chunk, SPACE.size);
    }
  };
  takeAll();
  readAll();
  const last = engine.arena.float32(chunk, CHUNK_ROWS * SPACE.size);
  const isSame = last.every((value, i) => value === Math.fround(answers[STEPS - 1][i] / 255));
  if (!isSame) throw new Error('frames that were read differ from those that were put');
  const [take, read] = medianMilliseconds([
    { name: 'take', run: takeAll },
    { name: 'read', run: readAll },
  ]);
  return {
    title: `Images: ${ENVIRONMENTS} stacks of ${SPACE.shape.join(' x ')} in one tick`,
    notes: ['verified: what is read equals the bytes over 255'],
    rows: [
      { part: 'bytes to frames of the batch', 'ms a tick': take / STEPS },
      { part: 'frames to float32 for the first layer', 'ms a tick': read / STEPS },
    ],
  };
}

/** What 8 environments answer at a step: stacks that move by one frame. */
function answerOf(step: number): Uint8Array {
  const pixel = (environment: number, frame: number, i: number) =>
    (environment * 71 + frame * 37 + i * 13) % 251;
  return Uint8Array.from({ length: ENVIRONMENTS * SPACE.size }, (_, i) => {
    const [environment, within] = [Math.floor(i / SPACE.size), i % SPACE.size];
    return pixel(environment, step + (within % DEPTH), Math.floor(within / DEPTH));
  });
}
