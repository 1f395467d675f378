import { expect, test, vi } from 'vitest';
import { PlatformError } from '../../src/errors.js';
import { thisProcess } from '../../src/platform/nodeProcesses.js';

// as in Deno without the permission
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  hostname: () => {
    throw new Error('Requires sys access to "hostname"');
  },
}));

test('a runtime that hides the name of its host is told with the way out', async () => {
  const error = await thisProcess().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(PlatformError);
  expect((error as Error).message).toMatch(/cannot be read.*Requires sys access.*--allow-sys=hostname/);
});
