import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { Box, Discrete, MultiBinary, MultiDiscrete } from '../../src/environments/spaces.js';
import { FileError, MismatchError } from '../../src/errors.js';
import {
  type Dtype,
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
  type Tensor,
} from '../../src/files/safetensors.js';
import { readCsvRows } from '../../src/logging/csvReader.js';
import { readProgress } from '../../src/logging/progressFile.js';
import { readTensorBoardRows } from '../../src/logging/tensorBoardReader.js';
import { ACTIVATIONS } from '../../src/network/networkSpec.js';
import { nodePlatform } from '../../src/platform/node.js';
import type { Platform } from '../../src/platform/platform.js';
import { policySpec } from '../../src/policy/policySpec.js';
import { specFromJson, specToJson } from '../../src/policy/policySpecJson.js';
import { RunDirectory } from '../../src/run/runDirectory.js';
import { Trainer } from '../../src/training/trainer.js';
import { edgeModule } from '../edge/support.js';
import { testRuntime } from '../support/runtime.js';

const NAME = 'some/file';
const edge = edgeModule();

const platformOf = (bytes: Uint8Array): Platform => ({
  ...nodePlatform,
  exists: async () => true,
  readFile: async () => bytes,
  readTextFile: async () => new TextDecoder().decode(bytes),
});

const trainer = await Trainer.create(testRuntime(), {
  environment: 'CartPole-v1',
  ...{ environments: 1, steps: 8, timesteps: 8, hiddenSizes: [2], valueHiddenSizes: [2] },
});

const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  safetensors: (bytes) => decodeSafetensors(bytes, NAME),
  policy: (bytes) => createPolicy(edge, bytes, { name: NAME }),
  checkpoint: (bytes) => trainer.restoreCheckpoint(bytes, NAME),
  config: (bytes) => RunDirectory.open(platformOf(bytes), NAME),
  progress: (bytes) => readProgress(platformOf(bytes), NAME),
  csv: (bytes) => readCsvRows(new TextDecoder().decode(bytes), NAME),
  events: (bytes) => readTensorBoardRows(bytes, NAME),
};

/** Throws unless the parser reads the bytes or refuses them by name, with the way out. */
async function isReadOrRefused(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): Promise<void> {
  try {
    await parse(bytes);
  } catch (error) {
    if (!(error instanceof FileError || error instanceof MismatchError)) throw error;
    expect(error.message).toContain(NAME);
    expect(error.message).toMatch(/; \w/);
    expect(error.message.length).toBeLessThan(1000);
  }
}

const framedJson = (json: string): Uint8Array => {
  const header = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + header.length + 16);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
};

describe.each(Object.entries(PARSERS))('%s', (_, parse) => {
  test('takes any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => isReadOrRefused(parse, bytes)),
      { seed: 3, numRuns: 300 },
    );
  });

  test('takes any text, and any JSON as text or header', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.json({ maxDepth: 5 }),
      fc
        .array(fc.constantFrom('{', '"a"', ':', ',', '\n', '"', '1', '}', 'e', '\t', ';'), { maxLength: 30 })
        .map((parts) => parts.join('')),
    );
    const files = texts.chain((text) => fc.constantFrom(new TextEncoder().encode(text), framedJson(text)));
    await fc.assert(
      fc.asyncProperty(files, (bytes) => isReadOrRefused(parse, bytes)),
      { seed: 4, numRuns: 400 },
    );
  });
});

const DTYPES: Readonly<Record<Dtype, (count: number) => Tensor['data']>> = {
  F64: (count) => new Float64Array(count).fill(1.5),
  I64: (count) => new BigInt64Array(count).fill(-3n),
  F32: (count) => new Float32Array(count).fill(2.5),
  I32: (count) => new Int32Array(count).fill(-4),
  U32: (count) => new Uint32Array(count).fill(5),
  U8: (count) => new Uint8Array(count).fill(6),
};

const tensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(DTYPES) as Dtype[])),
    shape: fc.array(fc.nat(3), { maxLength: 4 }),
  })
  .map(
    ({ dtype, shape }) => ({ dtype, shape, data: DTYPES[dtype](shape.reduce((a, b) => a * b, 1)) }) as Tensor,
  );
const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', '0'),
);
const content: fc.Arbitrary<SafetensorsContent> = fc.record({
  tensors: fc
    .array(
      fc.tuple(
        names.filter((name) => name !== '__metadata__'),
        tensor,
      ),
      { maxLength: 6 },
    )
    .map((list) => new Map(list)),
  metadata: fc.dictionary(
    names.filter((name) => name !== 'checksum'),
    fc.string({ unit: 'binary' }),
    { maxKeys: 4 },
  ),
});

test('any tensors and metadata come back, at any place in memory, shared or copied', () => {
  fc.assert(
    fc.property(content, fc.nat(7), fc.boolean(), ({ tensors, metadata }, shift, shareBytes) => {
      const file = encodeSafetensors(tensors, metadata);
      const memory = new Uint8Array(file.length + shift);
      memory.set(file, shift);
      const read = decodeSafetensors(memory.subarray(shift), NAME, { requireChecksum: true, shareBytes });
      expect(read.tensors).toEqual(tensors);
      expect(new Map(Object.entries(read.metadata))).toEqual(new Map(Object.entries(metadata)));
    }),
    { seed: 5, numRuns: 300 },
  );
});

const size = fc.integer({ min: 1, max: 1_000_000 });
const bound = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(Infinity, -Infinity));
const spaces = fc.oneof(
  size.map((n) => new Discrete(n)),
  size.map((n) => new MultiBinary(n)),
  fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 })
    .map((counts) => new MultiDiscrete(counts)),
  fc.array(fc.tuple(bound, bound), { minLength: 1, maxLength: 5 }).map(
    (pairs) =>
      new Box({
        low: pairs.map((pair) => Math.min(...pair)),
        high: pairs.map((pair) => Math.max(...pair)),
      }),
  ),
);

test('any policy that can be described comes back from JSON', () => {
  const layer = fc.record({
    kind: fc.constant('dense' as const),
    units: size,
    activation: fc.constantFrom(...ACTIVATIONS),
  });
  const observations = fc.record({
    shape: fc.oneof(
      fc.tuple(size),
      fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 3 }),
    ),
    dtype: fc.constantFrom('float32' as const, 'uint8' as const),
  });
  const specs = fc
    .tuple(
      fc.string({ unit: 'binary' }),
      observations,
      spaces,
      fc.array(layer, { maxLength: 3 }),
      fc.boolean(),
    )
    .map((parts) => policySpec(...parts));
  const refuse = (fault: string): never => {
    throw new Error(fault);
  };
  fc.assert(
    fc.property(specs, (spec) => {
      const json = JSON.parse(JSON.stringify(specToJson(spec)));
      // as JSON, which has no -0
      expect(JSON.stringify(specToJson(specFromJson(json, 2, refuse)))).toBe(
        JSON.stringify(specToJson(spec)),
      );
    }),
    { seed: 6, numRuns: 300 },
  );
});
