// Bundles bench/main.ts and runs it: node bench/run.mjs [section ...] [--json FILE] [--variant NAME] [--threads N]
// Sections of learning also take --environments A,B --seeds 0,1 --results FILE: the file keeps finished runs, so that
// several processes can share the work and the last one prints all. It knows options, not code: begin a new one after a change.
// Of paper and rivals it is a folder of run folders.
import { fileURLToPath, pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
await build({
  // rolloutTasks is what worker threads load their environments from, soakRun and parserRun are processes of their own
  entryPoints: {
    main: path('bench/main.ts'),
    rolloutTasks: path('bench/rolloutTasks.ts'),
    soakRun: path('bench/soakRun.ts'),
    parserRun: path('bench/parserRun.ts'),
  },
  outdir: path('build/bench'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  define: {
    KERNEL_FOLDER: JSON.stringify('../wasm/'),
    WORKER_FILE: JSON.stringify('../../dist/worker.js'),
  },
  logLevel: 'warning',
});
// the core's limit with the instructions of each build of the kernels (scripts/build.mjs)
const LIMITS = { simd: [], relaxed: ['--enable', 'relaxed-simd'] };
const compiled = await Promise.all(
  Object.entries(LIMITS).map(([name, options]) =>
    asc.main([
      ...[
        '--baseDir',
        path(''),
        '--config',
        'asconfig.json',
        '--target',
        'release',
        'bench/assembly/limit.ts',
      ],
      ...[...options, '-o', `build/bench/limit-${name}.wasm`],
    ]),
  ),
);
for (const { error, stderr } of compiled) {
  if (error) throw new Error(`bench/assembly/limit.ts: ${error.message}\n${stderr}`);
}
await import(pathToFileURL(path('build/bench/main.mjs')).href);
