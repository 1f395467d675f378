import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Policy } from '../src/policy/policy.js';
import { decodePolicy } from '../src/policy/policyFile.js';
import { Trainer } from '../src/trpo/train.js';
import { createEngine } from '../src/wasm/load.js';
import { installRuntimes, programOf, RUNTIME_NAMES, type Runtime } from '../test/runtimes/installed.js';
import { layOutExample, startServer } from '../test/runtimes/servers.js';
import { median } from './measure.js';
import type { BenchContext } from './section.js';
import type { Row, Table } from './table.js';

const STARTS = 9;
const REQUESTS = 4000;
const WARM_UP_REQUESTS = 500;
const CONNECTIONS = 8;

/** What the start of a fresh process prints: milliseconds of createPolicy, microseconds of an act once it is warm. */
const COLD_START = `import { readFileSync } from 'node:fs';
import { createPolicy } from 'wasm-trpo/edge';
const module = await WebAssembly.compile(readFileSync('node_modules/wasm-trpo/dist/wasm/edge.wasm'));
const bytes = readFileSync('policy.safetensors');
const before = performance.now();
const policy = createPolicy(module, bytes);
const startMs = performance.now() - before;
const first = policy.act([0.5, -0.5, 1], { deterministic: true });
const time = (deterministic) => {
  for (let i = 0; i < 20000; i++) policy.act([0.5, -0.5, 1], { deterministic });
  const from = performance.now();
  for (let i = 0; i < 100000; i++) policy.act([0.5, -0.5, 1], { deterministic });
  return (performance.now() - from) / 100;
};
console.log(JSON.stringify({ startMs, first, modeUs: time(true), drawUs: time(false) }));`;

/** Sizes, start times and a small load on the example worker, for every runtime that npm brings. */
export async function edge({ module, progress }: BenchContext): Promise<Table[]> {
  installRuntimes();
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-bench-'));
  try {
    const runtime = { module, variant: 'bench', breathe: async () => {} };
    const bytes = new Trainer(runtime, { environment: 'Pendulum-v1', policyOutputGain: 1 }).encodePolicy();
    const policy = decodePolicy(createEngine(module), bytes, 'policy');
    layOutExample(folder, bytes);
    writeFileSync(join(folder, 'start.mjs'), COLD_START);
    const expected = policy.act([0.5, -0.5, 1], { deterministic: true });
    const starts: Row[] = [];
    const loads: Row[] = [];
    for (const runtime of RUNTIME_NAMES) {
      progress(runtime);
      // workerd's clock stands still within a request
      if (runtime !== 'workerd') starts.push(coldStarts(runtime, folder, expected));
      loads.push(await load(runtime, folder, policy));
    }
    return [
      { title: 'Sizes', notes: [], rows: sizes(folder) },
      {
        title: 'createPolicy and act, 3 -> 64-64 -> 1 Gaussian',
        notes: [`start: median of ${STARTS} fresh processes; verified: the action of the main package`],
        rows: starts,
      },
      {
        title: 'POST /act to the example worker on loopback',
        notes: [`${REQUESTS} requests over ${CONNECTIONS} connections; verified: every answer`],
        rows: loads,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizes(folder: string): Row[] {
  const dist = join(folder, 'node_modules/wasm-trpo/dist');
  const names = ['wasm/edge.wasm', 'edge.js', 'browser.js', 'browserWorker.js', 'wasm/simd.wasm'];
  return names.map((file) => {
    const content = readFileSync(join(dist, file));
    return { file, bytes: content.length, 'gzip bytes': gzipSync(content, { level: 9 }).length };
  });
}

function coldStarts(runtime: Runtime, folder: string, expected: unknown): Row {
  const args = runtime === 'Deno' ? ['run', '--allow-read', 'start.mjs'] : ['start.mjs'];
  const runs = Array.from({ length: STARTS }, () => {
    const run = JSON.parse(execFileSync(programOf(runtime), args, { cwd: folder, encoding: 'utf8' }));
    if (JSON.stringify(run.first) !== JSON.stringify(expected)) throw new Error(`${runtime} acts otherwise`);
    return run as { startMs: number; modeUs: number; drawUs: number };
  });
  return {
    runtime,
    'createPolicy ms': median(runs.map(({ startMs }) => startMs)),
    'act us': median(runs.map(({ modeUs }) => modeUs)),
    'sampled act us': median(runs.map(({ drawUs }) => drawUs)),
  };
}

async function load(runtime: Runtime, folder: string, policy: Policy): Promise<Row> {
  const { server, origin } = await startServer(runtime, folder);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const work = Array.from({ length: REQUESTS }, (_, i) => [Math.sin(i), Math.cos(i), i % 8]).map(
    (observation) => ({
      body: JSON.stringify({ observation }),
      answer: JSON.stringify({ action: policy.act(observation, { deterministic: true }) }),
    }),
  );
  const post = (body: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const call = request(`${origin}/act`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve(text));
      });
      call.on('error', reject);
      call.end(body);
    });
  const latencies: number[] = [];
  let next = 0;
  const client = async (count: number) => {
    while (next < count) {
      const { body, answer } = work[next++];
      const sent = performance.now();
      if ((await post(body)) !== answer) throw new Error(`${runtime} answered otherwise to ${body}`);
      latencies.push(performance.now() - sent);
    }
  };
  const clients = (count: number) => Promise.all(Array.from({ length: CONNECTIONS }, () => client(count)));
  try {
    await clients(WARM_UP_REQUESTS);
    latencies.length = 0;
    next = 0;
    const start = performance.now();
    await clients(REQUESTS);
    const seconds = (performance.now() - start) / 1000;
    latencies.sort((a, b) => a - b);
    return {
      runtime,
      'requests/s': Math.round(REQUESTS / seconds),
      'p50 ms': latencies[Math.floor(REQUESTS * 0.5)],
      'p99 ms': latencies[Math.floor(REQUESTS * 0.99)],
    };
  } finally {
    agent.destroy();
    server.kill();
  }
}
