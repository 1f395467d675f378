import { readFileSync } from 'node:fs';
import { decodeSafetensors } from '../../../src/files/safetensors.js';

/** Steps that Gymnasium made (test/recordings/mujoco/make.py), possibly several episodes one after the other. */
export interface Recording {
  readonly name: string;
  /** What differs from the task's defaults. */
  readonly options: Record<string, unknown>;
  /** qpos and qvel at the start of each episode, and the observation there. */
  readonly starts: number[][];
  readonly firstObservations: number[][];
  /** Of each step: the number of its episode, from 0. */
  readonly episodes: number[];
  readonly actions: number[][];
  readonly observations: number[][];
  readonly rewards: number[];
  readonly terminated: number[];
  readonly truncated: number[];
}

export function readRecordings(id: string): Recording[] {
  const file = `test/recordings/mujoco/${id}.safetensors`;
  const bytes = readFileSync(new URL(`../../../${file}`, import.meta.url));
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  const column = (name: string) => Array.from(tensors.get(name)!.data as Float64Array);
  const rows = (name: string) => {
    const size = tensors.get(name)!.shape[1];
    const numbers = column(name);
    return Array.from({ length: numbers.length / size }, (_, row) =>
      numbers.slice(row * size, (row + 1) * size),
    );
  };
  return Object.entries(JSON.parse(metadata.recordings).options as Record<string, Recording['options']>).map(
    ([name, options]) => ({
      name,
      options,
      starts: rows(`${name}/starts`),
      firstObservations: rows(`${name}/firstObservations`),
      episodes: column(`${name}/episodes`),
      actions: rows(`${name}/actions`),
      observations: rows(`${name}/observations`),
      rewards: column(`${name}/rewards`),
      terminated: column(`${name}/terminated`),
      truncated: column(`${name}/truncated`),
    }),
  );
}
