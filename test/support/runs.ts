import { type ProgressRow, TIME_KEYS } from '../../src/logging/sink.js';
import type { Trainer } from '../../src/training/trainer.js';

/** All that a run leaves behind and that must not depend on how it was run. */
export interface RunResult {
  readonly rows: readonly ProgressRow[];
  readonly policy: Uint8Array;
  readonly checkpoint: Uint8Array;
}

/** A row as far as two runs of one seed agree. */
export function withoutTimes(row: ProgressRow): ProgressRow {
  return Object.fromEntries(Object.entries(row).filter(([key]) => !TIME_KEYS.includes(key)));
}

/** Runs a trainer to its end and closes it. */
export async function runToEnd(trainer: Trainer): Promise<RunResult> {
  try {
    const rows: ProgressRow[] = [];
    for await (const { row } of trainer.iterations()) rows.push(withoutTimes(row));
    return { rows, policy: trainer.encodePolicy(), checkpoint: trainer.encodeCheckpoint() };
  } finally {
    await trainer.close();
  }
}
