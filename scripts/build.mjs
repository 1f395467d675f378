// Builds everything into build/ (kernels for tests) and dist/ (the package); with --start only the kernels that `npm start`
// needs are compiled.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
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

/** The kernels' variants: one source, with and without fused multiply-add, for one thread and for shared memory. */
const VARIANTS = { simd: [], relaxed: ['--enable', 'relaxed-simd'] };
const SHARED = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];

/** Each kernel file of build/wasm/, and the compiler's arguments for it; targets are those of asconfig.json. */
const KERNELS = {
  ...Object.fromEntries(
    Object.entries(VARIANTS).flatMap(([name, options]) => [
      [name, ['--target', 'release', 'assembly/index.ts', ...options]],
      [`${name}-threads`, ['--target', 'release', 'assembly/index.ts', ...options, ...SHARED]],
    ]),
  ),
  edge: ['--target', 'edge', 'assembly/edge.ts'],
  debug: ['--target', 'debug', 'assembly/index.ts'],
  parts: ['--target', 'parts', 'test/kernels/assembly/parts.ts'],
};
const ALL_KERNELS = Object.keys(KERNELS);
const PACKAGED_KERNELS = ALL_KERNELS.filter((name) => name !== 'debug' && name !== 'parts');

/** Declarations that are written by hand; the compiler leaves them where they are. */
const DECLARATIONS = ['runtime.d.ts', 'kernelsModule.d.ts'];

/** What the kernels are made from. */
const KERNEL_FOLDERS = ['assembly', 'test/kernels/assembly'];
const KERNEL_FILES = ['asconfig.json', 'scripts/build.mjs', 'node_modules/assemblyscript/package.json'];
/** Digest of that for each kernel at hand: compiling it again would give the same bytes, seconds later. */
const KERNELS_MADE_FROM = 'build/wasm/madeFrom.json';

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

/** What a TypeScript file exports. */
async function importTypeScript(file) {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/**
 * The kernels that training, evaluation and pictures take in this Node.js: one variant, with and without shared memory.
 *
 * The compiler spends nine tenths of its time in the optimiser, so that these two of the seven, one on each core, let
 * `npm start` begin to train within seconds of a fresh clone. The optimiser's settings are those of every build: a kernel
 * has the same bytes whichever way it was made. They are without "converge", which repeats all passes: it took twice as
 * long, and kernels of W1 to W3 (bench/) were as fast without it, within 1 %. Kernels are not committed, because each
 * change of assembly/ would add 170 kB of them to the history.
 */
async function kernelsOfThisNode() {
  const { chooseVariant, kernelFile } = await importTypeScript('src/wasm/variant.ts');
  const variant = chooseVariant(false);
  return [true, false].map((shared) => kernelFile(variant, shared));
}

/** Compiles those of the wanted kernels that are missing or older than their sources; the names of all at hand. */
async function buildKernels(wanted) {
  const digest = await kernelSourcesDigest();
  const madeFrom = JSON.parse(await readFile(KERNELS_MADE_FROM, 'utf8').catch(() => '{}'));
  const atHand = ALL_KERNELS.filter((name) => madeFrom[name] === digest);
  if (atHand.length === 0) await rm('build/wasm', { recursive: true, force: true });
  await mkdir('build/wasm', { recursive: true });
  const missing = wanted.filter((name) => !atHand.includes(name));
  // a compiler keeps a core busy and takes 300 MB
  const compilers = Array.from({ length: availableParallelism() }, async () => {
    for (let name = missing.shift(); name !== undefined; name = missing.shift()) {
      const output = ['-o', `build/wasm/${name}.wasm`];
      await tool('assemblyscript/bin/asc.js', '--config', 'asconfig.json', ...KERNELS[name], ...output);
      atHand.push(name);
    }
  });
  await Promise.all(compilers);
  await writeFile(
    KERNELS_MADE_FROM,
    JSON.stringify(Object.fromEntries(atHand.map((name) => [name, digest]))),
  );
  return atHand;
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
    logLevel: 'warning',
  });
}

