import { FileError, ShapeError } from '../errors.js';
import { crc32c } from './crc32.js';
import { isCounter, isObject, parseJson, type Refuse, shown } from './json.js';

// The format (https://github.com/huggingface/safetensors): header length in 8 bytes, JSON header, data.

const LENGTH_BYTES = 8;
const ALIGNMENT_BYTES = 8;
const METADATA_KEY = '__metadata__';
const CHECKSUM_KEY = 'checksum';
/**
 * Limits of what a header may make a reader reserve, some ten megabytes. The engine's own headers have some thousand bytes; a
 * checkpoint of 4096 environments has 12,300 tensors in a megabyte.
 */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
const MAX_TENSORS = 16384;
/** header { tensor { shape [ ] } }; a tensor of 4 dimensions has 14 marks. */
const HEADER_LIMITS = { depth: 3, marks: 16 * MAX_TENSORS };

/** The array type of each element type. Files and WebAssembly hosts are both little-endian. */
const arrayTypes = {
  F64: Float64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const;

export type Dtype = keyof typeof arrayTypes;

/** data holds the elements in row-major order; their number is the product of shape ([] is one element). */
export type Tensor = {
  [D in Dtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: InstanceType<(typeof arrayTypes)[D]>;
  };
}[Dtype];

export interface SafetensorsContent {
  readonly tensors: Map<string, Tensor>;
  /** Without the checksum. */
  readonly metadata: Record<string, string>;
}

interface DataSpan {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** From the start of the data. */
  readonly beginBytes: number;
  readonly endBytes: number;
}

/**
 * The bytes of a safetensors file: the same content gives the same bytes, whatever the order of the maps.
 * Throws ShapeError when a tensor's shape, type and data disagree or a name is reserved.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const inFileOrder = sortForFile(tensors);
  for (const [name, tensor] of inFileOrder) requireSoundTensor(name, tensor);
  if (Object.hasOwn(metadata, CHECKSUM_KEY)) {
    throw new ShapeError(`safetensors: the metadata key "${CHECKSUM_KEY}" is reserved; choose another key`);
  }

  const checksum = contentChecksum(tensors, metadata);
  const fields = [`"${METADATA_KEY}":${sortedJson({ ...metadata, [CHECKSUM_KEY]: checksum })}`];
  let dataBytes = 0;
  for (const [name, { dtype, shape, data }] of inFileOrder) {
    const info = { dtype, shape, data_offsets: [dataBytes, dataBytes + data.byteLength] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
    dataBytes += data.byteLength;
  }
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(header.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  if (headerBytes > MAX_HEADER_BYTES || inFileOrder.length > MAX_TENSORS) {
    throw new ShapeError(
      `safetensors: ${inFileOrder.length} tensors with a header of ${headerBytes} bytes; the limits are ${MAX_TENSORS} and ${MAX_HEADER_BYTES}: write several files`,
    );
  }

  const file = new Uint8Array(LENGTH_BYTES + headerBytes + dataBytes);
  new DataView(file.buffer).setUint32(0, headerBytes, true);
  file.fill(' '.charCodeAt(0), LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  file.set(header, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const [, { data }] of inFileOrder) {
    file.set(bytesOf(data), offset);
    offset += data.byteLength;
  }
  return file;
}

/** The metadata of a file, without a look at its tensors. Throws FileError as `decodeSafetensors`. */
export function metadataOf(bytes: Uint8Array, fileName: string): Readonly<Record<string, string>> {
  return openHeader(bytes, refusalFor(fileName)).metadata;
}

/**
 * Tensors (copies of the data) and metadata of a safetensors file. The checksum is verified if there is one;
 * `requireChecksum` refuses a file without, so that no altered byte passes. With `shareBytes` the tensors are views of `bytes`
 * where their alignment allows, for those who copy from them anyway. Any unsound file is a FileError.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  fileName: string,
  options: { readonly requireChecksum?: boolean; readonly shareBytes?: boolean } = {},
): SafetensorsContent {
  const refuse = refusalFor(fileName);
  const { spans, metadata, dataStart } = openHeader(bytes, refuse);

  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, beginBytes, endBytes } of spans) {
    const ArrayType = arrayTypes[dtype];
    const start = bytes.byteOffset + dataStart + beginBytes;
    const length = (endBytes - beginBytes) / ArrayType.BYTES_PER_ELEMENT;
    // the data may start at any byte of a foreign file, and typed arrays need alignment
    const isShared = options.shareBytes && start % ArrayType.BYTES_PER_ELEMENT === 0;
    const data = isShared ? new ArrayType(bytes.buffer as ArrayBuffer, start, length) : new ArrayType(length);
    if (!isShared) bytesOf(data).set(bytes.subarray(dataStart + beginBytes, dataStart + endBytes));
    tensors.set(name, { dtype, shape, data } as Tensor);
  }
  const { [CHECKSUM_KEY]: stored, ...ownMetadata } = metadata;
  if (stored === undefined && options.requireChecksum) refuse('it has no checksum');
  if (stored !== undefined) {
    const actual = contentChecksum(tensors, ownMetadata);
    if (stored !== actual) refuse(`its checksum is ${shown(stored)}, its content has "${actual}"`);
  }
  return { tensors, metadata: ownMetadata };
}

function refusalFor(fileName: string): Refuse {
  return (fault) => {
    throw new FileError(
      `${fileName} is not a sound safetensors file: ${fault}; it is cut off, altered or of another kind: restore a copy or give another file`,
    );
  };
}

/** What a file says of itself, and at which byte its data begins. */
function openHeader(bytes: Uint8Array, refuse: Refuse) {
  const headerBytes = readHeaderLength(bytes, refuse);
  const dataStart = LENGTH_BYTES + headerBytes;
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), refuse);
  const { spans, metadata } = readHeader(header, refuse);
  requireSeamless(spans, bytes.length - dataStart, refuse);
  return { spans, metadata, dataStart };
}

