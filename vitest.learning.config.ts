import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { engineDefines, LEARNING_TESTS } from './vitest.shared.js';

export default defineConfig({
  define: engineDefines,
  test: { include: [LEARNING_TESTS], testTimeout: 300_000, maxWorkers: availableParallelism() },
});
