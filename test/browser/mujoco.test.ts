import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import { createServer, build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { DIST, ISOLATED, openPage, PLAIN_PAGE, runInPage, serve, useChromium } from './support.js';

const { train } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MUJOCO = join(ROOT, 'node_modules/@mujoco/mujoco');
const { withoutCustomSections } = (await import(join(ROOT, 'scripts/withoutCustomSections.mjs'))) as {
  withoutCustomSections(module: Uint8Array): Uint8Array;
};

const { browser } = useChromium();
const folder = temporaryFolder();
const RUNS = {
  Swimmer: { environment: 'Swimmer-v5', environments: 4, steps: 64, timesteps: 512, seed: 3 },
  Hopper: { environment: 'Hopper-v5', environments: 4, steps: 64, timesteps: 512, seed: 4 },
};
type Run = keyof typeof RUNS;
const expected = {} as Record<Run, Uint8Array>;

/** An empty project with wasm-trpo installed, and MuJoCo if asked for. */
function installedProject(name: string, { withMujoco }: { withMujoco: boolean }): string {
  const modules = folder.path(`${name}/node_modules`);
  mkdirSync(join(modules, 'wasm-trpo'), { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(modules, 'wasm-trpo/package.json'));
  cpSync(DIST, join(modules, 'wasm-trpo/dist'), { recursive: true });
  if (withMujoco) {
    mkdirSync(join(modules, '@mujoco'));
    symlinkSync(MUJOCO, join(modules, '@mujoco/mujoco'));
  }
  const project = folder.path(name);
  writeFileSync(
    join(project, 'app.js'),
    "import * as trpo from 'wasm-trpo/browser';\nglobalThis.trpo = trpo;\n",
  );
  writeFileSync(
    join(project, 'index.html'),
    '<!doctype html><title>test</title><script type="module" src="./app.js"></script>',
  );
  return project;
}

const indexOf = (site: string) => ({ '/': readFileSync(join(site, 'index.html'), 'utf8') });

/** The package's files as they are, in a page that names them by their place. */
const UNBUNDLED_PAGE = {
  '/': PLAIN_PAGE.replace('./browser.js', './node_modules/wasm-trpo/dist/browser.js'),
};

const closers: (() => void)[] = [];
async function served(...site: Parameters<typeof serve>): Promise<string> {
  const server = await serve(...site);
  closers.push(server.close);
  return server.origin;
}

let installed: string;
let withoutMujoco: string;
beforeAll(async () => {
  installed = installedProject('installed', { withMujoco: true });
  withoutMujoco = installedProject('without', { withMujoco: false });
  for (const name of Object.keys(RUNS) as Run[]) {
    const runDirectory = folder.path(name);
    await train({ ...RUNS[name], reproducible: true, threads: 1, runDirectory });
    expected[name] = new Uint8Array(readFileSync(join(runDirectory, 'policy.safetensors')));
  }
});
afterAll(() => {
  for (const close of closers) close();
});

async function expectToTrain(url: string, name: Run, threads: number): Promise<void> {
  const page = await openPage(browser(), url);
  const run = await runInPage(page, { mode: 'train', reproducible: true, ...RUNS[name], threads });
  expect(run.threads).toBe(threads);
  expect(Buffer.compare(run.files['policy.safetensors'], expected[name])).toBe(0);
  await page.close();
}

describe('without a bundler, the policy has the bytes of Node.js', () => {
  test.each(
    (['Swimmer', 'Hopper'] as const).flatMap((name) => [1, 2].map((threads) => [name, threads] as const)),
  )('%s on %i threads of an isolated page', async (name, threads) => {
    await expectToTrain(await served(installed, ISOLATED, UNBUNDLED_PAGE), name, threads);
  });

  test('Hopper in a page that is not isolated', async () => {
    await expectToTrain(await served(installed, {}, UNBUNDLED_PAGE), 'Hopper', 1);
  });

  test("with MuJoCo copied beside the worker's program", async () => {
    const site = folder.path('copied');
    cpSync(DIST, site, { recursive: true });
    cpSync(MUJOCO, join(site, 'mujoco'), { recursive: true });
    await expectToTrain(await served(site, ISOLATED), 'Swimmer', 2);
  });
});

describe('with a bundler', () => {
  const viteSettings = (project: string) => ({
    root: project,
    logLevel: 'warn' as const,
    configFile: false as const,
    worker: { format: 'es' as const },
  });

  test("served by Vite's development server", async () => {
    const server = await createServer({
      ...viteSettings(installed),
      optimizeDeps: { exclude: ['wasm-trpo', '@mujoco/mujoco'] },
      // MuJoCo lies behind a link here
      server: { host: '127.0.0.1', headers: ISOLATED, fs: { strict: false } },
    });
    await server.listen();
    closers.push(() => server.close());
    await expectToTrain(server.resolvedUrls!.local[0], 'Swimmer', 2);
  });

  test.each([true, false])('bundled by Vite, with MuJoCo installed: %s', async (withMujoco) => {
    const project = withMujoco ? installed : withoutMujoco;
    const site = join(project, 'vite');
    await vite({ ...viteSettings(project), build: { outDir: site, emptyOutDir: true } });
    const url = await served(site, ISOLATED, indexOf(site));
    if (withMujoco) await expectToTrain(url, 'Swimmer', 2);
    else await expectToMiss(url);
  });

  test("bundled by esbuild together with the worker's program, MuJoCo without names and debugging data", async () => {
    const site = join(installed, 'esbuild');
    await esbuild({
      absWorkingDir: installed,
      entryPoints: { app: 'app.js', browserWorker: 'wasm-trpo/browserWorker.js' },
      outdir: site,
      bundle: true,
      splitting: true,
      format: 'esm',
      // which MuJoCo imports on Node.js alone
      external: ['module'],
      minify: true,
      logLevel: 'warning',
    });
    copyFileSync(join(installed, 'index.html'), join(site, 'index.html'));
    const mujoco = withoutCustomSections(readFileSync(join(MUJOCO, 'mujoco.wasm')));
    expect(mujoco.length).toBeLessThan(5e6);
    writeFileSync(join(site, 'mujoco.wasm'), mujoco);
    cpSync(join(DIST, 'wasm'), join(site, 'wasm'), { recursive: true });
    await expectToTrain(await served(site, ISOLATED, indexOf(site)), 'Swimmer', 2);
  });
});

/** What a run of Hopper in the page ends with. */
async function failureAt(url: string): Promise<string> {
  const page = await openPage(browser(), url);
  const failure = await page.evaluate(async () => {
    const training = trpo.train({ environment: 'Hopper-v5', timesteps: 1000 });
    return training.ended.then(
      () => 'no failure',
      (error: Error) => `${error.name} ${error instanceof trpo.PlatformError}: ${error.message}`,
    );
  });
  await page.close();
  return failure;
}

async function expectToMiss(url: string): Promise<void> {
  const failure = await failureAt(url);
  expect(failure).toMatch(/^PlatformError true: The MuJoCo tasks need the package @mujoco\/mujoco/);
  expect(failure).toMatch(/npm install @mujoco\/mujoco@3\.14\.0.*beside wasm-trpo's program$/);
}

describe('a page told that', () => {
  test('MuJoCo is not there: where it was looked for and how to bring it', async () => {
    const url = await served(withoutMujoco, {}, UNBUNDLED_PAGE);
    await expectToMiss(url);
    expect(await failureAt(url)).toContain(`${url}/node_modules/wasm-trpo/dist/mujoco/mujoco.js`);
  });

  test('the content policy forbids what its bindings need', async () => {
    const policy =
      "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
    const headers = { 'content-security-policy': policy };
    const url = await served(installed, headers, UNBUNDLED_PAGE);
    expect(await failureAt(url)).toMatch(/^PlatformError true: MuJoCo's WebAssembly.*'unsafe-eval'/);
    const allowing = policy.replace("'wasm-unsafe-eval'", "'wasm-unsafe-eval' 'unsafe-eval'");
    const allowed = { 'content-security-policy': allowing };
    await expectToTrain(await served(installed, allowed, UNBUNDLED_PAGE), 'Swimmer', 1);
  });
});

test('MuJoCo is loaded by its tasks alone', async () => {
  const url = await served(installed, ISOLATED, UNBUNDLED_PAGE);
  const context = await browser().newContext();
  const asked: string[] = [];
  context.on('request', (request) => asked.push(request.url()));
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'trpo' in globalThis);
  const settings = { mode: 'train', environments: 2, steps: 64, timesteps: 256, threads: 1 } as const;
  const ofMujoco = () => asked.filter((address) => address.endsWith('mujoco.wasm')).length;
  await runInPage(page, { ...settings, environment: 'CartPole-v1' });
  expect(asked.some((address) => address.endsWith('browserWorker.js'))).toBe(true);
  expect(ofMujoco()).toBe(0);
  await runInPage(page, { ...settings, environment: 'Swimmer-v5' });
  expect(ofMujoco()).toBe(1);
  await context.close();
});
