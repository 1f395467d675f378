import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Corridor } from '../../examples/page/corridor.js';
import type * as api from '../../src/browser.js';
import { startCli, temporaryFolder } from '../support/cli.js';
import { type Contents, expectSameRun, readRun, writeRun } from '../support/engineRuns.js';
import { DIST, ISOLATED, openPage, runInPage, serve, useChromium } from './support.js';

const { resume, TimeLimit, train } = (await import(
  join(DIST, 'node.js')
)) as typeof import('../../src/node.js');
const EXAMPLE = fileURLToPath(new URL('../../examples/page/', import.meta.url));

const { browser } = useChromium();
const folder = temporaryFolder();
const SETTINGS = {
  environment: 'Corridor',
  environments: 2,
  steps: 256,
  timesteps: 4 * 512,
  reproducible: true,
};
const environment = () => new TimeLimit(new Corridor(), 200);

/** Programs of workers, by their names. */
const WORKERS = {
  silent: '',
  late: `import { serveTraining, TimeLimit } from 'wasm-trpo/browser/worker';
import { Corridor } from './corridor.ts';
await new Promise((resolve) => setTimeout(resolve, 200));
serveTraining({ environments: { Corridor: () => new TimeLimit(new Corridor(), 200) } });
`,
  taken: `import { serveTraining } from 'wasm-trpo/browser/worker';
import { Corridor } from './corridor.ts';
serveTraining({ environments: { 'CartPole-v1': () => new Corridor() } });
`,
  ofClass: `import { serveTraining } from 'wasm-trpo/browser/worker';
import { Corridor } from './corridor.ts';
serveTraining({ environments: { Corridor } });
`,
  twice: `import { serveTraining } from 'wasm-trpo/browser/worker';
serveTraining();
serveTraining();
`,
};
type Program = keyof typeof WORKERS | 'own';

/** Makes workers of these programs, and some that no page should make. */
const APP = `import * as trpo from 'wasm-trpo/browser';
globalThis.workers = {
  own: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
${Object.keys(WORKERS)
  .map(
    (name) => `  ${name}: () => new Worker(new URL('./${name}.ts', import.meta.url), { type: 'module' }),\n`,
  )
  .join('')}
};
globalThis.trpo = {
  ...trpo,
  train: (settings) => trpo.train({ worker: workers.own, ...settings }),
  resume: (settings) => trpo.resume({ worker: workers.own, ...settings }),
};
globalThis.plain = trpo;
`;

declare global {
  var workers: Record<Program, () => Worker>;
  /** The package itself. */
  var plain: typeof api;
}

let expected: Contents;
let close: () => void;
let origin: string;
beforeAll(async () => {
  for (const name of ['worker.ts', 'corridor.ts']) copyFileSync(join(EXAMPLE, name), folder.path(name));
  for (const [name, text] of Object.entries(WORKERS)) writeFileSync(folder.path(`${name}.ts`), text);
  writeFileSync(folder.path('app.js'), APP);
  writeFileSync(
    folder.path('index.html'),
    '<!doctype html><title>test</title><script type="module" src="./app.js"></script>',
  );
  const dist = (file: string) => join(DIST, file);
  const site = folder.path('site');
  await vite({
    root: folder.path(),
    logLevel: 'warn',
    configFile: false,
    resolve: {
      alias: [
        { find: 'wasm-trpo/browser/worker', replacement: dist('browserTraining.js') },
        { find: 'wasm-trpo/browser', replacement: dist('browser.js') },
      ],
    },
    worker: { format: 'es' },
    build: { outDir: site, emptyOutDir: true, target: 'es2022' },
  });
  const server = await serve(site, ISOLATED, { '/': readFileSync(join(site, 'index.html'), 'utf8') });
  ({ close, origin } = server);
  const runDirectory = folder.path('node');
  const { environment: environmentName, ...settings } = SETTINGS;
  await train({ ...settings, environment, environmentName, threads: 1, runDirectory });
  expected = readRun(runDirectory);
});
afterAll(() => close());

describe('a run on an environment that a worker of the page names', () => {
  test.each([1, 2, 3])('has the files of Node.js with %i threads, which end with it', async (threads) => {
    const page = await openPage(browser(), origin);
    const run = await runInPage(page, { mode: 'train', ...SETTINGS, threads });
    expect([run.threads, run.finished, run.warnings]).toEqual([threads, true, []]);
    expectSameRun(run.files, expected);
    await expect.poll(() => page.workers().length).toBe(0);
    await page.close();
  });

  test('goes on in the page and on Node.js, where the environment is given again', async () => {
    const page = await openPage(browser(), origin);
    const half = await runInPage(page, { mode: 'train', ...SETTINGS, threads: 2 }, { stopAfter: 2 });
    expect(half.finished).toBe(false);
    const inPage = await runInPage(page, { mode: 'resume', threads: 2 }, { files: half.files });
    expectSameRun(inPage.files, expected);
    const runDirectory = writeRun(folder.path('half'), half.files);
    const refused = await startCli(['train', '--resume', runDirectory], folder.path());
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/trained on "Corridor", which is not a known name.*give it again/);
    await resume({ runDirectory, environment });
    expectSameRun(readRun(runDirectory), expected);
    await page.close();
  });

  test('trains by a search, and in a worker that serves late', async () => {
    const page = await openPage(browser(), origin);
    const finished = await page.evaluate(async (environment) => {
      const search = trpo.train({ environment, algorithm: 'cem', timesteps: 20_000 });
      const late = plain.train({ environment, worker: workers.late, timesteps: 1000, threads: 2 });
      return [(await search.ended).finished, (await late.ended).finished];
    }, SETTINGS.environment);
    expect(finished).toEqual([true, true]);
    await page.close();
  });
});

