import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Absolute path of a file of the project. */
export function projectPath(name) {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

/** Bundles programs for Node.js. entryPoints: output name -> source file in bench/. Each becomes build/bench/NAME.mjs. */
export async function bundleBenchmarks(entryPoints) {
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(entryPoints).map(([name, source]) => [name, projectPath(`bench/${source}`)]),
    ),
    outdir: projectPath('build/bench'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    // relative to the bundle; worker threads run the package's own program
    define: {
      KERNEL_FOLDER: JSON.stringify('../wasm/'),
      WORKER_FILE: JSON.stringify('../../dist/worker.js'),
    },
    logLevel: 'warning',
  });
}
