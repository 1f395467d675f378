// Builds everything into build/ (kernels for tests) and dist/ (the package). With --kernels only the kernels.
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

async function tool(name, ...options) {
  try {
    await run(process.execPath, [`node_modules/${name}`, ...options]);
  } catch (error) {
    process.stderr.write(`${error.stdout}${error.stderr}`);
    process.exit(1);
  }
}

/** The kernels' builds: one source, with and without fused multiply-add, for one thread and for shared memory. */
const VARIANTS = { simd: [], relaxed: ['--enable', 'relaxed-simd'] };
const SHARED = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];

async function buildKernels() {
  await mkdir('build/wasm', { recursive: true });
  const compile = (target, entry, ...options) =>
    tool('assemblyscript/bin/asc.js', '--config', 'asconfig.json', '--target', target, entry, ...options);
  const builds = Object.entries(VARIANTS).flatMap(([name, options]) => [
    compile('release', 'assembly/index.ts', ...options, '-o', `build/wasm/${name}.wasm`),
    compile('release', 'assembly/index.ts', ...options, ...SHARED, '-o', `build/wasm/${name}-threads.wasm`),
  ]);
  await Promise.all([
    ...builds,
    compile('edge', 'assembly/edge.ts'),
    compile('debug', 'assembly/index.ts'),
    compile('parts', 'test/kernels/assembly/parts.ts'),
  ]);
}

/** Entries that run anywhere: one file each, for pages without a bundler, with the names of error classes kept. */
async function buildPortable(entryPoints, { minifyWhitespace }) {
  await build({
    entryPoints,
    outdir: 'dist',
    bundle: true,
    // an optional package: whoever bundles the page and has it brings it
    external: ['@mujoco/mujoco'],
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    minifyWhitespace,
    minifySyntax: true,
    legalComments: 'none',
    sourcemap: true,
    logLevel: 'warning',
  });
}

async function buildPackage() {
  await rm('dist', { recursive: true, force: true });
  await buildPortable({ edge: 'src/edge.ts' }, { minifyWhitespace: true });
  // with its comments, because some of them speak to bundlers, which make it small anyway
  await buildPortable(
    { browser: 'src/browser.ts', browserWorker: 'src/browserWorker.ts' },
    { minifyWhitespace: false },
  );
  await build({
    entryPoints: { node: 'src/node.ts', cli: 'src/cli/main.ts', worker: 'src/platform/nodeWorker.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    define: { KERNEL_FOLDER: JSON.stringify('./wasm/'), WORKER_FILE: JSON.stringify('./worker.js') },
    logLevel: 'warning',
  });
  await mkdir('dist/wasm', { recursive: true });
  for (const name of Object.keys(VARIANTS)) {
    for (const file of [`${name}.wasm`, `${name}-threads.wasm`]) {
      await copyFile(`build/wasm/${file}`, `dist/wasm/${file}`);
    }
  }
  await copyFile('build/wasm/edge.wasm', 'dist/wasm/edge.wasm');
  await cp('build/types', 'dist/types', { recursive: true });
}

const kernelsOnly = process.argv.includes('--kernels');
await Promise.all([
  buildKernels(),
  kernelsOnly ? undefined : tool('typescript/bin/tsc', '-p', 'tsconfig.build.json'),
]);
if (!kernelsOnly) await buildPackage();