/** What a run ends with that is asked for by a program in the page. */
async function failureOf(page: Page, run: (environment: string) => Promise<unknown>): Promise<string> {
  const failing = page.evaluate(
    `(${run})('Corridor').then(() => 'no failure', (error) => error.name + ' ' + (error instanceof plain.TrpoError) + ': ' + error.message)`,
  );
  return (await failing) as string;
}

describe('a page is told', () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage(browser(), origin);
  });
  afterAll(() => page.close());

  test('which names its worker knows, and how to name one more', async () => {
    const failure = await failureOf(page, async () => trpo.train({ environment: 'Coridor' }).ended);
    expect(failure).toMatch(
      /^EnvironmentError true: Environment "Coridor" is unknown \(did you mean "Corridor"\?\); the known ones are Corridor, CartPole-v1, .*serveTraining\(\{ environments: \{ "Coridor": \(\) => new Corridor\(\) \} \}\)/,
    );
  });

  test('that the worker of the package knows none of its own, also when it resumes', async () => {
    const wayOut =
      /serveTraining\(\{ environments: \{ "Corridor".*worker: \(\) => new Worker\(new URL\('\.\/worker\.js'/;
    const begun = await failureOf(page, async (environment) => plain.train({ environment }).ended);
    expect(begun).toMatch(/^EnvironmentError true: Environment "Corridor" is unknown/);
    expect(begun).toMatch(wayOut);
    const resumed = await failureOf(page, async (environment) => {
      const { files } = await trpo.train({ environment, timesteps: 500, steps: 256 }).ended;
      return plain.resume({ files, timesteps: 1000 }).ended;
    });
    expect(resumed).toMatch(/^EnvironmentError true: .*trained on "Corridor", which is not a known name/);
    expect(resumed).toMatch(wayOut);
  });

  test('that an environment is given by its name', async () => {
    const failure = await failureOf(page, async () => trpo.train({ environment: (() => 0) as never }).ended);
    expect(failure).toMatch(/^EnvironmentError true: environment is a function.*serveTraining.*'Corridor'/);
  });

  test.each([
    ['taken', /EnvironmentError: environments names "CartPole-v1", which is known already/],
    ['ofClass', /EnvironmentError: environments\.Corridor is the class \w+; give a function/],
    ['twice', /PlatformError: serveTraining was called twice/],
  ] as const)('what its worker did wrong: %s', async (name, message) => {
    const failure = await failureOf(
      page,
      Function(
        'environment',
        `return plain.train({ environment, worker: workers.${name} }).ended`,
      ) as () => Promise<unknown>,
    );
    expect(failure).toMatch(/^PlatformError true: The worker that trains ended/);
    expect(failure).toMatch(message);
  });

  test('what is wrong with the worker that it gives', async () => {
    const given = (worker: string) =>
      failureOf(
        page,
        Function(
          'environment',
          `return (async () => plain.train({ environment, environments: 2, threads: 2, steps: 256, timesteps: 512, ${worker} }).ended)()`,
        ) as () => Promise<unknown>,
      );
    expect(await given('worker: workers.own, workerUrl: "/w.js"')).toMatch(
      /^OptionError true: worker and workerUrl are both given/,
    );
    expect(await given('worker: workers.own()')).toMatch(
      /^OptionError true: worker is \[object Worker\]; several may be needed, so give a function/,
    );
    expect(await given('worker: () => { workers.own() }')).toMatch(
      /^OptionError true: worker returned undefined/,
    );
    // the second is for a thread
    expect(await given('worker: ((one) => () => one)(workers.own())')).toMatch(
      /^PlatformError true: Worker 1 ended: worker returned a Worker that was taken already/,
    );
    expect(
      await given(
        'worker: ((calls) => () => calls++ === 0 ? workers.own() : new Worker("/nowhere.js", { type: "module" }))(0)',
      ),
    ).toMatch(/^PlatformError true: Worker 1 ended: its program could not be loaded/);
    // two were made and refused, and are still the page's own
    await expect.poll(() => page.workers().length).toBe(2);
  });

  test('that serveTraining belongs in a worker', async () => {
    const { serveTraining } = (await import(join(DIST, 'browserTraining.js'))) as {
      serveTraining(): void;
    };
    expect(() => serveTraining()).toThrow(/^serveTraining was called outside a worker/);
  });
});

test('a worker that does not call serveTraining is told of after half a minute', async () => {
  const page = await browser().newPage();
  await page.clock.install();
  await page.goto(origin);
  await page.waitForFunction(() => 'plain' in globalThis);
  const failing = failureOf(
    page,
    async (environment) => plain.train({ environment, worker: workers.silent }).ended,
  );
  await expect.poll(() => page.workers().length).toBe(1);
  await page.clock.fastForward(31_000);
  expect(await failing).toMatch(
    /^PlatformError true: The worker that trains ended: its program did not serve training within 30 s; it must call serveTraining\(\)/,
  );
  await expect.poll(() => page.workers().length).toBe(0);
  await page.close();
});
