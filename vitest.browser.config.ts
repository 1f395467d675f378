import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // for the environment of examples/page, which tests run on Node.js too
  resolve: { alias: { 'wasm-trpo/browser': fileURLToPath(new URL('dist/browser.js', import.meta.url)) } },
  test: {
    include: ['test/browser/**/*.test.ts', 'test/bundlers/*.test.ts', 'test/demo/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