/** The program of workers in a page, which finds all that it does in the file beside it. */
async function buildBrowserWorker() {
  await build({
    entryPoints: { browserWorker: 'src/browserWorker.ts' },
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    plugins: [
      {
        name: 'beside',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/serveTraining\.js$/ }, () => ({
            path: './browserTraining.js',
            external: true,
          })),
      },
    ],
    logLevel: 'warning',
  });
}

/**
 * What runtimes get that cannot run the package's main entry. It has the names of that entry, because a bundler that misses
 * one says so and not what to do.
 */
async function buildUnavailable(names) {
  await build({
    entryPoints: { unavailable: 'src/unavailable.ts' },
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    // under other names, because it has error classes of its own
    footer: {
      js: `const { ${names.map((name) => `${name}: $${name}`).join(', ')} } = explain();
export { ${names.map((name) => `$${name} as ${name}`).join(', ')} };`,
    },
    logLevel: 'warning',
  });
}

/**
 * The package with those of its kernels that are at hand. It has no source maps: they would be most of its bytes, and its
 * files keep their names and, but for edge.js, their lines.
 */
async function buildPackage(kernels) {
  await rm('dist', { recursive: true, force: true });
  await buildPortable({ edge: 'src/edge.ts' }, { minifyWhitespace: true });
  // with its comments, because some of them are directives for bundlers, which minify it anyway
  await buildPortable(
    { browser: 'src/browser.ts', browserTraining: 'src/browserTraining.ts' },
    { minifyWhitespace: false },
  );
  await buildBrowserWorker();
  const forNode = {
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    define: { KERNEL_FOLDER: JSON.stringify('./wasm/'), WORKER_FILE: JSON.stringify('./worker.js') },
    metafile: true,
    logLevel: 'warning',
  };
  const { metafile } = await build({
    ...forNode,
    entryPoints: { node: 'src/node.ts', mpi: 'src/mpi.ts', cli: 'src/cli/main.ts' },
    splitting: true,
    packages: 'external',
  });
  // one file each, so that they can be copied beside a program that was bundled
  await build({
    ...forNode,
    entryPoints: {
      worker: 'src/nodeWorker.ts',
      watchdog: 'src/platform/nodeWatchdog.ts',
      gymnasium: 'src/gymnasium/index.ts',
    },
    external: ['@mujoco/mujoco'],
  });
  await copyFile('src/gymnasium/bridge.py', 'dist/bridge.py');
  await buildUnavailable(metafile.outputs['dist/node.js'].exports);
  await mkdir('dist/wasm', { recursive: true });
  for (const name of PACKAGED_KERNELS.filter((name) => kernels.includes(name))) {
    await copyFile(`build/wasm/${name}.wasm`, `dist/wasm/${name}.wasm`);
  }
  await copyDeclarations();
}

/** The compiler's declarations, those written by hand, and the options with their documentation. */
async function copyDeclarations() {
  await cp('build/types', 'dist/types', { recursive: true });
  for (const name of DECLARATIONS) await copyFile(`src/${name}`, `dist/types/${name}`);
  for (const entry of ['node', 'browser', 'browserTraining', 'edge']) {
    const file = `dist/types/${entry}.d.ts`;
    const declarations = await readFile(file, 'utf8');
    await writeFile(file, `/// <reference path="./runtime.d.ts" />\n${declarations}`);
  }
  const { optionsDeclarations } = await importTypeScript('scripts/optionsDeclarations.ts');
  const file = 'dist/types/training/options.d.ts';
  let declarations = await readFile(file, 'utf8');
  for (const [computed, written] of Object.entries(optionsDeclarations)) {
    if (!declarations.includes(computed)) throw new Error(`${file} has no "${computed}"`);
    declarations = declarations.replace(computed, written);
  }
  await writeFile(file, declarations);
}

const wanted = process.argv.includes('--start') ? await kernelsOfThisNode() : ALL_KERNELS;
const [kernels] = await Promise.all([
  buildKernels(wanted),
  tool('typescript/bin/tsc', '-p', 'tsconfig.build.json'),
]);
await buildPackage(kernels);
