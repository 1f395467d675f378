/** What scripts/build.mjs defines in dist/, seen from src/platform/. */
export const engineDefines = {
  KERNEL_FOLDER: JSON.stringify('../../build/wasm/'),
  WORKER_FILE: JSON.stringify('../../dist/worker.js'),
};

/** Runs that are long enough to learn: `npm run test:learning`. */
export const LEARNING_TESTS = 'test/**/*.learning.test.ts';

/** What needs a library of MPI: `npm run test:mpi`. */
export const MPI_TESTS = 'test/**/*.mpi.test.ts';

/** What needs Python: `npm run test:gymnasium`. */
export const PYTHON_TESTS = 'test/**/*.python.test.ts';
