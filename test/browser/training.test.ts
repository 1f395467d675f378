import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Download } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCli, temporaryFolder } from '../support/cli.js';
import {
  type Contents,
  expectSameRun,
  nodeRun,
  RUN_NAMES,
  RUNS,
  readRun,
  writeRun,
} from '../support/engineRuns.js';
import { DIST, ISOLATED, launchChromium, openPage, runInPage, serve, useChromium } from './support.js';

const { train } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');

const { browser } = useChromium();
const folder = temporaryFolder();

const servers: { close(): void }[] = [];
let isolated = '';
let shared = '';
beforeAll(async () => {
  const [first, second] = [await serve(DIST, ISOLATED), await serve(DIST)];
  servers.push(first, second);
  [isolated, shared] = [first.origin, second.origin];
});
afterAll(() => {
  for (const server of servers) server.close();
});

describe.each(RUN_NAMES)('%s', (name) => {
  let expected: Contents;
  beforeAll(async () => {
    expected = await nodeRun(name, folder.path(`${name}-whole`));
  });
  const settings = { mode: 'train', reproducible: true, ...RUNS[name] } as const;

  test.each([1, 2, 4])('in an isolated page gives the files of Node.js with %i threads', async (threads) => {
    const page = await openPage(browser(), isolated);
    const run = await runInPage(page, { ...settings, threads });
    expect([run.threads, run.variant, run.finished]).toEqual([threads, 'simd', true]);
    expect([run.iterations, run.warnings]).toEqual([4, []]);
    expectSameRun(run.files, expected);
    await page.close();
  });

  test('in another page runs on one thread, says so, and gives the same files', async () => {
    const page = await openPage(browser(), shared);
    const run = await runInPage(page, { ...settings, threads: 2 });
    expect(run.threads).toBe(1);
    expect(run.warnings).toEqual([
      expect.stringMatching(/not cross-origin isolated.*Cross-Origin-Opener-Policy/),
    ]);
    expectSameRun(run.files, expected);
    await page.close();
  });

  test('stopped in the page it goes on in the page and by the command line', async () => {
    const page = await openPage(browser(), isolated);
    const half = await runInPage(page, settings, { stopAfter: 2 });
    expect(half.finished).toBe(false);
    expect(half.iterations).toBeLessThan(4);
    const path = writeRun(folder.path(`${name}-half`), half.files);
    const inPage = await runInPage(page, { mode: 'resume' }, { files: half.files });
    expectSameRun(inPage.files, expected);
    expect(await startCli(['train', '--resume', path], folder.path())).toMatchObject({ code: 0 });
    expectSameRun(readRun(path), expected);
    await page.close();
  });

  test('stopped on Node.js it goes on in the page', async () => {
    const stop = new AbortController();
    const path = folder.path(`${name}-begun`);
    const onIteration = () => stop.abort();
    await train({ ...RUNS[name], reproducible: true, runDirectory: path, onIteration, signal: stop.signal });
    const page = await openPage(browser(), isolated);
    const run = await runInPage(page, { mode: 'resume', threads: 2 }, { files: readRun(path) });
    expect(run.iterations).toBe(3);
    expectSameRun(run.files, expected);
    await page.close();
  });
});

test('a run starts from the bytes of a policy, and gives the files of Node.js', async () => {
  const origin = folder.path('origin');
  await train({ ...RUNS.CartPole, reproducible: true, runDirectory: origin });
  const settings = { ...RUNS.CartPole, reproducible: true, seed: 11, timesteps: 512 };
  await train({ ...settings, initialPolicy: origin, runDirectory: folder.path('warm') });
  const page = await openPage(browser(), isolated);
  const files = await page.evaluate(
    async ({ settings, bytes }) => {
      const { ended } = trpo.train({ ...settings, initialPolicy: new Uint8Array(bytes) });
      const { files } = await ended;
      const names = ['policy.safetensors', 'initial.safetensors'];
      return Object.fromEntries(names.map((name) => [name, [...files[name]]]));
    },
    { settings, bytes: [...readFileSync(join(origin, 'policy.safetensors'))] },
  );
  for (const [name, content] of Object.entries(files)) {
    expect(Buffer.from(content).equals(readFileSync(folder.path('warm', name))), name).toBe(true);
  }
  await page.close();
});

