import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: {
    KERNEL_FOLDER: JSON.stringify('../../build/wasm/'),
    WORKER_FILE: JSON.stringify('../../dist/worker.js'),
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/firefox/**', 'test/runtimes/**'],
    testTimeout: 60_000,
  },
});
