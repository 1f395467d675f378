import { ShapeError } from '../errors.js';
import { concatenate } from '../files/concatenate.js';
import { ProtobufMessage } from '../files/protobuf.js';
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
} from './tensorBoardFormat.js';

const FILE_VERSION = 'brain.Event:2';

/** Writes a TensorBoard event file: one scalar per number or boolean of a row, at its total of timesteps. */
export class TensorBoardSink implements LogSink {
  /** The event file, which the first row creates. */
  readonly path: string;
  private hasStarted = false;
  private latestSeconds = 0;

  /** folder: TensorBoard shows it as a run; made where there is none. now: the time in milliseconds since 1970. */
  constructor(
    private readonly platform: Platform,
    private readonly folder: string,
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
    if (!this.hasStarted) await this.platform.makeDirectory(this.folder);
    await this.platform.appendFile(this.path, concatenate(records));
    this.hasStarted = true;
  }
}

/** The session start makes TensorBoard drop what a stopped run logged at this step and after it. */
function openingRecords(wallTimeSeconds: number, step: number): Uint8Array[] {
  const sessionLog = new ProtobufMessage().integer(SESSION_STATUS_FIELD, SESSION_START);
  return [
    record(event(wallTimeSeconds).text(eventField.fileVersion, FILE_VERSION)),
    record(event(wallTimeSeconds).integer(eventField.step, step).message(eventField.sessionLog, sessionLog)),
  ];
}

function scalarsEvent(wallTimeSeconds: number, step: number, row: ProgressRow): ProtobufMessage {
  const summary = new ProtobufMessage();
  for (const [key, value] of Object.entries(row)) {
    if (typeof value !== 'number' && typeof value !== 'boolean') continue;
    const scalar = new ProtobufMessage()
      .text(valueField.tag, key)
      .float32(valueField.simpleValue, Number(value));
    summary.message(SUMMARY_VALUE_FIELD, scalar);
  }
  return event(wallTimeSeconds).integer(eventField.step, step).message(eventField.summary, summary);
}

function event(wallTimeSeconds: number): ProtobufMessage {
  return new ProtobufMessage().float64(eventField.wallTime, wallTimeSeconds);
}

/** TFRecord: length (8 bytes, little-endian), its checksum, data, its checksum. */
function record(event: ProtobufMessage): Uint8Array {
  const data = event.encode();
  const frame = new Uint8Array(FRAME_BYTES.head + data.length + FRAME_BYTES.tail);
  const view = new DataView(frame.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedChecksum(frame.subarray(0, 8)), true);
  frame.set(data, FRAME_BYTES.head);
  view.setUint32(FRAME_BYTES.head + data.length, maskedChecksum(data), true);
  return frame;
}
