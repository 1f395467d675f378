import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { withoutTimes } from './runs.js';

/** The package as it is built. */
export const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

const { train } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');

/** Runs whose files must have the same bytes in every engine, with the strict kernels. */
export const RUNS = {
  CartPole: { environment: 'CartPole-v1', environments: 4, steps: 128, timesteps: 4 * 512, seed: 5 },
  Pendulum: { environment: 'Pendulum-v1', environments: 3, steps: 100, timesteps: 4 * 300, seed: 7 },
} as const;

export type RunName = keyof typeof RUNS;
export const RUN_NAMES = Object.keys(RUNS) as RunName[];

/** Contents of a run folder's files by their names. */
export type Contents = Record<string, Uint8Array>;

/** The whole run on one thread of the Node.js that runs the tests. */
export async function nodeRun(name: RunName, path: string): Promise<Contents> {
  await train({ ...RUNS[name], reproducible: true, threads: 1, runDirectory: path });
  return readRun(path);
}

export function readRun(path: string): Contents {
  return Object.fromEntries(
    readdirSync(path).map((name) => [name, new Uint8Array(readFileSync(join(path, name)))]),
  );
}

export function writeRun(path: string, files: Contents): string {
  mkdirSync(path, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

/** Policy and checkpoint must agree to the byte, progress in all but times. */
export function expectSameRun(actual: Contents, expected: Contents): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const file of ['policy.safetensors', 'checkpoint.safetensors']) {
    expect(Buffer.compare(actual[file], expected[file]), file).toBe(0);
  }
  expect(rowsOf(actual)).toEqual(rowsOf(expected));
}

function rowsOf(files: Contents): unknown[] {
  const lines = new TextDecoder().decode(files['progress.jsonl']).trimEnd().split('\n');
  return lines.map((line) => withoutTimes(JSON.parse(line)));
}
