import { ShapeError } from '../errors.js';
import { concatenate } from '../files/concatenate.js';
import type { Platform } from '../platform/platform.js';
import { type LogSink, type ProgressRow, progressKey } from './sink.js';
import {
  eventField,
  FRAME_BYTES,
  maskedChecksum,
  SESSION_START,
  SESSION_STATUS_FIELD,
  SUMMARY_VALUE_FIELD,
  valueField,
  wireType,
} from './tensorBoardFormat.js';

const FILE_VERSION = 'brain.Event:2';

/** Writes a TensorBoard event file: one scalar per number or boolean of a row, at its total of timesteps. */
export class TensorBoardSink implements LogSink {
  /** The event file, which the first row creates. */
  readonly path: string;
  private hasStarted = false;
  private latestSeconds = 0;

  /** folder: an existing one; TensorBoard shows it as a run. now: the time in milliseconds since 1970. */
  constructor(
    private readonly platform: Platform,
    folder: string,
    private readonly now: () => number = Date.now,
  ) {
    const seconds = Math.floor(now() / 1000);
    // Two runs may start within one second.
    const random = crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, '0');
    this.path = platform.joinPath(folder, `events.out.tfevents.${seconds}.wasm-trpo.${random}`);
  }

  async write(row: ProgressRow): Promise<void> {
    const step = row[progressKey.totalTimesteps];
    if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) {
      throw new ShapeError(
        `TensorBoard: the row's ${progressKey.totalTimesteps} is ${step}; give the whole number of steps so far`,
      );
    }
    // a clock that was set back must not put later steps before earlier ones
    const wallTimeSeconds = Math.max(this.now() / 1000, this.latestSeconds);
    this.latestSeconds = wallTimeSeconds;
    const records = this.hasStarted ? [] : openingRecords(wallTimeSeconds, step);
    records.push(record(scalarsEvent(wallTimeSeconds, step, row)));
    await this.platform.appendFile(this.path, concatenate(records));
    this.hasStarted = true;
  }
}

/** The session start tells TensorBoard to forget what a stopped run logged at this step and after it. */
function openingRecords(wallTimeSeconds: number, step: number): Uint8Array[] {
  const sessionLog = varintField(SESSION_STATUS_FIELD, SESSION_START);
  return [
    record(
      concatenate([
        doubleField(eventField.wallTime, wallTimeSeconds),
        bytesField(eventField.fileVersion, new TextEncoder().encode(FILE_VERSION)),
      ]),
    ),
    record(
      concatenate([
        doubleField(eventField.wallTime, wallTimeSeconds),
        varintField(eventField.step, step),
        bytesField(eventField.sessionLog, sessionLog),
      ]),
    ),
  ];
}

function scalarsEvent(wallTimeSeconds: number, step: number, row: ProgressRow): Uint8Array {
  const values: Uint8Array[] = [];
  for (const [key, value] of Object.entries(row)) {
    if (typeof value !== 'number' && typeof value !== 'boolean') continue;
    const scalar = concatenate([
      bytesField(valueField.tag, new TextEncoder().encode(key)),
      floatField(valueField.simpleValue, Number(value)),
    ]);
    values.push(bytesField(SUMMARY_VALUE_FIELD, scalar));
  }
  return concatenate([
    doubleField(eventField.wallTime, wallTimeSeconds),
    varintField(eventField.step, step),
    bytesField(eventField.summary, concatenate(values)),
  ]);
}

/** TFRecord: length (8 bytes, little-endian), its checksum, data, its checksum. */
function record(data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES.head + data.length + FRAME_BYTES.tail);
  const view = new DataView(frame.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedChecksum(frame.subarray(0, 8)), true);
  frame.set(data, FRAME_BYTES.head);
  view.setUint32(FRAME_BYTES.head + data.length, maskedChecksum(data), true);
  return frame;
}

// Protocol buffers: a field is a key (number and wire type), then its content.
// https://protobuf.dev/programming-guides/encoding/
function fieldKey(field: number, type: number): number {
  return (field << 3) | type;
}

/** Seven bits per byte, the lowest first; value is a whole number up to 2^53. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function varintField(field: number, value: number): Uint8Array {
  return concatenate([varint(fieldKey(field, wireType.varint)), varint(value)]);
}

function bytesField(field: number, content: Uint8Array): Uint8Array {
  return concatenate([varint(fieldKey(field, wireType.lengthDelimited)), varint(content.length), content]);
}

function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return concatenate([varint(fieldKey(field, wireType.fixed64)), bytes]);
}

function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concatenate([varint(fieldKey(field, wireType.fixed32)), bytes]);
}
