import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import { createServer, build as vite } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { DIST, ISOLATED, openPage, runInPage, serve, useChromium } from './support.js';

const { train } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

const { browser } = useChromium();
const folder = temporaryFolder();
const settings = {
  environment: 'CartPole-v1',
  environments: 2,
  steps: 128,
  timesteps: 512,
  reproducible: true,
};
let expected: Uint8Array;

beforeAll(async () => {
  mkdirSync(folder.path('node_modules/wasm-trpo'), { recursive: true });
  copyFileSync(PACKAGE, folder.path('node_modules/wasm-trpo/package.json'));
  symlinkSync(DIST, folder.path('node_modules/wasm-trpo/dist'));
  writeFileSync(
    folder.path('app.js'),
    "import { resume, train } from 'wasm-trpo/browser';\nglobalThis.trpo = { resume, train };\n",
  );
  writeFileSync(
    folder.path('index.html'),
    '<!doctype html><title>test</title><script type="module" src="./app.js"></script>',
  );
  await train({ ...settings, threads: 1, runDirectory: folder.path('run') });
  expected = new Uint8Array(readFileSync(folder.path('run/policy.safetensors')));
});

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function expectToTrainAt(url: string, threads: number): Promise<void> {
  const page = await openPage(browser(), url);
  const run = await runInPage(page, { mode: 'train', ...settings, threads });
  expect(run.threads).toBe(threads);
  expect(run.files['policy.safetensors']).toEqual(expected);
  await page.close();
}

/** Trains in the page of a built site, isolated and not, and compares with Node.js. */
async function expectToTrain(site: string): Promise<void> {
  for (const [headers, threads] of [
    [ISOLATED, 2],
    [{}, 1],
  ] as const) {
    const server = await serve(site, headers, { '/': readFileSync(join(site, 'index.html'), 'utf8') });
    closers.push(server.close);
    await expectToTrainAt(server.origin, threads);
  }
}

test("served by Vite's development server", async () => {
  const server = await createServer({
    root: folder.path(),
    logLevel: 'warn',
    configFile: false,
    optimizeDeps: { exclude: ['wasm-trpo'] },
    // the package lies behind a link here
    server: { host: '127.0.0.1', headers: ISOLATED, fs: { strict: false } },
  });
  await server.listen();
  try {
    await expectToTrainAt(server.resolvedUrls!.local[0], 2);
  } finally {
    await server.close();
  }
});

test('bundled by Vite', async () => {
  const site = folder.path('vite');
  await vite({
    root: folder.path(),
    logLevel: 'warn',
    configFile: false,
    build: { outDir: site, emptyOutDir: true },
  });
  await expectToTrain(site);
});

test("bundled by esbuild, with the worker's programs and the kernels copied beside the bundle", async () => {
  const site = folder.path('esbuild');
  await esbuild({
    entryPoints: [folder.path('app.js')],
    outdir: site,
    bundle: true,
    format: 'esm',
    minify: true,
    // MuJoCo, where it is installed, asks for it in Node.js alone
    external: ['module'],
    logLevel: 'warning',
  });
  copyFileSync(folder.path('index.html'), join(site, 'index.html'));
  const dist = folder.path('node_modules/wasm-trpo/dist');
  for (const name of ['browserWorker.js', 'browserTraining.js'])
    copyFileSync(join(dist, name), join(site, name));
  cpSync(join(dist, 'wasm'), join(site, 'wasm'), { recursive: true });
  await expectToTrain(site);
});
