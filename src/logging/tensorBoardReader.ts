import { FileError } from '../errors.js';
import { type ProgressRow, progressKey } from './sink.js';
import {
  eventField,
  FRAME_BYTES,
  maskedChecksum,
  SUMMARY_VALUE_FIELD,
  tensorField,
  valueField,
  wireType,
} from './tensorBoardFormat.js';

/** Limits of what a file may make a reader reserve. */
const MOST_STEPS = 1_000_000;
const MOST_TAGS = 1000;

/** A protocol buffers varint has at most 64 bits. */
const LARGEST_VARINT_SCALE = 2 ** 63;

/** Scalars of each step by tag. */
type Scalars = Map<number, Map<string, number>>;

/**
 * The scalars of a TensorBoard event file, a row for each step in ascending order; where a step was logged twice, as after a
 * restart, the later number stands; what is not finite becomes null. A last record that is not whole yet is left out. Throws FileError naming `path` for
 * records whose checksum or content is wrong, or too many steps or tags.
 */
export function readTensorBoardRows(bytes: Uint8Array, path: string): ProgressRow[] {
  const steps: Scalars = new Map();
  const tags = new Set<string>();
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
      addEvent(steps, tags, data);
    } catch (cause) {
      throw cause instanceof RangeError ? damaged(path, offset) : cause;
    }
    if (steps.size > MOST_STEPS || tags.size > MOST_TAGS) {
      throw new FileError(
        `${path} has more than ${MOST_STEPS} steps or ${MOST_TAGS} tags, which is the limit; give a file of one run`,
      );
    }
    offset = end + FRAME_BYTES.tail;
  }
  return [...steps].sort(([a], [b]) => a - b).map(([step, scalars]) => rowOf(step, scalars));
}

/** Through entries, because a tag may be __proto__. */
function rowOf(step: number, scalars: ReadonlyMap<string, number>): ProgressRow {
  const cells = Array.from(scalars, ([tag, value]) => [tag, Number.isFinite(value) ? value : null]);
  return Object.fromEntries([[progressKey.totalTimesteps, step], ...cells]);
}

function damaged(path: string, offset: number): FileError {
  return new FileError(
    `${path}: the record at byte ${offset} is damaged, or this is no TensorBoard event file; restore a copy, or give another file`,
  );
}

function addEvent(steps: Scalars, tags: Set<string>, data: Uint8Array): void {
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
  const row = steps.get(step) ?? new Map<string, number>();
  steps.set(step, row);
  for (const [tag, scalar] of scalars) {
    row.set(tag, scalar);
    tags.add(tag);
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
