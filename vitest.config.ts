import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { engineDefines, LEARNING_TESTS, MPI_TESTS, PYTHON_TESTS } from './vitest.shared.js';

/** Suites whose signals, time limits and threads want the cores for themselves. */
const ALONE = ['test/faults/hang.test.ts', 'test/faults/process.test.ts', 'test/threads/process.test.ts'];

export default defineConfig({
  define: engineDefines,
  test: {
    testTimeout: 60_000,
    setupFiles: ['test/support/equalBytes.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'beside each other',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...configDefaults.exclude,
            ...ALONE,
            LEARNING_TESTS,
            MPI_TESTS,
            PYTHON_TESTS,
            'test/browser/**',
            'test/bundlers/**',
            'test/demo/**',
            'test/firefox/**',
            'test/package/**',
            'test/runtimes/**',
          ],
          maxWorkers: availableParallelism(),
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          fileParallelism: false,
          // after all others
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
