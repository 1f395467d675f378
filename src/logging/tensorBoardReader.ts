import { FileError } from '../errors.js';
import { wireType } from '../files/protobuf.js';
import { type ProgressRow, progressKey } from './sink.js';
import {
  eventField,
  FRAME_BYTES,
  maskedChecksum,
  SUMMARY_VALUE_FIELD,
  tensorField,
  valueField,
} from './tensorBoardFormat.js';

/** Limits of what a file may make a reader reserve. */
const MOST_STEPS = 1_000_000;
const MOST_TAGS = 1000;

/** A protocol buffers varint has at most 64 bits. */
const LARGEST_VARINT_SCALE = 2 ** 63;

/**
 * The scalars of a TensorBoard event file, a row for each step in ascending order; where a step was logged twice, as after a
 * restart, the later number stands; what is not finite becomes null. A last record that is not whole yet is left out. Throws
 * FileError naming `path` for records whose checksum or content is wrong, or too many steps or tags.
 */
export function readTensorBoardRows(bytes: Uint8Array, path: string): ProgressRow[] {
  const log: ScalarLog = { steps: new Map(), tags: new Map() };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset + FRAME_BYTES.head <= bytes.length) {
    const length = Number(view.getBigUint64(offset, true));
    const head = bytes.subarray(offset, offset + FRAME_BYTES.length);
    if (view.getUint32(offset + FRAME_BYTES.length, true) !== maskedChecksum(head))
      throw damaged(path, offset);
    const end = offset + FRAME_BYTES.head + length;
    if (end + FRAME_BYTES.tail > bytes.length) break;
    const data = bytes.subarray(offset + FRAME_BYTES.head, end);
    if (view.getUint32(end, true) !== maskedChecksum(data)) throw damaged(path, offset);
    try {
      addEvent(log, data);
    } catch (cause) {
      throw cause instanceof RangeError ? damaged(path, offset) : cause;
    }
    if (log.steps.size > MOST_STEPS || log.tags.size > MOST_TAGS) {
      throw new FileError(
        `${path} has more than ${MOST_STEPS} steps or ${MOST_TAGS} tags, which is the limit; give a file of one run`,
      );
    }
    offset = end + FRAME_BYTES.tail;
  }
  return rowsOf(log);
}

/** What was logged so far. Objects that are filled key by key would take many times the memory of the file. */
interface ScalarLog {
  /** For each step the number of a tag, its scalar, the number of another tag, and so on. */
  readonly steps: Map<number, number[]>;
  readonly tags: Map<string, number>;
}

function rowsOf({ steps, tags }: ScalarLog): ProgressRow[] {
  const names = [...tags.keys()];
  return [...steps.keys()]
    .sort((a, b) => a - b)
    .map((step) => {
      const scalars = steps.get(step)!;
      steps.delete(step);
      const cells: [string, number | null][] = [[progressKey.totalTimesteps, step]];
      for (let i = 0; i < scalars.length; i += 2) {
        cells.push([names[scalars[i]], Number.isFinite(scalars[i + 1]) ? scalars[i + 1] : null]);
      }
      return Object.fromEntries(cells);
    });
}

function damaged(path: string, offset: number): FileError {
  return new FileError(
    `${path}: the record at byte ${offset} is damaged, or this is no TensorBoard event file; restore a copy, or give another file`,
  );
}

function addEvent({ steps, tags }: ScalarLog, data: Uint8Array): void {
  let step = 0;
  const scalars: [string, number][] = [];
  for (const { field, number, content } of fieldsOf(data)) {
    if (field === eventField.step) {
      if (!Number.isFinite(number)) throw new RangeError('the step is no number');
      step = number;
    }
    if (field !== eventField.summary || content === undefined) continue;
    for (const value of fieldsOf(content)) {
      if (value.field === SUMMARY_VALUE_FIELD && value.content !== undefined)
        addScalar(scalars, value.content);
      if (scalars.length > MOST_TAGS) throw new RangeError('more scalars than tags');
    }
  }
  if (scalars.length === 0) return;
  const logged = steps.get(step) ?? [];
  steps.set(step, logged);
  for (const [tag, scalar] of scalars) {
    const number = tags.get(tag) ?? tags.size;
    tags.set(tag, number);
    logged.push(number, scalar);
  }
}

function addScalar(scalars: [string, number][], data: Uint8Array): void {
  let tag = '';
  let scalar: number | undefined;
  for (const { field, number, content } of fieldsOf(data)) {
    if (field === valueField.tag && content !== undefined) tag = new TextDecoder().decode(content);
    if (field === valueField.simpleValue) scalar = number;
    if (field === valueField.tensor && content !== undefined) scalar = scalarOf(content);
  }
  if (scalar !== undefined) scalars.push([tag, scalar]);
}

/** The number of a float tensor that has only one; undefined for others, such as pictures. */
function scalarOf(tensor: Uint8Array): number | undefined {
  for (const { field, number, content } of fieldsOf(tensor)) {
    if (field === tensorField.floats && content === undefined) return number;
    const isOne = content?.length === Float32Array.BYTES_PER_ELEMENT;
    if ((field === tensorField.floats || field === tensorField.content) && isOne) {
      return new DataView(content.buffer, content.byteOffset).getFloat32(0, true);
    }
  }
  return undefined;
}

interface Field {
  readonly field: number;
  /** Of numeric fields; 0 for others. */
  readonly number: number;
  /** Of fields with a length. */
  readonly content?: Uint8Array;
}

/** The fields of a protocol buffers message. Throws RangeError where it ends too early or has a wire type that is not known. */
function* fieldsOf(data: Uint8Array): Generator<Field> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let offset = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; scale <= LARGEST_VARINT_SCALE; scale *= 128) {
      const byte = view.getUint8(offset++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('a number of more than 64 bits');
  };
  while (offset < data.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    switch (key % 8) {
      case wireType.varint:
        yield { field, number: varint() };
        break;
      case wireType.fixed64:
        yield { field, number: view.getFloat64(offset, true) };
        offset += 8;
        break;
      case wireType.fixed32:
        yield { field, number: view.getFloat32(offset, true) };
        offset += 4;
        break;
      case wireType.lengthDelimited: {
        const length = varint();
        if (offset + length > data.length) throw new RangeError('the field ends after its message');
        yield { field, number: 0, content: data.subarray(offset, offset + length) };
        offset += length;
        break;
      }
      default:
        throw new RangeError(`wire type ${key % 8}`);
    }
  }
}