/** CRC-32C, as 8 hexadecimal digits, of all that a file means: metadata, names, types, shapes and data. */
export function contentChecksum(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): string {
  const encoder = new TextEncoder();
  let checksum = crc32c(encoder.encode(sortedJson(metadata)));
  for (const [name, { dtype, shape, data }] of sortForFile(tensors)) {
    checksum = crc32c(encoder.encode(JSON.stringify([name, dtype, shape])), checksum);
    checksum = crc32c(bytesOf(data), checksum);
  }
  return checksum.toString(16).padStart(8, '0');
}

/** Larger elements first, so that each tensor is aligned to its own element size; then by name. */
function sortForFile(tensors: ReadonlyMap<string, Tensor>): [string, Tensor][] {
  return [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || compareNames(nameA, nameB),
  );
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** By hand, because an object would put its integer-like keys first and lose the key __proto__. */
function sortedJson(record: Readonly<Record<string, string>>): string {
  const entries = Object.entries(record).sort(([a], [b]) => compareNames(a, b));
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

function bytesOf(data: Tensor['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function requireSoundTensor(name: string, { dtype, shape, data }: Tensor): void {
  if (name === METADATA_KEY) throw new ShapeError(`safetensors: "${name}" is reserved; rename the tensor`);
  const size = elementCount(shape);
  if (!(data instanceof arrayTypes[dtype]) || size !== data.length) {
    throw new ShapeError(
      `safetensors: tensor ${shown(name)} is ${dtype} [${shape}] but its data is ${data.constructor.name} of ${data.length}; make them agree`,
    );
  }
}

/** The product of a shape, or undefined when it is not a list of whole numbers or is too large to count. */
function elementCount(shape: readonly unknown[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!isCounter(size)) return undefined;
    count *= size;
    if (!isCounter(count)) return undefined;
  }
  return count;
}

function readHeaderLength(bytes: Uint8Array, refuse: Refuse): number {
  if (bytes.length < LENGTH_BYTES) {
    refuse(`it has ${bytes.length} bytes, the header length alone takes ${LENGTH_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerBytes > MAX_HEADER_BYTES) {
    refuse(`its header has ${headerBytes} bytes, the limit is ${MAX_HEADER_BYTES}`);
  }
  if (headerBytes > bytes.length - LENGTH_BYTES) {
    refuse(`its header has ${headerBytes} bytes, only ${bytes.length - LENGTH_BYTES} follow`);
  }
  return headerBytes;
}

function parseHeader(headerText: Uint8Array, refuse: Refuse): object {
  if (headerText[0] !== '{'.charCodeAt(0)) refuse('its header does not start with {');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(headerText);
  } catch {
    return refuse('its header is not UTF-8');
  }
  // what starts with { is an object
  return parseJson(text, 'its header', HEADER_LIMITS, refuse) as object;
}

function readHeader(
  header: object,
  refuse: Refuse,
): { spans: DataSpan[]; metadata: Readonly<Record<string, string>> } {
  const entries = Object.entries(header);
  if (entries.length > MAX_TENSORS + 1)
    refuse(`it has ${entries.length} tensors, the limit is ${MAX_TENSORS}`);
  const spans: DataSpan[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of entries) {
    if (name === METADATA_KEY) metadata = readMetadata(value, refuse);
    else spans.push(readSpan(name, value, refuse));
  }
  return { spans, metadata };
}

function readMetadata(value: unknown, refuse: Refuse): Record<string, string> {
  if (!isObject(value)) return refuse(`${METADATA_KEY} is ${shown(value)}, not an object`);
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== 'string') refuse(`${METADATA_KEY}: ${shown(key)} is ${shown(entry)}, not a string`);
  }
  return value as Record<string, string>;
}

function readSpan(name: string, value: unknown, refuse: Refuse): DataSpan {
  const tensor = `tensor ${shown(name)}`;
  if (!isObject(value)) return refuse(`${tensor} is ${shown(value)}, not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(arrayTypes, dtype)) {
    return refuse(`${tensor} has dtype ${shown(dtype)}, known are ${Object.keys(arrayTypes).join(', ')}`);
  }
  const size = Array.isArray(shape) ? elementCount(shape) : undefined;
  if (size === undefined) return refuse(`${tensor} has shape ${shown(shape)}, not a list of sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCounter)) {
    return refuse(`${tensor} has data_offsets ${shown(offsets)}, not [begin, end]`);
  }
  const [beginBytes, endBytes] = offsets;
  const sizeBytes = size * arrayTypes[dtype as Dtype].BYTES_PER_ELEMENT;
  if (endBytes - beginBytes !== sizeBytes) {
    refuse(`${tensor} needs ${sizeBytes} bytes, its data_offsets ${shown(offsets)} give another number`);
  }
  return { name, dtype: dtype as Dtype, shape: shape as number[], beginBytes, endBytes };
}

/** The spans must cover the data from first to last byte, each byte once. */
function requireSeamless(spans: readonly DataSpan[], dataBytes: number, refuse: Refuse): void {
  let coveredBytes = 0;
  const byPosition = [...spans].sort((a, b) => a.beginBytes - b.beginBytes || a.endBytes - b.endBytes);
  for (const { name, beginBytes, endBytes } of byPosition) {
    if (beginBytes !== coveredBytes) {
      refuse(
        `tensor ${shown(name)} starts at data byte ${beginBytes}, the one before ends at ${coveredBytes}`,
      );
    }
    coveredBytes = endBytes;
  }
  if (coveredBytes !== dataBytes) refuse(`its tensors take ${coveredBytes} bytes, its data has ${dataBytes}`);
}
