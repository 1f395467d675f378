import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { policyToJavaScript } from '../../src/export/javaScript.js';
import { policyToOnnx } from '../../src/export/onnx.js';
import { decodePolicy } from '../../src/policy/policyFile.js';
import { Trainer } from '../../src/training/trainer.js';
import { createEngine } from '../../src/wasm/load.js';
import { installRuntimes, RUNTIME_NAMES } from '../../test/runtimes/installed.js';
import { layOutExample } from '../../test/runtimes/servers.js';
import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import { CONNECTIONS, loadExample, REQUESTS, SERVER_STARTS } from './edgeLoad.js';
import { STARTS, startInChromium, startOnTarget, TARGETS } from './edgeStarts.js';

const OBSERVATION = [0.5, -0.5, 1];

/** Sizes, start times and a small load on the example worker, for every runtime that npm brings, and Chromium. */
export async function edge({ module, progress }: BenchContext): Promise<Table[]> {
  installRuntimes();
  execFileSync(process.execPath, ['scripts/installPackage.mjs', 'test/browser'], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-bench-'));
  try {
    const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
    const trainer = await Trainer.create(runtime, { environment: 'Pendulum-v1', policyOutputGain: 1 });
    const bytes = trainer.encodePolicy();
    const policy = decodePolicy(createEngine(module), bytes, 'policy');
    layOutExample(folder, bytes);
    writeFileSync(join(folder, 'policy.onnx'), policyToOnnx(bytes));
    writeFileSync(join(folder, 'policy.mjs'), policyToJavaScript(bytes));
    const expected = policy.act(OBSERVATION, { deterministic: true }) as number[];
    const starts: Row[] = [];
    for (const target of Object.keys(TARGETS)) {
      progress(target);
      starts.push(startOnTarget(target, folder, OBSERVATION, expected));
    }
    progress('Chromium');
    starts.push(await startInChromium(folder, OBSERVATION, expected));
    const loads: Row[] = [];
    for (const runtime of RUNTIME_NAMES) {
      progress(`load on ${runtime}`);
      loads.push(await loadExample(runtime, folder, policy));
    }
    return [
      { title: 'Sizes', notes: [], rows: sizes(folder) },
      {
        title: 'Start and action of a 3 -> 64-64 -> 1 Gaussian policy',
        notes: [
          `start: createPolicy, the import of the module or the session on the model; median of ${STARTS} fresh processes or pages`,
          'verified: the action of the main package (to the bit; exported ones within 1e-5)',
        ],
        rows: starts,
      },
      {
        title: 'The example worker on loopback',
        notes: [
          `first answer: from the start of the process, median of ${SERVER_STARTS}`,
          `load: ${REQUESTS} requests POST /act over ${CONNECTIONS} connections; verified: every answer`,
        ],
        rows: loads,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizes(folder: string): Row[] {
  const dist = 'node_modules/wasm-trpo/dist';
  const paths = [
    ...['wasm/edge.wasm', 'edge.js'].map((file) => `${dist}/${file}`),
    ...['policy.safetensors', 'policy.onnx', 'policy.mjs'],
    ...['browser.js', 'browserTraining.js', 'wasm/simd.wasm'].map((file) => `${dist}/${file}`),
  ];
  return paths.map((path) => {
    const content = readFileSync(join(folder, path));
    const file = path.replace(`${dist}/`, '');
    return { file, bytes: content.length, 'gzip bytes': gzipSync(content, { level: 9 }).length };
  });
}