test('a strict content policy that allows what docs/guide/browser.md names is enough', async () => {
  const policy =
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
  const server = await serve(DIST, { ...ISOLATED, 'content-security-policy': policy });
  servers.push(server);
  const page = await openPage(browser(), server.origin);
  const run = await runInPage(page, { mode: 'train', ...RUNS.CartPole, threads: 2 });
  expect([run.finished, run.threads]).toEqual([true, 2]);
  await page.close();
});

describe('storage of the origin', () => {
  test('a page closed in mid-training loses nothing that was saved; a new one goes on to the same bits', async () => {
    const settings = { ...RUNS.CartPole, timesteps: 60 * 512 };
    const whole = folder.path('long');
    await train({ ...settings, reproducible: true, runDirectory: whole });
    const context = await browser().newContext();
    const first = await context.newPage();
    await first.goto(isolated);
    await first.waitForFunction(() => 'trpo' in globalThis);
    await first.evaluate(
      (given) =>
        new Promise<void>((resolve) => {
          trpo.train({
            ...given,
            reproducible: true,
            storage: 'origin',
            runDirectory: 'runs/long',
            onIteration: ({ iteration }) => {
              if (iteration === 5) resolve();
            },
          });
        }),
      settings,
    );
    await first.close();
    const second = await context.newPage();
    await second.goto(isolated);
    await second.waitForFunction(() => 'trpo' in globalThis);
    const run = await runInPage(second, { mode: 'resume', storage: 'origin', runDirectory: 'runs/long' });
    expect(run.finished).toBe(true);
    expect(run.iterations).toBeLessThanOrEqual(55);
    expectSameRun(run.files, readRun(whole));
    await second.evaluate(() => trpo.deleteStoredRun('runs/long'));
    const again = runInPage(second, { mode: 'resume', storage: 'origin', runDirectory: 'runs/long' });
    await expect(again).rejects.toThrow(/FileError.*|holds no run/);
    await context.close();
  });

  test('files are not put over a run that is kept', async () => {
    const context = await browser().newContext();
    const page = await context.newPage();
    await page.goto(isolated);
    await page.waitForFunction(() => 'trpo' in globalThis);
    const kept = { ...RUNS.CartPole, storage: 'origin', runDirectory: 'kept', threads: 1 } as const;
    const { files } = await runInPage(page, { mode: 'train', ...kept });
    const other = await nodeRun('Pendulum', folder.path('over-kept'));
    const over = { mode: 'resume', storage: 'origin', runDirectory: 'kept' } as const;
    await expect(runInPage(page, over, { files: other })).rejects.toThrow(/kept holds a run already/);
    const again = await runInPage(page, over);
    expect(again.files).toEqual(files);
    const { 'config.json': _, ...halfOfOne } = other;
    await expect(runInPage(page, { ...over, runDirectory: 'half' }, { files: halfOfOne })).rejects.toThrow(
      /half holds no run/,
    );
    await runInPage(page, { ...over, runDirectory: 'half' }, { files: other });
    await context.close();
  });

  test('a run that another tab is writing is refused', async () => {
    const context = await browser().newContext();
    const pages = [await context.newPage(), await context.newPage()];
    for (const page of pages) {
      await page.goto(shared);
      await page.waitForFunction(() => 'trpo' in globalThis);
    }
    await pages[0].evaluate(
      () =>
        new Promise<void>((resolve) => {
          const settings = { environment: 'CartPole-v1', timesteps: 1e8, runDirectory: 'runs/mine' };
          globalThis.training = trpo.train({ ...settings, storage: 'origin', onStart: () => resolve() });
        }),
    );
    const other = runInPage(pages[1], { mode: 'resume', storage: 'origin', runDirectory: 'runs/mine' });
    await expect(other).rejects.toThrow(/OwnershipError.*another tab/);
    // the same folder, spelled otherwise, and in the same tab
    const again = { mode: 'train', environment: 'CartPole-v1', timesteps: 512, storage: 'origin' } as const;
    const spelled = runInPage(pages[0], { ...again, runDirectory: './runs//mine/' });
    await expect(spelled).rejects.toThrow(/another tab, or elsewhere in this one/);
    for (const name of ['runs/mine', '/runs/mine', 'runs']) {
      const deleted = pages[1].evaluate((folder) => trpo.deleteStoredRun(folder), name);
      await expect(deleted).rejects.toThrow(/runs\/mine is being trained/);
    }
    const kept = await pages[0].evaluate(async () => {
      training.stop();
      const { finished, files } = await training.ended;
      return { finished, names: Object.keys(files) };
    });
    expect(kept.finished).toBe(false);
    expect(kept.names).toContain('config.json');
    await context.close();
  });
});

