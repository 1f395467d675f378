import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileError, ShapeError } from '../../src/errors.js';
import {
  contentChecksum,
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
  type Tensor,
} from '../../src/files/safetensors.js';

const FILE_NAME = 'runs/a/policy.safetensors';

const tensors = new Map<string, Tensor>([
  ['flags', { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 255, 7) }],
  [
    'policy.0.weight',
    { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -0, Number.NaN, 1e-45, 2.5, -Infinity) },
  ],
  ['policy.0.bias', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
  ['mean', { dtype: 'F64', shape: [2], data: Float64Array.of(Math.PI, 5e-324) }],
  ['count', { dtype: 'I64', shape: [], data: BigInt64Array.of(-(2n ** 63n)) }],
  ['actions', { dtype: 'I32', shape: [1, 1], data: Int32Array.of(-(2 ** 31)) }],
  ['stream', { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
  ['a "name"\n', { dtype: 'U8', shape: [1], data: Uint8Array.of(1) }],
]);
const metadata = { environment: 'CartPole-v1', note: 'KL ≤ δ' };
const sound = encodeSafetensors(tensors, metadata);

/** A file with this header and so many data bytes, without a checksum. */
function fileOf(header: unknown, dataBytes = 8): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  return framed(text, dataBytes);
}

function framed(header: Uint8Array, dataBytes: number, headerLength = BigInt(header.length)): Uint8Array {
  const file = new Uint8Array(8 + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, headerLength, true);
  file.set(header, 8);
  return file;
}

function faultOf(file: Uint8Array, options = {}): string {
  try {
    decodeSafetensors(file, FILE_NAME, options);
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    const { message } = error as FileError;
    expect(message).toMatch(/^runs\/a\/policy\.safetensors is not a sound .*restore a copy/);
    expect(message.length).toBeLessThan(500);
    return message;
  }
  throw new Error('an unsound file was accepted');
}

/** One tensor of 8 bytes, with the given fields changed. */
function oneTensor(change: Record<string, unknown>): unknown {
  return { weight: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...change } };
}

function bitsOf({ tensors, metadata }: SafetensorsContent): unknown {
  const plain = [...tensors].map(([name, { dtype, shape, data }]) => ({
    name,
    dtype,
    shape,
    bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  }));
  plain.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { plain, metadata: Object.entries(metadata).sort() };
}

describe('encodeSafetensors', () => {
  it('gives back every bit', () => {
    const decoded = decodeSafetensors(sound, FILE_NAME, { requireChecksum: true });
    expect(bitsOf(decoded)).toEqual(bitsOf({ tensors, metadata }));
    expect(decoded.tensors.get('count')).toEqual(tensors.get('count'));
  });

  it('gives the same bytes whatever the order of the maps, and again after decoding', () => {
    const turned = Object.fromEntries(Object.entries(metadata).reverse());
    expect(encodeSafetensors(new Map([...tensors].reverse()), turned)).toEqual(sound);
    const decoded = decodeSafetensors(sound, FILE_NAME);
    expect(encodeSafetensors(decoded.tensors, decoded.metadata)).toEqual(sound);
  });

  it('aligns the data to 8 bytes and every tensor to its element', () => {
    const headerBytes = Number(new DataView(sound.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(sound.subarray(8, 8 + headerBytes)));
    for (const [name, { data }] of tensors) {
      expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0);
    }
    expect(Object.keys(header)).toEqual([
      ...['__metadata__', 'count', 'mean', 'actions', 'policy.0.bias', 'policy.0.weight', 'stream'],
      ...['a "name"\n', 'flags'],
    ]);
  });

  it('takes no tensors, and a view in the middle of a buffer', () => {
    const none = decodeSafetensors(encodeSafetensors(new Map(), {}), FILE_NAME, { requireChecksum: true });
    expect(none).toEqual({ tensors: new Map(), metadata: {} });
    const memory = Float32Array.of(0, 1, 2, 3);
    const view: Tensor = { dtype: 'F32', shape: [2], data: memory.subarray(1, 3) };
    const file = encodeSafetensors(new Map([['view', view]]), {});
    expect(decodeSafetensors(file, FILE_NAME).tensors.get('view')?.data).toEqual(Float32Array.of(1, 2));
  });

  it('keeps names that objects treat specially', () => {
    const bit: Tensor = { dtype: 'U8', shape: [1], data: Uint8Array.of(1) };
    const names = ['__proto__', 'constructor', 'toString', '2', '10', ''];
    const special = new Map(names.map((name) => [name, bit]));
    const specialMetadata = Object.fromEntries(names.map((name) => [name, `the value of ${name}`]));
    const decoded = decodeSafetensors(encodeSafetensors(special, specialMetadata), FILE_NAME);
    expect([...decoded.tensors.keys()].sort()).toEqual([...names].sort());
    expect(Object.entries(decoded.metadata).sort()).toEqual(Object.entries(specialMetadata).sort());
    expect(Object.getPrototypeOf(decoded.metadata)).toBe(Object.prototype);
  });

  it('refuses what no file can hold', () => {
    const encode = (name: string, tensor: unknown, data = {}) => {
      return () => encodeSafetensors(new Map([[name, tensor as Tensor]]), data);
    };
    const good = { dtype: 'F32', shape: [2], data: new Float32Array(2) };
    expect(encode('w', { ...good, shape: [3] })).toThrow(ShapeError);
    expect(encode('w', { ...good, shape: [-1, -2] })).toThrow(ShapeError);
    expect(encode('w', { ...good, dtype: 'F64' })).toThrow(ShapeError);
    expect(encode('__metadata__', good)).toThrow(ShapeError);
    expect(encode('w', good, { checksum: 'mine' })).toThrow(ShapeError);
    expect(encode('w', good, { large: 'x'.repeat(17_000_000) })).toThrow(ShapeError);
  });
});

