import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TIME_KEYS } from '../../src/logging/sink.js';

/** Whole rows that a run has written. */
export function rowCount(run: string): number {
  const path = join(run, 'progress.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

/** Rows of progress without times. */
export function rowsOf(run: string): string[] {
  const lines = readFileSync(join(run, 'progress.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) =>
    JSON.stringify(JSON.parse(line, (key, value) => (TIME_KEYS.includes(key) ? undefined : value))),
  );
}

/** Names of what differs from another run: nothing, where every bit but the times is the same. */
export function differences(run: string, reference: string): string[] {
  const files = ['policy.safetensors', 'checkpoint.safetensors', 'config.json'];
  const differing = files.filter((name) => {
    const [actual, expected] = [run, reference].map((folder) => join(folder, name));
    return !existsSync(actual) || !readFileSync(actual).equals(readFileSync(expected));
  });
  if (differing.length > 0) return differing;
  return rowsOf(run).join('\n') === rowsOf(reference).join('\n') ? [] : ['progress.jsonl'];
}

/** What a process that was killed while it wrote left beside the run's files. */
export function leftovers(run: string): string[] {
  return existsSync(run) ? readdirSync(run).filter((name) => name.endsWith('.tmp')) : [];
}

/** Locks in a run folder: none once its last process has ended by itself. */
export function locksIn(run: string): string[] {
  return existsSync(run) ? readdirSync(run).filter((name) => name.startsWith('run.lock')) : [];
}
