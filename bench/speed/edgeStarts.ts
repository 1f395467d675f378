import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ISOLATED, launchChromium, serve } from '../../test/browser/server.js';
import { onnxRuntimeModule, programOf, type Runtime } from '../../test/runtimes/installed.js';
import { median } from '../report/statistics.js';
import type { Row } from '../report/table.js';

export const STARTS = 15;
const WARM_UP_CALLS = 20_000;
/** Calls are timed in short runs, of which a busy machine spoils few. */
const RUNS = 301;
const CALLS_PER_RUN = 200;

/** Figures of a fresh process or page: milliseconds of the start, microseconds of an action once it is warm. */
interface Start {
  readonly startMs: number;
  readonly first: ArrayLike<number>;
  readonly modeUs: number;
  /** Absent where a policy only acts deterministically. */
  readonly drawUs?: number;
}

/** Defines `timeOf(act)`: microseconds of a call, the median over the runs. */
const TIME_OF = `const timeOf = (act) => {
  for (let i = 0; i < ${WARM_UP_CALLS}; i++) act();
  const runs = Array.from({ length: ${RUNS} }, () => {
    const from = performance.now();
    for (let i = 0; i < ${CALLS_PER_RUN}; i++) act();
    return performance.now() - from;
  });
  runs.sort((a, b) => a - b);
  return runs[${(RUNS - 1) / 2}] / ${CALLS_PER_RUN / 1000};
};`;

/** What follows once `load`, which gives `act`, is defined. */
const REPORT = `const before = performance.now();
const act = await load();
const startMs = performance.now() - before;
const first = act({ deterministic: true });
const modeUs = timeOf(() => act({ deterministic: true }));
const drawUs = timeOf(() => act({ deterministic: false }));
const report = { startMs, first: [...first], modeUs, drawUs };`;

const EDGE = (observation: readonly number[]) => `${TIME_OF}
const load = () => {
  const policy = createPolicy(module, bytes);
  return (options) => policy.act(${JSON.stringify(observation)}, options);
};
${REPORT}`;

/** Programs for a process in the folder of the example. */
const PROGRAMS = {
  edge: (observation: readonly number[]) => `import { readFileSync } from 'node:fs';
import { createPolicy } from 'wasm-trpo/edge';
const module = await WebAssembly.compile(readFileSync('node_modules/wasm-trpo/dist/wasm/edge.wasm'));
const bytes = readFileSync('policy.safetensors');
${EDGE(observation)}
console.log(JSON.stringify(report));`,

  js: (observation: readonly number[]) => `${TIME_OF}
const load = async () => {
  const policy = await import('./policy.mjs');
  return (options) => policy.act(${JSON.stringify(observation)}, options);
};
${REPORT}
console.log(JSON.stringify(report));`,

  // each call is timed by itself, because its answer is a promise
  onnx: (observation: readonly number[]) => `import { readFileSync } from 'node:fs';
const { env, InferenceSession, Tensor } = await import(${JSON.stringify(pathToFileURL(onnxRuntimeModule).href)});
env.wasm.numThreads = 1;
const model = readFileSync('policy.onnx');
const before = performance.now();
const session = await InferenceSession.create(model);
const startMs = performance.now() - before;
const act = async () => {
  const observation = new Tensor('float64', Float64Array.of(${observation}), [1, ${observation.length}]);
  return (await session.run({ observation })).action.data;
};
const first = [...(await act())];
const calls = [];
for (let i = 0; i < 2000; i++) {
  const from = performance.now();
  await act();
  calls.push(performance.now() - from);
}
calls.sort((a, b) => a - b);
console.log(JSON.stringify({ startMs, first, modeUs: calls[1000] * 1000 }));`,
} as const;

/** What is measured besides Chromium. workerd is not: its clock stands still while a program computes. */
export const TARGETS: Readonly<Record<string, { program: keyof typeof PROGRAMS; runtime: Runtime }>> = {
  'edge, Node.js 20': { program: 'edge', runtime: 'Node.js 20' },
  'edge, Node.js 24': { program: 'edge', runtime: 'Node.js 24' },
  'edge, Deno': { program: 'edge', runtime: 'Deno' },
  'edge, Bun': { program: 'edge', runtime: 'Bun' },
  'js, Node.js 20': { program: 'js', runtime: 'Node.js 20' },
  'js, Node.js 24': { program: 'js', runtime: 'Node.js 24' },
  'onnxruntime-web, Node.js 24': { program: 'onnx', runtime: 'Node.js 24' },
};

export function startOnTarget(
  target: string,
  folder: string,
  observation: readonly number[],
  expected: readonly number[],
): Row {
  const { program, runtime } = TARGETS[target];
  writeFileSync(join(folder, 'start.mjs'), PROGRAMS[program](observation));
  const args = runtime === 'Deno' ? ['run', '--allow-read', 'start.mjs'] : ['start.mjs'];
  const starts = Array.from({ length: STARTS }, (): Start => {
    return JSON.parse(execFileSync(programOf(runtime), args, { cwd: folder, encoding: 'utf8' }));
  });
  return rowOf(target, starts, expected, program === 'edge' ? 0 : 1e-5);
}

export async function startInChromium(
  folder: string,
  observation: readonly number[],
  expected: readonly number[],
): Promise<Row> {
  const page = `<!doctype html><title>bench</title><script type="module">
import { createPolicy } from './node_modules/wasm-trpo/dist/edge.js';
const module = await WebAssembly.compileStreaming(fetch('./node_modules/wasm-trpo/dist/wasm/edge.wasm'));
const bytes = await (await fetch('./policy.safetensors')).arrayBuffer();
${EDGE(observation)}
globalThis.report = report;
</script>`;
  // in an isolated page the clock has steps of 5 microseconds instead of 100
  const server = await serve(folder, ISOLATED, { '/': page });
  const browser = await launchChromium();
  try {
    const starts: Start[] = [];
    while (starts.length < STARTS) {
      const context = await browser.newContext();
      const tab = await context.newPage();
      await tab.goto(server.origin);
      const report = await tab.waitForFunction(() => (globalThis as { report?: Start }).report);
      starts.push((await report.jsonValue())!);
      await context.close();
    }
    return rowOf('edge, Chromium', starts, expected, 0);
  } finally {
    await browser.close();
    server.close();
  }
}

function rowOf(
  target: string,
  starts: readonly Start[],
  expected: readonly number[],
  tolerance: number,
): Row {
  for (const { first } of starts) {
    const isSame = expected.every((value, i) => Math.abs(value - first[i]) <= tolerance);
    if (!isSame) throw new Error(`${target} acts otherwise: ${first} instead of ${expected}`);
  }
  const draws = starts.flatMap(({ drawUs }) => drawUs ?? []);
  const startsMs = starts.map(({ startMs }) => startMs);
  return {
    target,
    'start ms': median(startsMs),
    'fastest start ms': Math.min(...startsMs),
    'act us': median(starts.map(({ modeUs }) => modeUs)),
    'sampled act us': draws.length > 0 ? median(draws) : '-',
  };
}
