import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../report/section.js';
import { meanOf } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';
import { fitTrend } from './linearTrend.js';
import type { MemorySample } from './soakRun.js';

const ENVIRONMENT = 'CartPole-v1';
const TIMESTEPS = 2_000_000;
/** What the engine compiles and allocates at the start belongs to no leak. */
const WARM_UP_SHARE = 0.1;
/** Blocks of the rest: each spans dozens of garbage collections, so that their means are nearly independent. */
const BLOCKS = 18;
const MEGABYTE = 1e6;
/** A run of its own each, because snapshots take memory themselves. */
const METHODS = ['process', 'snapshots'] as const;

/** Whether a long run's memory grows: a process of its own trains as `trpo train` does, with all files of a run. */
export async function soak({ progress }: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const method of METHODS) {
    const samples = await trainBeside(method, progress);
    const settled = samples.filter(({ timesteps }) => timesteps > WARM_UP_SHARE * TIMESTEPS);
    for (const memory of Object.keys(samples[0].memory)) {
      rows.push({ memory, ...trendOf(settled, memory) });
    }
  }
  const notes = [
    `After iterations beyond the first tenth of the run, in ${BLOCKS} blocks: the least and the largest mean of a block, and the slope of these`,
    'means. Its standard error is widened where neighbouring blocks are alike; flat: less than two of them. What is reachable comes from',
    'heap snapshots of a second run with the same seed. The engine compiles functions again and again as it learns of them; that is no leak.',
  ];
  return [{ title: `Soak: ${TIMESTEPS.toLocaleString('en-US')} steps of ${ENVIRONMENT}`, notes, rows }];
}

/** The samples of a run in a fresh process: this one holds a compiler and a bundler. */
async function trainBeside(
  method: (typeof METHODS)[number],
  progress: BenchContext['progress'],
): Promise<MemorySample[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wasm-trpo-soak-'));
  try {
    return await samplesOf(method, join(folder, 'run'), progress);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function samplesOf(
  method: (typeof METHODS)[number],
  runDirectory: string,
  progress: BenchContext['progress'],
): Promise<MemorySample[]> {
  const program = fileURLToPath(new URL('soakRun.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, ENVIRONMENT, String(TIMESTEPS), runDirectory, method], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const samples: MemorySample[] = [];
  let reported = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const sample: MemorySample = JSON.parse(line);
    samples.push(sample);
    if (sample.timesteps < reported + TIMESTEPS / 10) continue;
    reported = sample.timesteps;
    progress(`${method}, ${reported} steps`);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the run ended with code ${code} after ${reported} steps`);
  return samples;
}

function trendOf(samples: readonly MemorySample[], memory: string): Row {
  const blocks = Array.from({ length: BLOCKS }, (_, block) => {
    const from = Math.floor((block * samples.length) / BLOCKS);
    const part = samples.slice(from, Math.floor(((block + 1) * samples.length) / BLOCKS));
    return {
      x: meanOf(part.map(({ timesteps }) => timesteps / 1e6)),
      y: meanOf(part.map((sample) => sample.memory[memory] / MEGABYTE)),
    };
  });
  const { slope, standardError } = fitTrend(blocks);
  const means = blocks.map(({ y }) => y);
  return {
    'least MB': Math.min(...means).toFixed(2),
    'most MB': Math.max(...means).toFixed(2),
    'MB per million steps': `${slope.toFixed(3)} ± ${standardError.toFixed(3)}`,
    flat: Math.abs(slope) <= 2 * standardError ? 'yes' : slope > 0 ? 'NO' : 'falls',
  };
}