test('the files can be had while it trains', async () => {
  const page = await openPage(browser(), isolated);
  const names = await page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        globalThis.training = trpo.train({
          environment: 'CartPole-v1',
          timesteps: 1e8,
          onIteration: async ({ iteration }) => {
            if (iteration === 2) resolve(Object.keys(await training.files()));
          },
        });
      }),
  );
  expect(names.sort()).toEqual([
    'checkpoint.safetensors',
    'config.json',
    'policy.safetensors',
    'progress.jsonl',
  ]);
  const ending = await page.evaluate(async () => {
    training.close();
    return training.ended.catch((error: Error) => `${error.name}: ${error.message}`);
  });
  expect(ending).toMatch(/PlatformError: .*close\(\)/);
  await page.close();
});

test('downloaded files go on in a page that they are chosen in, and by the command line', async () => {
  const expected = await nodeRun('CartPole', folder.path('downloaded-whole'));
  const page = await openPage(browser(), isolated);
  const downloads: Download[] = [];
  page.on('download', (download) => downloads.push(download));
  await page.evaluate(async (settings) => {
    globalThis.training = trpo.train({
      ...settings,
      reproducible: true,
      onIteration: ({ iteration }) => {
        if (iteration === 2) training.stop();
      },
    });
    trpo.downloadFiles((await training.ended).files, 'cartpole-');
  }, RUNS.CartPole);
  await expect.poll(() => downloads.length).toBe(Object.keys(expected).length);
  const paths = downloads.map((download) => folder.path(download.suggestedFilename()));
  for (const [i, download] of downloads.entries()) await download.saveAs(paths[i]);

  await page.setContent('<input type="file" multiple>');
  await page.setInputFiles('input', paths);
  const inPage = await page.evaluate(async () => {
    const files = await trpo.readFiles(document.querySelector('input')!.files!);
    const { files: whole } = await trpo.resume({ files }).ended;
    return Object.entries(whole).map(([name, content]) => [name, [...content]] as const);
  });
  await page.close();
  const contents = inPage.map(([name, content]) => [name, Uint8Array.from(content)]);
  expectSameRun(Object.fromEntries(contents), expected);

  mkdirSync(folder.path('downloaded'));
  for (const path of paths)
    renameSync(path, folder.path('downloaded', basename(path).replace('cartpole-', '')));
  const { code } = await startCli(['train', '--resume', 'downloaded'], folder.path());
  expect(code).toBe(0);
  expectSameRun(readRun(folder.path('downloaded')), expected);
});

test('chosen files of a run are known by what browsers make of their names', async () => {
  const page = await openPage(browser(), isolated);
  const read = await page.evaluate(async () => {
    const fileOf = (name: string) => new File([new Uint8Array([7])], name);
    const names = ['a config (2).json', 'progress(1).jsonl', 'cartpole-policy.safetensors', 'notes.txt'];
    const second = trpo.readFiles(['policy.safetensors', 'policy (1).safetensors'].map(fileOf));
    return {
      names: Object.keys(await trpo.readFiles(names.map(fileOf))),
      refusal: await second.catch((error: Error) => `${error.name}: ${error.message}`),
    };
  });
  expect(read).toEqual({
    names: ['config.json', 'progress.jsonl', 'policy.safetensors', 'notes.txt'],
    refusal: expect.stringMatching(/^FileError: policy \(1\)\.safetensors is a second policy/),
  });
  await page.close();
});