describe('decodeSafetensors', () => {
  it('reads a file of the Python library', () => {
    const path = new URL('../recordings/safetensors/python.safetensors', import.meta.url);
    const { tensors, metadata } = decodeSafetensors(readFileSync(path), 'python.safetensors');
    expect(Object.fromEntries(tensors)).toEqual({
      'policy.0.weight': {
        dtype: 'F32',
        shape: [2, 3],
        data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25),
      },
      'policy.0.bias': { dtype: 'F32', shape: [2], data: Float32Array.of(-0, Number.NaN) },
      'normalizer.mean': { dtype: 'F64', shape: [2], data: Float64Array.of(1 / 3, -Infinity) },
      'normalizer.count': { dtype: 'I64', shape: [], data: BigInt64Array.of(2n ** 53n + 1n) },
      actions: { dtype: 'I32', shape: [2, 1], data: Int32Array.of(-1, 2 ** 31 - 1) },
      stream: { dtype: 'U32', shape: [2], data: Uint32Array.of(2 ** 32 - 1, 0) },
      flags: { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 255, 7) },
      empty: { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
    });
    expect(Object.entries(metadata).sort()).toEqual([
      ['__proto__', 'is a key like any other'],
      ['format', 'test'],
      ['naïve', 'δ ≤ 0.01'],
    ]);
  });

  it('reads at any alignment and copies the data', () => {
    for (let shift = 0; shift < 8; shift++) {
      const memory = new Uint8Array(sound.length + shift);
      memory.set(sound, shift);
      const decoded = decodeSafetensors(memory.subarray(shift), FILE_NAME);
      memory.fill(0);
      expect(bitsOf(decoded)).toEqual(bitsOf({ tensors, metadata }));
    }
  });

  it('refuses every length but the whole', () => {
    for (let length = 0; length < sound.length; length++) faultOf(sound.subarray(0, length));
    const longer = new Uint8Array(sound.length + 1);
    longer.set(sound);
    expect(faultOf(longer)).toContain('its data has');
  });

  it('refuses wrong header lengths', () => {
    const header = new TextEncoder().encode('{}');
    expect(decodeSafetensors(framed(header, 0), FILE_NAME).tensors.size).toBe(0);
    for (const length of [0n, 1n, 3n, 2n ** 24n + 1n, 2n ** 31n, 2n ** 32n + 2n, 2n ** 63n, 2n ** 64n - 1n]) {
      faultOf(framed(header, 0, length));
    }
    expect(faultOf(framed(header, 0, 2n ** 40n))).toContain('the limit is 4194304');
    expect(faultOf(framed(header, 0, 3n))).toContain('only 2 follow');
  });

  it.each([
    ['', 'does not start with {'],
    ['[]', 'does not start with {'],
    ['null', 'does not start with {'],
    [' {}', 'does not start with {'],
    ['\ufeff{}', 'does not start with {'],
    ['{', 'not JSON'],
    ['{}}', 'not JSON'],
    ['{"a":NaN}', 'not JSON'],
    ['{"a":[[[[', 'nested deeper'],
    [`{"a":${'['.repeat(1_000_000)}`, 'nested deeper'],
    ['{"a\\"{{{{":1}', 'not an object'],
    [`{${'"a":{},'.repeat(100_000)}"b":{}}`, 'more than 262144 entries'],
  ])('refuses the header %.20s', (header, fault) => {
    expect(faultOf(fileOf(header, 0))).toContain(fault);
  });

  it('refuses a header that is not UTF-8', () => {
    expect(faultOf(framed(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0))).toContain('not UTF-8');
  });

  it.each([null, 1, true, 'text', [], ['a']])(
    'refuses %j as metadata, a metadata value or a tensor',
    (value) => {
      expect(faultOf(fileOf({ tensor: value }, 0))).toContain('tensor "tensor"');
      if (typeof value !== 'string') {
        expect(faultOf(fileOf({ __metadata__: { key: value } }, 0))).toContain('not a string');
      }
      expect(faultOf(fileOf({ __metadata__: value }, 0))).toContain('not an object');
    },
  );

  const huge = 2 ** 53;
  it.each([
    [{ dtype: undefined }, 'dtype missing'],
    [{ dtype: 'F16' }, 'known are F64'],
    [{ dtype: 'f32' }, 'dtype'],
    [{ dtype: '__proto__' }, 'dtype'],
    [{ dtype: 'constructor' }, 'dtype'],
    [{ dtype: 32 }, 'dtype'],
    [{ dtype: ['F32'] }, 'dtype'],
    [{ dtype: 'F64' }, 'needs 16 bytes'],
    [{ dtype: 'U8' }, 'needs 2 bytes'],
    [{ shape: undefined }, 'shape missing'],
    [{ shape: 2 }, 'shape'],
    [{ shape: '2' }, 'shape'],
    [{ shape: {} }, 'shape'],
    [{ shape: { length: 1, 0: 2 } }, 'shape'],
    [{ shape: ['2'] }, 'shape'],
    [{ shape: [null] }, 'shape'],
    [{ shape: [[2]] }, 'nested deeper'],
    [{ shape: [-2] }, 'shape'],
    [{ shape: [-1, -2] }, 'shape'],
    [{ shape: [0.5, 4] }, 'shape'],
    [{ shape: [huge] }, 'shape'],
    [{ shape: [2 ** 30, 2 ** 30] }, 'shape'],
    [{ shape: [2 ** 52] }, 'needs'],
    [{ shape: [2 ** 30, 2 ** 30, 0] }, 'shape'],
    [{ shape: [0] }, 'needs 0 bytes'],
    [{ shape: [] }, 'needs 4 bytes'],
    [{ shape: [3] }, 'needs 12 bytes'],
    [{ data_offsets: undefined }, 'data_offsets missing'],
    [{ data_offsets: 8 }, 'data_offsets'],
    [{ data_offsets: { 0: 0, 1: 8 } }, 'data_offsets'],
    [{ data_offsets: [] }, 'data_offsets'],
    [{ data_offsets: [8] }, 'data_offsets'],
    [{ data_offsets: [0, 8, 8] }, 'data_offsets'],
    [{ data_offsets: ['0', '8'] }, 'data_offsets'],
    [{ data_offsets: [null, 8] }, 'data_offsets'],
    [{ data_offsets: [-8, 0] }, 'data_offsets'],
    [{ data_offsets: [0.5, 8.5] }, 'data_offsets'],
    [{ data_offsets: [8, 0] }, 'data_offsets'],
    [{ data_offsets: [0, huge] }, 'data_offsets'],
    [{ data_offsets: [huge - 9, huge - 1] }, 'starts at data byte'],
    [{ data_offsets: [1, 9] }, 'starts at data byte 1'],
    [{ data_offsets: [0, 4], shape: [1] }, 'its data has 8'],
    [{ data_offsets: [0, 16], shape: [4] }, 'its data has 8'],
  ])('refuses a tensor with %j', (change, fault) => {
    expect(decodeSafetensors(fileOf(oneTensor({})), FILE_NAME).tensors.size).toBe(1);
    expect(faultOf(fileOf(oneTensor(change)))).toContain(fault);
  });

  it('refuses overlaps and gaps between tensors', () => {
    const pair = (begin: number) => ({
      a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] },
      b: { dtype: 'U8', shape: [4], data_offsets: [begin, begin + 4] },
    });
    expect(decodeSafetensors(fileOf(pair(4)), FILE_NAME).tensors.size).toBe(2);
    expect(faultOf(fileOf(pair(3), 7))).toContain('starts at data byte 3, the one before ends at 4');
    expect(faultOf(fileOf(pair(0), 4))).toContain('starts at data byte 0');
    expect(faultOf(fileOf(pair(5), 9))).toContain('starts at data byte 5');
  });

  it('names long and strange texts in short, without control characters', () => {
    const fault = faultOf(fileOf({ [`\u001b[31m${'x'.repeat(1_000_000)}`]: 1 }, 0));
    expect(fault).toContain('\\u001b[31mxxx');
  });
});

