import { defineConfig } from 'vitest/config';
import { engineDefines, PYTHON_TESTS } from './vitest.shared.js';

export default defineConfig({
  define: engineDefines,
  test: {
    include: [PYTHON_TESTS],
    setupFiles: ['test/support/equalBytes.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