describe('failures', () => {
  /** Name and message of what the run ends with. */
  const failureOf = async (
    url: string,
    settings: object,
    files?: Contents,
    chromium = browser(),
  ): Promise<string> => {
    const page = await openPage(chromium, url);
    const listed = Object.entries(files ?? {}).map(([name, content]) => [name, [...content]] as const);
    const failure = await page.evaluate(
      async ([given, listed]) => {
        const contents = Object.fromEntries(listed.map(([name, bytes]) => [name, new Uint8Array(bytes)]));
        try {
          const training =
            listed.length > 0
              ? trpo.resume({ files: contents })
              : trpo.train(given as Parameters<typeof trpo.train>[0]);
          await training.ended;
          return 'no failure';
        } catch (error) {
          return `${(error as Error).name} ${error instanceof trpo.TrpoError}: ${(error as Error).message}`;
        }
      },
      [settings, listed] as const,
    );
    await page.close();
    return failure;
  };
  const served = async (headers: Record<string, string>): Promise<string> => {
    const server = await serve(DIST, headers);
    servers.push(server);
    return server.origin;
  };
  const SETTINGS = { environment: 'CartPole-v1', timesteps: 1000 };

  test('an unknown environment, a wrong option', async () => {
    expect(await failureOf(isolated, { ...SETTINGS, environment: 'CartPol-v1' })).toMatch(
      /^EnvironmentError true: .*CartPole-v1/,
    );
    expect(await failureOf(isolated, { ...SETTINGS, maxKl: -1 })).toMatch(/^OptionError true: .*maxKl = -1/);
  });

  test('altered files', async () => {
    const files = await nodeRun('CartPole', folder.path('altered'));
    files['checkpoint.safetensors'][500] ^= 1;
    expect(await failureOf(isolated, {}, files)).toMatch(/^FileError true: .*checkpoint\.safetensors/);
    files['config.json'] = new Uint8Array([1, 2, 3]);
    expect(await failureOf(isolated, {}, files)).toMatch(/^FileError true: .*config\.json/);
  });

  test('a content policy that forbids workers', async () => {
    const policy = "default-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'none'";
    const url = await served({ 'content-security-policy': policy });
    expect(await failureOf(url, SETTINGS)).toMatch(/^PlatformError true: .*worker-src/);
  });

  test('a worker or kernels that are not there', async () => {
    expect(await failureOf(isolated, { ...SETTINGS, workerUrl: '/nowhere.js' })).toMatch(
      /^PlatformError true: .*workerUrl/,
    );
    const lonely = folder.path('lonely');
    mkdirSync(lonely);
    for (const name of ['browser.js', 'browserWorker.js', 'browserTraining.js']) {
      writeFileSync(join(lonely, name), readFileSync(join(DIST, name)));
    }
    const server = await serve(lonely);
    servers.push(server);
    expect(await failureOf(server.origin, SETTINGS)).toMatch(/^PlatformError true: .*relaxed\.wasm.*404/);
  });

  test('a browser without workers', async () => {
    const page = await openPage(browser(), isolated);
    const failure = await page.evaluate(() => {
      Object.defineProperty(globalThis, 'Worker', { value: undefined });
      try {
        trpo.train({ environment: 'CartPole-v1' });
        return 'no failure';
      } catch (error) {
        return String(error);
      }
    });
    expect(failure).toMatch(/^PlatformError: .*no workers/);
    await page.close();
  });

  test('a content policy that forbids WebAssembly', async () => {
    const policy = "default-src 'self' 'unsafe-inline'";
    const url = await served({ 'content-security-policy': policy });
    expect(await failureOf(url, SETTINGS)).toMatch(/^PlatformError true: .*compiled.*'wasm-unsafe-eval'/);
  });

  // only processors of this kind can be made to look as if they had none
  test.skipIf(process.arch !== 'x64')('a browser without SIMD', async () => {
    const old = await launchChromium('--js-flags=--no-enable-sse4-1');
    try {
      expect(await failureOf(isolated, SETTINGS, undefined, old)).toMatch(
        /^PlatformError true: .*128-bit SIMD/,
      );
    } finally {
      await old.close();
    }
  });
});
