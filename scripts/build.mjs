// Builds everything into build/ (kernels for tests) and dist/ (the package). With --kernels only the kernels.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** What the kernels are made from. */
const KERNEL_FOLDERS = ['assembly', 'test/kernels/assembly'];
const KERNEL_FILES = ['asconfig.json', 'scripts/build.mjs', 'node_modules/assemblyscript/package.json'];
/** Digest of that, beside the kernels made from it: compiling them again would give the same bytes, half a minute later. */
const KERNELS_MADE_FROM = 'build/wasm/madeFrom.sha256';

async function kernelSourcesDigest() {
  const listed = await Promise.all(
    KERNEL_FOLDERS.map(async (folder) => {
      const names = await readdir(folder, { recursive: true });
      return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
    }),
  );
  const digest = createHash('sha256');
  for (const file of [...listed.flat().sort(), ...KERNEL_FILES]) {
    const content = await readFile(file);
    digest.update(`${file} ${content.length}\n`).update(content);
  }
  return digest.digest('hex');
}

async function buildKernels() {
  const digest = await kernelSourcesDigest();
  if (digest === (await readFile(KERNELS_MADE_FROM, 'utf8').catch(() => ''))) return;
  await rm('build/wasm', { recursive: true, force: true });
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
  await writeFile(KERNELS_MADE_FROM, digest);
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
    // its ES modules, of which only what is used is taken; its exports lead to the whole of it in one file
    alias: { 'ml-matrix': fileURLToPath(new URL('../node_modules/ml-matrix/src/index.js', import.meta.url)) },
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
  // with its comments, because some of them are directives for bundlers, which minify it anyway
  await buildPortable(
    { browser: 'src/browser.ts', browserWorker: 'src/browserWorker.ts' },
    { minifyWhitespace: false },
  );
  await build({
    entryPoints: {
      node: 'src/node.ts',
      cli: 'src/cli/main.ts',
      worker: 'src/nodeWorker.ts',
      watchdog: 'src/platform/nodeWatchdog.ts',
    },
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
