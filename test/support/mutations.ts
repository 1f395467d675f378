import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/files/safetensors.js';
import { FRAME_BYTES, maskedChecksum } from '../../src/logging/tensorBoardFormat.js';
import { RandomStream } from '../../src/random/philox.js';

/** A file that was altered, and how. */
export interface Mutation {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** One way to alter a file. */
type Alter = (file: Uint8Array, random: Draw) => Uint8Array;

/** Every alteration is named by its number: the same numbers give the same files. */
class Draw {
  private readonly stream: RandomStream;

  constructor(number: number) {
    this.stream = new RandomStream(number);
  }

  /** 0 .. count - 1 */
  below(count: number): number {
    return Math.floor(count * this.stream.uniform());
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)];
  }
}

const BYTES: Readonly<Record<string, Alter>> = {
  'bits flipped': (file, random) => {
    const altered = file.slice();
    for (let flips = 1 + random.below(8); flips > 0 && file.length > 0; flips--) {
      altered[random.below(file.length)] ^= 1 << random.below(8);
    }
    return altered;
  },
  'bytes overwritten': (file, random) => {
    const altered = file.slice();
    const start = random.below(file.length);
    const end = start + 1 + random.below(random.pick([4, 16, 256]));
    const fill = random.pick([0x00, 0xff, 0x20, 0x22, 0x30, 0x5b, undefined]);
    for (let i = start; i < Math.min(end, file.length); i++) altered[i] = fill ?? random.below(256);
    return altered;
  },
  'cut off': (file, random) => file.slice(0, random.below(file.length)),
  'bytes inserted': (file, random) => {
    const at = random.below(file.length + 1);
    const inserted = Uint8Array.from({ length: 1 + random.below(64) }, () => random.below(256));
    return spliced(file, at, at, inserted);
  },
  'bytes removed': (file, random) => {
    const at = random.below(file.length);
    return spliced(file, at, Math.min(file.length, at + 1 + random.below(64)), new Uint8Array(0));
  },
  'ranges swapped': (file, random) => {
    const length = 1 + random.below(Math.max(1, Math.min(64, file.length >> 2)));
    const [a, b] = [random.below(file.length - length), random.below(file.length - length)];
    const altered = file.slice();
    altered.set(file.subarray(a, a + length), b);
    altered.set(file.subarray(b, b + length), a);
    return altered;
  },
};

/** Also without their quotes, for texts that JSON.stringify cannot give. */
const PLACEHOLDER = '\u0001raw';
const RAW_TEXTS: readonly ((random: Draw) => string)[] = [
  () => '1e999',
  () => '-1e999',
  () => '-0',
  (random) => {
    const depth = random.pick([1, 5, 10_000]);
    return `${'['.repeat(depth)}${']'.repeat(depth)}`;
  },
  () => '{"__proto__":{"a":1},"toString":1,"constructor":null}',
  (random) => `[${'0,'.repeat(random.pick([1, 100, 20_000]))}0]`,
  (random) => `"${'x'.repeat(random.pick([100, 100_000]))}"`,
  () => 'NaN',
];
const JSON_EXTREMES: readonly unknown[] = [
  ...[0, -1, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e16, 1e308, 5e-324, null, true, false],
  ...['', 'inf', '\u001b[31m', [], {}, [[]], { length: 3 }, { toString: 1 }, PLACEHOLDER],
];

