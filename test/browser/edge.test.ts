import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  mainPolicy,
  OFFSETS,
  observations,
  observationsAtOffset,
  policyAtOffset,
  SPACES,
  trainedPolicy,
} from '../edge/support.js';
import { DIST, serve, useChromium } from './support.js';

const { browser } = useChromium();
const PAGE = `<!doctype html><title>test</title><script type="module">
import * as edge from './edge.js';
globalThis.edge = edge;
</script>`;

let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  // what acting needs is allowed, and nothing else
  const policy =
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'none'";
  server = await serve(join(DIST), { 'content-security-policy': policy }, { '/': PAGE });
});
afterAll(() => server.close());

const POLICIES = [
  ...Object.entries(SPACES).map(([name, space]) => ({
    name: `over ${name}`,
    train: () => trainedPolicy(space),
    batch: observations(100),
  })),
  ...Object.entries(OFFSETS).map(([name, observe]) => ({
    name: `at ${name}`,
    train: () => policyAtOffset(SPACES.Box, observe),
    batch: observationsAtOffset(observe, 100),
  })),
];

test.each(POLICIES)('a policy $name acts in Chromium as on Node.js, to the bit', async ({ train, batch }) => {
  const bytes = await train();
  const main = mainPolicy(bytes);
  const page = await browser().newPage();
  await page.goto(server.origin);
  await page.waitForFunction(() => 'edge' in globalThis);
  const actions = await page.evaluate(
    async ([bytes, batch]) => {
      const { createPolicy } = (globalThis as unknown as { edge: typeof import('../../src/edge.js') }).edge;
      const module = await WebAssembly.compileStreaming(fetch('./wasm/edge.wasm'));
      const policy = createPolicy(module, new Uint8Array(bytes));
      return {
        modes: policy.actBatch(batch, { deterministic: true }),
        draws: policy.actBatch(batch),
        one: policy.act(batch[0]),
      };
    },
    [[...bytes], batch] as const,
  );
  expect(actions).toEqual({
    modes: main.actBatch(batch, { deterministic: true }),
    draws: main.actBatch(batch),
    one: main.act(batch[0]),
  });
  await page.close();
});
