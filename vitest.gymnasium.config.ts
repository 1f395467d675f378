import { defineConfig } from 'vitest/config';
import { engineDefines } from './vitest.shared.js';

export default defineConfig({
  define: engineDefines,
  test: {
    include: ['test/gymnasium/**/*.test.ts'],
    setupFiles: ['test/support/equalBytes.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
