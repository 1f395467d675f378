import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build as esbuild, type Format } from 'esbuild';
import { build as vite } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';
import * as main from '../../src/node.js';
import { consumerFolder, type Ended, ROOT, runNode } from './consumer.js';

const folder = consumerFolder();
const DIST = `${ROOT}dist`;

/** Trains with two threads and limited steps, so that it needs the kernels, the worker and the watchdog. */
const SERVER = `import { train } from 'wasm-trpo';
train({ environment: 'CartPole-v1', environments: 2, steps: 64, timesteps: 128, threads: 2, stepTimeoutMs: 5000 }).then(
  ({ trainer }) => console.log(trainer.threads, trainer.totalTimesteps),
  (error) => console.log(error.name + ': ' + error.message),
);
`;
const TRAINED = { code: 0, output: '2 128\n' };

beforeAll(() => writeFileSync(folder.path('server.js'), SERVER));

/** Bundles the server into one file of a folder of its own, and runs it there beside the named files of the package. */
async function bundledServer(
  format: Format,
  { beside = [], external = [] }: { beside?: readonly string[]; external?: readonly string[] } = {},
): Promise<Ended & { readonly site: string }> {
  const site = folder.path(`site-${format}-${beside.length}-${external.length}`);
  mkdirSync(site);
  writeFileSync(`${site}/package.json`, '{ "type": "module" }\n');
  const program = `server.${format === 'cjs' ? 'cjs' : 'js'}`;
  await esbuild({
    entryPoints: [folder.path('server.js')],
    outfile: `${site}/${program}`,
    bundle: true,
    platform: 'node',
    format,
    external: ['@mujoco/mujoco', ...external],
    logLevel: 'error',
  });
  for (const name of beside) cpSync(`${DIST}/${name}`, `${site}/${name}`, { recursive: true });
  return { site, ...(await runNode([program], site)) };
}

describe.each<Format>(['esm', 'cjs'])('a server that esbuild put into one file (%s)', (format) => {
  test('says in one sentence what to do about the files it lacks', async () => {
    const { site, output } = await bundledServer(format);
    expect(output).toContain(`PlatformError: ${site}/wasm/`);
    expect(output).toMatch(/mark it as external \(esbuild: --external:wasm-trpo\)/);
    expect(output).toContain(
      `or copy wasm/, worker.js, watchdog.js, gymnasium.js and bridge.py of node_modules/wasm-trpo/dist/ to ${site};`,
    );
    expect(output.trimEnd()).not.toContain('\n');
  });

  test('says the same of the program of its threads', async () => {
    const { site, output } = await bundledServer(format, { beside: ['wasm'] });
    expect(output).toContain(`PlatformError: ${site}/worker.js does not exist`);
  });

  test('trains with all threads once they are copied', async () => {
    const beside = ['wasm', 'worker.js', 'watchdog.js', 'gymnasium.js', 'bridge.py'];
    expect(await bundledServer(format, { beside })).toMatchObject(TRAINED);
  });
});

test('a server that leaves the package outside its bundle trains', async () => {
  expect(await bundledServer('esm', { external: ['wasm-trpo'] })).toMatchObject(TRAINED);
});

describe('a page that imports the main entry', () => {
  const EXPLAINED =
    /^PlatformError: wasm-trpo itself needs Node\.js.*in a page import wasm-trpo\/browser, at the edge wasm-trpo\/edge/;

  beforeAll(() => {
    writeFileSync(
      folder.path('page.js'),
      "import { Box, train } from 'wasm-trpo';\nglobalThis.page = () => train(new Box({ low: 0, high: 1, size: 1 }));\n",
    );
  });

  async function faultOf(program: string): Promise<string> {
    return import(/* @vite-ignore */ pathToFileURL(program).href).then(
      () => 'nothing was thrown',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  }

  test('is told by esbuild what to import instead', async () => {
    const outfile = folder.path('page-esbuild.mjs');
    await esbuild({
      entryPoints: [folder.path('page.js')],
      outfile,
      bundle: true,
      format: 'esm',
      minify: true,
      logLevel: 'error',
    });
    expect(await faultOf(outfile)).toMatch(EXPLAINED);
  });

  test('is told by Vite what to import instead', async () => {
    await vite({
      root: folder.path(),
      logLevel: 'error',
      configFile: false,
      build: {
        outDir: folder.path('page-vite'),
        lib: { entry: folder.path('page.js'), formats: ['es'], fileName: () => 'page.mjs' },
      },
    });
    expect(await faultOf(folder.path('page-vite/page.mjs'))).toMatch(EXPLAINED);
  });

  test('finds every name of the main entry, so that its bundler has nothing to report', () => {
    const text = readFileSync(`${DIST}/unavailable.js`, 'utf8');
    const names = [...text.matchAll(/\$(\w+) as \1\b/g)].map(([, name]) => name);
    expect(names.sort()).toEqual(Object.keys(main).sort());
  });
});

describe("a worker that imports the package's program for nothing but its effect", () => {
  beforeAll(() => writeFileSync(folder.path('worker.js'), "import 'wasm-trpo/browserWorker.js';\n"));

  test('serves when esbuild made it', async () => {
    const outfile = folder.path('worker-esbuild.mjs');
    await esbuild({
      entryPoints: [folder.path('worker.js')],
      outfile,
      bundle: true,
      format: 'esm',
      external: ['module'],
      logLevel: 'error',
    });
    expect(readFileSync(outfile, 'utf8')).toMatch(/\bserveTraining\(\);/);
  });

  test('serves when Vite made it', async () => {
    await vite({
      root: folder.path(),
      logLevel: 'error',
      configFile: false,
      build: {
        outDir: folder.path('worker-vite'),
        minify: false,
        lib: { entry: folder.path('worker.js'), formats: ['es'], fileName: () => 'worker.mjs' },
      },
    });
    expect(readFileSync(folder.path('worker-vite/worker.mjs'), 'utf8')).toMatch(/\bserveTraining\(\);/);
  });
});

test('types stand first in every entry that has them', () => {
  const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  for (const [name, conditions] of Object.entries<Record<string, string>>(exports)) {
    if (name === './package.json') continue;
    expect(Object.keys(conditions)[0], name).toBe('types');
    expect(Object.keys(conditions).at(-1), name).toBe('default');
  }
});
