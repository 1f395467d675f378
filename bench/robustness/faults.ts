import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchContext } from '../report/section.js';
import type { Table } from '../report/table.js';
import { faultRuns } from './faultRuns.js';
import { killedRuns } from './killedRuns.js';
import { ownedRuns } from './ownedRuns.js';

/** Runs that are killed at any moment, runs with each fault made for real, and runs that several processes want. */
export async function faults({ progress }: BenchContext): Promise<Table[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-faults-'));
  try {
    return [
      await killedRuns(folder, progress),
      await faultRuns(folder, progress),
      await ownedRuns(folder, progress),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
