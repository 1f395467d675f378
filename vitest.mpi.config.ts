import { defineConfig } from 'vitest/config';
import { engineDefines, MPI_TESTS } from './vitest.shared.js';

export default defineConfig({
  define: engineDefines,
  test: {
    include: [MPI_TESTS],
    setupFiles: ['test/support/equalBytes.ts'],
    // each test has more processes than most machines have cores
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
