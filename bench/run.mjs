// Bundles bench/main.ts and runs it: node bench/run.mjs [section ...] [--json FILE] [--variant NAME] [--threads N]
// Sections of learning also take --environments A,B --seeds 0,1 --results FILE: the file keeps finished runs, so that
// several processes can share the work and the last one prints all. Its keys are options, not code: begin a new one after a change.
// For paper and rivals, --results is a folder of run folders.
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';
import { bundleBenchmarks, projectPath } from './bundle.mjs';

await bundleBenchmarks({
  main: 'main.ts',
  // worker threads load their environments from rolloutTasks; soakRun and parserRun are processes of their own
  rolloutTasks: 'speed/rolloutTasks.ts',
  soakRun: 'robustness/soakRun.ts',
  parserRun: 'robustness/parserRun.ts',
});

// programs beside the kernels, with the instructions of each build (scripts/build.mjs): the core's limit, single convolutions
const PROGRAMS = ['limit', 'convolution'];
const BUILDS = { simd: [], relaxed: ['--enable', 'relaxed-simd'] };
await Promise.all(
  PROGRAMS.flatMap((program) =>
    Object.entries(BUILDS).map(async ([build, options]) => {
      const source = `bench/speed/assembly/${program}.ts`;
      const { error, stderr } = await asc.main([
        ...['--baseDir', projectPath(''), '--config', 'asconfig.json', '--target', 'release', source],
        ...[...options, '-o', `build/bench/${program}-${build}.wasm`],
      ]);
      if (error) throw new Error(`${source}: ${error.message}\n${stderr}`);
    }),
  ),
);
await import(pathToFileURL(projectPath('build/bench/main.mjs')).href);
