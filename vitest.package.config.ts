import { defineConfig } from 'vitest/config';
import { engineDefines } from './vitest.shared.js';

/** The built package as programs see it: types, bundles, the programs of the documents. */
export default defineConfig({
  define: engineDefines,
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 120_000 },
});