/** A JSON text that differs in one place and is valid but for the raw text NaN. */
function altersJson(text: string, random: Draw): string {
  const root = { value: JSON.parse(text) as unknown };
  const places: [Record<string, unknown>, string][] = [];
  const visit = (parent: Record<string, unknown>, key: string) => {
    places.push([parent, key]);
    const value = parent[key];
    if (typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(value)) visit(value as Record<string, unknown>, name);
  };
  visit(root, 'value');
  const [parent, key] = random.pick(places);
  const [other, otherKey] = random.pick(places);
  switch (random.below(8)) {
    case 0:
      delete parent[key];
      break;
    case 1:
      [parent[key], other[otherKey]] = [other[otherKey], parent[key]].map((value) =>
        value === undefined ? null : structuredClone(value),
      );
      break;
    case 2:
      if (typeof parent[key] === 'number') parent[key] = (parent[key] as number) + random.pick([-1, 1, 0.5]);
      else parent[key] = [parent[key]];
      break;
    default:
      parent[key] = random.pick(JSON_EXTREMES);
  }
  const altered = JSON.stringify(root.value) ?? 'null';
  const raw = altered.replace(JSON.stringify(PLACEHOLDER), () => random.pick(RAW_TEXTS)(random));
  // the first key once more
  return random.below(12) === 0 ? raw.replace(/^\{("[^"]*"):/, '{$1:0,$1:') : raw;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (content: string) => new TextEncoder().encode(content);

/** Edits of a safetensors header whose checksum is then wrong, if it covers what was edited. */
const HEADER: Readonly<Record<string, Alter>> = {
  'header edited': (file, random) => {
    const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    const header = bytesOf(altersJson(text(file.subarray(8, 8 + headerBytes)), random));
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    return spliced(spliced(file, 8, 8 + headerBytes, header), 0, 8, length);
  },
  'header length changed': (file, random) => {
    const altered = file.slice();
    const length = random.pick([0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, BigInt(file.length)]);
    new DataView(altered.buffer).setBigUint64(0, length, true);
    return altered;
  },
};

const NUMBERS = [0, -0, -1, 1, 2 ** 31, 2 ** 53, 1e38, -1e38, 1e308, 5e-324, NaN, Infinity, -Infinity, 0.5];

/** Content that was altered before the file was written, so that its checksum is right. */
const RESEALED: Readonly<Record<string, Alter>> = {
  'numbers of a tensor, sealed': (file, random) => {
    const { tensors, metadata } = decodeSafetensors(file, 'file');
    const { data } = random.pick([...tensors.values()]) as { data: Float64Array };
    const start = random.below(data.length);
    const end = start + random.pick([1, 1, 4, data.length]);
    if (data.length > 0) data.fill(random.pick(NUMBERS), start, end);
    return encodeSafetensors(tensors, metadata);
  },
  'a tensor, sealed': (file, random) => {
    const { tensors, metadata } = decodeSafetensors(file, 'file');
    const [name, { data, shape }] = random.pick([...tensors]);
    tensors.delete(name);
    const elements = Array.from(data as Float64Array);
    const size = random.pick([0, 1, data.length - 1, data.length + 1, 2 * data.length, 1000]);
    const changed = Array.from({ length: Math.max(0, size) }, (_, i) => elements[i] ?? 0.5);
    const tensor = random.pick<Tensor | undefined>([
      undefined,
      { dtype: 'F64', shape, data: Float64Array.from(elements) },
      { dtype: 'F32', shape, data: Float32Array.from(elements) },
      { dtype: 'U8', shape, data: Uint8Array.from(elements) },
      { dtype: 'F64', shape: [changed.length], data: Float64Array.from(changed) },
      { dtype: 'F32', shape: [changed.length], data: Float32Array.from(changed) },
      { dtype: 'F32', shape: [...shape].reverse(), data: Float32Array.from(elements) },
      { dtype: 'F64', shape: [1, ...shape], data: Float64Array.from(elements) },
    ]);
    if (tensor !== undefined) tensors.set(random.pick([name, name, `${name}x`, '__proto__']), tensor);
    return encodeSafetensors(tensors, metadata);
  },
  'metadata, sealed': (file, random) => {
    const { tensors, metadata } = decodeSafetensors(file, 'file');
    const key = random.pick(
      ['policy', 'run', 'policy', 'run', 'format', 'version'].filter((name) => metadata[name]),
    );
    const changed = { ...metadata };
    if (key === 'policy' || key === 'run') changed[key] = altersJson(metadata[key], random);
    else
      changed[key] = random.pick(['', '2', '01', 'wasm-trpo/checkpoint', 'x'.repeat(10_000), '\u001b[31m']);
    if (random.below(20) === 0) delete changed[key];
    return encodeSafetensors(tensors, changed);
  },
};

const LINES: Readonly<Record<string, Alter>> = {
  'lines moved': (file, random) => {
    const lines = text(file).split('\n');
    const line = random.pick(lines);
    if (random.below(2) === 0) lines.splice(random.below(lines.length), 1);
    lines.splice(random.below(lines.length + 1), 0, random.pick([line, '', line.slice(0, 10), '{}', 'null']));
    return bytesOf(lines.join(random.pick(['\n', '\n', '\r\n'])));
  },
};

const JSON_LINE: Readonly<Record<string, Alter>> = {
  'a line edited': (file, random) => {
    const lines = text(file).split('\n');
    const at = random.below(lines.length - 1);
    lines[at] = altersJson(lines[at], random);
    return bytesOf(lines.join('\n'));
  },
};

const CELLS: Readonly<Record<string, Alter>> = {
  'a cell edited': (file, random) => {
    const lines = text(file).split('\n');
    const at = random.below(lines.length - 1);
    const cells = lines[at].split(',');
    const extremes = [
      '1e308',
      '1e999',
      'nan',
      'inf',
      '"',
      '""',
      '"a,b"',
      '2024-01-01T00:00:00Z',
      '__proto__',
      '0x10',
    ];
    cells[random.below(cells.length)] = random.pick([...extremes, '9'.repeat(10_000), ',,,', '\t', ' ']);
    lines[at] = cells.join(',');
    return bytesOf(lines.join('\n'));
  },
};

const RECORDS: Readonly<Record<string, Alter>> = {
  'a record, sealed': (file, random) => {
    const records: Uint8Array[] = [];
    for (
      let at = 0;
      at < file.length;
      at += FRAME_BYTES.head + records[records.length - 1].length + FRAME_BYTES.tail
    ) {
      const length = new DataView(file.buffer, file.byteOffset + at).getUint32(0, true);
      records.push(file.subarray(at + FRAME_BYTES.head, at + FRAME_BYTES.head + length));
    }
    const at = random.below(records.length);
    records[at] = BYTES[random.pick(Object.keys(BYTES))](records[at], random);
    return records.map(framed).reduce((all, record) => spliced(all, all.length, all.length, record));
  },
};

const JSON_FILE: Readonly<Record<string, Alter>> = {
  'an entry edited': (file, random) => bytesOf(altersJson(text(file), random)),
};

/** What can happen to each kind of file; all kinds of alterations are equally frequent. */
const ALTERATIONS = {
  safetensors: { ...BYTES, ...HEADER, ...RESEALED },
  json: { ...BYTES, ...JSON_FILE },
  jsonl: { ...BYTES, ...LINES, ...JSON_LINE },
  csv: { ...BYTES, ...LINES, ...CELLS },
  events: { ...BYTES, ...RECORDS },
} as const satisfies Record<string, Readonly<Record<string, Alter>>>;

export type FileFormat = keyof typeof ALTERATIONS;

/** The alteration of a sound file with this number. */
export function mutate(file: Uint8Array, format: FileFormat, number: number): Mutation {
  const random = new Draw(number);
  const kinds: Readonly<Record<string, Alter>> = ALTERATIONS[format];
  const kind = random.pick(Object.keys(kinds));
  return { kind, bytes: kinds[kind](file, random) };
}

/** Whether a safetensors file that was altered in this way has the checksum of its new content. */
export function isSealed(kind: string): boolean {
  return Object.hasOwn(RESEALED, kind);
}

/** Data as a TFRecord. */
export function framed(data: Uint8Array): Uint8Array {
  const { length, head, tail } = FRAME_BYTES;
  const frame = new Uint8Array(head + data.length + tail);
  const view = new DataView(frame.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(length, maskedChecksum(frame.subarray(0, length)), true);
  frame.set(data, head);
  view.setUint32(head + data.length, maskedChecksum(data), true);
  return frame;
}

/** The file with `inserted` in place of the bytes from `start` to `end`. */
function spliced(file: Uint8Array, start: number, end: number, inserted: Uint8Array): Uint8Array {
  const whole = new Uint8Array(file.length - (end - start) + inserted.length);
  whole.set(file.subarray(0, start));
  whole.set(inserted, start);
  whole.set(file.subarray(end), start + inserted.length);
  return whole;
}