describe('checksum', () => {
  it('changes with each part of the content, but not with the order of the map', () => {
    const weight: Tensor = { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) };
    const of = (name: string, tensor: Tensor) => contentChecksum(new Map([[name, tensor]]));
    const all = [
      of('w', weight),
      of('v', weight),
      of('w', { ...weight, shape: [2, 1] }),
      of('w', { ...weight, data: Float32Array.of(1, 2.0000002) }),
      of('w', { dtype: 'U32', shape: [2], data: new Uint32Array(weight.data.buffer) }),
      contentChecksum(new Map([['w', weight]]), { seed: '1' }),
      contentChecksum(new Map()),
    ];
    expect(new Set(all).size).toBe(all.length);
    for (const checksum of all) expect(checksum).toMatch(/^[0-9a-f]{8}$/);
    expect(contentChecksum(new Map([...tensors].reverse()))).toBe(contentChecksum(tensors));
  });

  it('is asked for on demand', () => {
    expect(faultOf(fileOf({}, 0), { requireChecksum: true })).toContain('no checksum');
  });

  it('lets no altered bit pass: the content is equal or the file refused', () => {
    const expected = bitsOf({ tensors, metadata });
    let refused = 0;
    for (let position = 0; position < sound.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        const altered = sound.slice();
        altered[position] ^= 1 << bit;
        let decoded: SafetensorsContent;
        try {
          decoded = decodeSafetensors(altered, FILE_NAME, { requireChecksum: true });
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          refused++;
          continue;
        }
        expect(bitsOf(decoded)).toEqual(expected);
      }
    }
    // Only a blank of the padding can become another kind of blank.
    expect(refused).toBeGreaterThan(sound.length * 8 - 64);
  });

  it('random damage ends in equal content or a FileError, never in another exception', () => {
    let state = 1;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const expected = bitsOf({ tensors, metadata });
    for (let trial = 0; trial < 3000; trial++) {
      const altered = sound.slice(0, random(4) === 0 ? random(sound.length + 1) : sound.length);
      for (let damage = random(6); damage >= 0; damage--) {
        const begin = random(altered.length);
        altered.fill(random(256), begin, begin + 1 + random(random(2) === 0 ? 1 : 20));
      }
      try {
        expect(bitsOf(decodeSafetensors(altered, FILE_NAME, { requireChecksum: true }))).toEqual(expected);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
      }
    }
  });

  it('random header tokens end in a FileError or a consistent content', () => {
    let state = 7;
    const pick = <T>(list: readonly T[]): T => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return list[Math.floor((state / 2 ** 32) * list.length)];
    };
    const values = [
      0,
      1,
      2,
      4,
      8,
      -1,
      0.5,
      1e300,
      null,
      true,
      'F32',
      '',
      [],
      [0],
      [2],
      [0, 8],
      {},
      { a: 'b' },
    ];
    const keys = ['dtype', 'shape', 'data_offsets', '__proto__', 'length'];
    let accepted = 0;
    for (let trial = 0; trial < 20_000; trial++) {
      const change = Object.fromEntries([[pick(keys), pick([...values, values])]]);
      const header = {
        ...(oneTensor(change) as object),
        [pick(['a', '__metadata__', 'weight'])]: pick(values),
      };
      try {
        const { tensors } = decodeSafetensors(fileOf(pick([header, oneTensor(change)])), FILE_NAME);
        for (const { shape, data } of tensors.values())
          expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
        accepted++;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
      }
    }
    expect(accepted).toBeGreaterThan(0);
  });
});
