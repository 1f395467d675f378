import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError, ShapeError } from '../../src/errors.js';
import { TensorBoardSink } from '../../src/logging/tensorBoard.js';
import { nodePlatform } from '../../src/platform/node.js';

let folder: string;
let clockMs: number;
const now = () => clockMs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trpo-tensorboard-'));
  clockMs = 1_700_000_000_500;
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** CRC-32C bit by bit, independent of the table of the package. */
function slowCrc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}

function masked(bytes: Uint8Array): number {
  const checksum = slowCrc32c(bytes);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

function readRecords(file: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(masked(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(masked(data));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

/** The fields of one protocol buffers message: numbers, or bytes for what has a length. */
function readMessage(bytes: Uint8Array): [field: number, value: number | Uint8Array][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const fields: [number, number | Uint8Array][] = [];
  while (at < bytes.length) {
    const key = varint();
    const type = key & 7;
    let value: number | Uint8Array;
    if (type === 0) value = varint();
    else if (type === 1) {
      value = view.getFloat64(at, true);
      at += 8;
    } else if (type === 5) {
      value = view.getFloat32(at, true);
      at += 4;
    } else {
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.push([key >> 3, value]);
  }
  return fields;
}

const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);

async function readScalars(path: string): Promise<{ step: unknown; scalars: Record<string, unknown> }[]> {
  const records = readRecords(new Uint8Array(await readFile(path)));
  return records.slice(2).map((record) => {
    const event = new Map(readMessage(record));
    const scalars = readMessage(event.get(5) as Uint8Array).map(([field, value]) => {
      expect(field).toBe(1);
      const scalar = new Map(readMessage(value as Uint8Array));
      return [text(scalar.get(1)), scalar.get(2)];
    });
    return { step: event.get(2), scalars: Object.fromEntries(scalars) };
  });
}

describe('TensorBoardSink', () => {
  it('starts with the version and a session start at the first step', async () => {
    const sink = new TensorBoardSink(nodePlatform, folder, now);
    clockMs += 1000;
    await sink.write({ 'time/total_timesteps': 2048 });
    const [version, start] = readRecords(new Uint8Array(await readFile(sink.path)));
    const versionEvent = new Map(readMessage(version));
    expect(versionEvent.get(1)).toBe(1_700_000_001.5);
    expect(text(versionEvent.get(3))).toBe('brain.Event:2');
    const startEvent = new Map(readMessage(start));
    expect(startEvent.get(2)).toBe(2048);
    expect(readMessage(startEvent.get(7) as Uint8Array)).toEqual([[1, 1]]);
  });

  it('never goes back in time, though the clock does', async () => {
    const sink = new TensorBoardSink(nodePlatform, folder, now);
    for (const jumpMs of [0, -3_600_000, 3_601_000]) {
      clockMs += jumpMs;
      await sink.write({ 'time/total_timesteps': 1 });
    }
    const records = readRecords(new Uint8Array(await readFile(sink.path)));
    const times = records.map((record) => new Map(readMessage(record)).get(1));
    expect(times).toEqual([0, 0, 0, 0, 1].map((later) => Number(times[0]) + later));
  });

  it('writes numbers and booleans, and no texts or nulls', async () => {
    const sink = new TensorBoardSink(nodePlatform, folder, now);
    await sink.write({
      'time/total_timesteps': 2048,
      'rollout/ep_rew_mean': null,
      'train/entropy': 0.5,
      'train/is_line_search_success': true,
      'train/line_search_reason': 'none',
      'train/größe': Number.NaN,
    });
    await sink.write({ 'time/total_timesteps': 2 ** 53 - 1, 'train/is_line_search_success': false });
    expect(await readScalars(sink.path)).toEqual([
      {
        step: 2048,
        scalars: {
          'time/total_timesteps': 2048,
          'train/entropy': 0.5,
          'train/is_line_search_success': 1,
          'train/größe': Number.NaN,
        },
      },
      {
        step: 2 ** 53 - 1,
        scalars: { 'time/total_timesteps': 2 ** 53, 'train/is_line_search_success': 0 },
      },
    ]);
  });

  it('writes a record longer than one byte of length can tell', async () => {
    const sink = new TensorBoardSink(nodePlatform, folder, now);
    const values = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`group/value ${i}`, i]));
    await sink.write({ 'time/total_timesteps': 0, ...values });
    expect(await readScalars(sink.path)).toEqual([
      { step: 0, scalars: { 'time/total_timesteps': 0, ...values } },
    ]);
  });

  it('gives two sinks of one second two files', async () => {
    for (let i = 0; i < 2; i++) {
      await new TensorBoardSink(nodePlatform, folder, now).write({ 'time/total_timesteps': 1 });
    }
    const names = await readdir(folder);
    expect(names).toHaveLength(2);
    for (const name of names)
      expect(name).toMatch(/^events\.out\.tfevents\.1700000000\.wasm-trpo\.[0-9a-f]{8}$/);
  });

  it.each([undefined, null, 1.5, -1, Number.NaN, '1'])('refuses the step %j', async (step) => {
    const sink = new TensorBoardSink(nodePlatform, folder, now);
    await expect(sink.write({ 'time/total_timesteps': step as number })).rejects.toThrow(ShapeError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes its folder, tells when it cannot, and starts the file properly when it can again', async () => {
    const obstacle = join(folder, 'file');
    await nodePlatform.replaceFile(obstacle, '');
    const sink = new TensorBoardSink(nodePlatform, join(obstacle, 'later'), now);
    await expect(sink.write({ 'time/total_timesteps': 1 })).rejects.toThrow(FileError);
    await rm(obstacle);
    await sink.write({ 'time/total_timesteps': 2 });
    expect((await readScalars(sink.path)).map(({ step }) => step)).toEqual([2]);
  });
});
