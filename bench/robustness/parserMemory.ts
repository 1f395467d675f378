import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Discrete } from '../../src/environments/spaces.js';
import { putParts } from '../../src/files/namedTensors.js';
import { encodeSafetensors, type Tensor } from '../../src/files/safetensors.js';
import { progressKey } from '../../src/logging/sink.js';
import { denseLayers } from '../../src/network/networkSpec.js';
import { ParameterLayout } from '../../src/network/parameterLayout.js';
import { distributionFor } from '../../src/policy/distributionSpec.js';
import { policyNetworkSpec, policySpec } from '../../src/policy/policySpec.js';
import { specToJson } from '../../src/policy/policySpecJson.js';
import { RandomStream } from '../../src/random/philox.js';
import { framed } from '../../test/support/mutations.js';
import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import type { ParserReport } from './parserRun.js';

const run = promisify(execFile);
const MEGABYTE = 1e6;
const COLUMNS = Object.values(progressKey);

interface LargeFile {
  readonly name: string;
  readonly parser: string;
  readonly make: () => Uint8Array | string;
}

/** Ordinary files of tens of megabytes, and such as are made to take as much memory as the limits allow. */
const FILES: readonly LargeFile[] = [
  { name: 'policy of 8.4 million parameters', parser: 'policy', make: largePolicy },
  { name: 'progress.jsonl, 40,000 rows', parser: 'progress', make: () => jsonLines(40_000) },
  { name: 'progress.csv, 80,000 rows', parser: 'csv', make: () => csvLines(80_000) },
  { name: 'TensorBoard events, 60,000 steps', parser: 'events', make: () => events(60_000) },
  { name: 'safetensors, 16,384 empty tensors', parser: 'safetensors', make: () => manyTensors(16_384) },
  {
    name: 'safetensors, header of 4 MB of brackets',
    parser: 'safetensors',
    make: () => headerOf(`{"a":[${'0,'.repeat(2_000_000)}`),
  },
  {
    name: 'safetensors, a text of 4 MB',
    parser: 'safetensors',
    make: () => headerOf(`{"__metadata__":{"a":"${'é'.repeat(2_000_000)}"}}`),
  },
  { name: 'config.json, 50 MB of brackets', parser: 'config', make: () => '['.repeat(50_000_000) },
  { name: 'progress.jsonl, 30 MB of empty rows', parser: 'progress', make: () => '{}\n'.repeat(10_000_000) },
  { name: 'progress.jsonl, 1,000 new columns a row', parser: 'progress', make: () => strangeRows(2000) },
  { name: 'progress.csv, 50 MB of commas', parser: 'csv', make: () => `a,b\n${','.repeat(50_000_000)}` },
  { name: 'progress.csv, 30 MB of quotes', parser: 'csv', make: () => `a,b\n${'"'.repeat(30_000_001)}` },
  { name: 'TensorBoard events, a tag for each of 400,000', parser: 'events', make: () => tags(400_000) },
];

/** What reading large files takes, each in a process of its own. */
export async function parserMemory(progress: BenchContext['progress']): Promise<Table> {
  const folder = await mkdtemp(join(tmpdir(), 'wasm-trpo-parsers-'));
  const rows: Row[] = [];
  try {
    for (const { name, parser, make } of FILES) {
      progress(name);
      const path = join(folder, parser);
      const content = make();
      // the parser of a run's config takes its folder
      if (parser === 'config') await mkdir(path);
      await writeFile(parser === 'config' ? join(path, 'config.json') : path, content);
      const program = fileURLToPath(new URL('parserRun.mjs', import.meta.url));
      const { stdout } = await run(process.execPath, [program, parser, path]);
      const { extraBytes, ms, outcome }: ParserReport = JSON.parse(stdout);
      const fileBytes = content.length;
      rows.push({
        file: name,
        MB: fileBytes / MEGABYTE,
        'extra MB': (extraBytes - fileBytes) / MEGABYTE,
        'times the file': (extraBytes - fileBytes) / fileBytes,
        seconds: ms / 1000,
        outcome,
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    title: 'Memory of reading large files',
    notes: [
      'extra: how far the peak of resident memory of a fresh process rises above that before reading, less the size of the file, whose',
      'bytes are in memory too. Some megabytes of it are the engine compiling the parser.',
    ],
    rows,
  };
}

function largePolicy(): Uint8Array {
  const actionSpace = new Discrete(2);
  const observations = { shape: [4], dtype: 'float32' } as const;
  const spec = policySpec('large', observations, actionSpace, denseLayers([4096, 2048], 'tanh'), true);
  const layout = new ParameterLayout(policyNetworkSpec(spec, distributionFor(actionSpace)));
  const tensors = new Map<string, Tensor>();
  putParts(tensors, 'policy', layout.parts, new Float32Array(layout.count).fill(0.01));
  const policy = JSON.stringify({ ...specToJson(spec), observationClip: 10 });
  return encodeSafetensors(tensors, { format: 'wasm-trpo/policy', version: '2', policy });
}

function numbers(count: number): number[] {
  const random = new RandomStream(count);
  return COLUMNS.map((_, i) => (i < 2 ? count : random.uniform()));
}

function jsonLines(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = numbers(row);
    return `${JSON.stringify(Object.fromEntries(COLUMNS.map((key, i) => [key, cells[i]])))}\n`;
  });
  return lines.join('');
}

function csvLines(rows: number): string {
  return [COLUMNS, ...Array.from({ length: rows }, (_, row) => numbers(row))].join('\n');
}

/** Each row has other columns. */
function strangeRows(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = Array.from({ length: 1000 }, (_, i) => `"${row * 1000 + i}":0`);
    return `{${cells.join(',')}}\n`;
  });
  return lines.join('');
}

function manyTensors(count: number): Uint8Array {
  const empty: Tensor = { dtype: 'F32', shape: [0], data: new Float32Array(0) };
  return encodeSafetensors(new Map(Array.from({ length: count }, (_, i) => [`t${i}`, empty])), {});
}

function headerOf(header: string): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}

/** A scalar as an event, https://protobuf.dev/programming-guides/encoding: step, then tag and number in a summary. */
function event(step: number, scalars: readonly (readonly [string, number])[]): Uint8Array {
  const values = scalars.map(([tag, scalar]) => {
    const number = Buffer.alloc(4);
    number.writeFloatLE(scalar);
    return field(1, Buffer.concat([field(1, Buffer.from(tag)), Buffer.from([0x15]), number]));
  });
  return framed(Buffer.concat([Buffer.from([0x10, ...varint(step)]), field(5, Buffer.concat(values))]));
}

function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function events(steps: number): Uint8Array {
  const records = Array.from({ length: steps }, (_, step) => {
    const cells = numbers(step);
    return event(
      step,
      COLUMNS.map((key, i) => [key, cells[i]] as const),
    );
  });
  return Buffer.concat(records);
}

function tags(count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, (_, i) => event(1, [[`t${i}`, i]])));
}
