import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/runtimes/**/*.test.ts'],
    globalSetup: 'test/runtimes/setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
