import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import type { BrowserContext, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { DIST, serve, useChromium } from './support.js';

const { train, resume } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');
const { DEMO_HEADERS } = (await import(
  fileURLToPath(new URL('../../scripts/demoHeaders.mjs', import.meta.url))
)) as { DEMO_HEADERS: Readonly<Record<string, string>> };
const SITE = fileURLToPath(new URL('../../build/demo', import.meta.url));
const INDEX = { '/': readFileSync(join(SITE, 'index.html'), 'utf8') };
/** Bytes that a first load may have, compressed by Brotli; MuJoCo is loaded later. */
const LARGEST_PAGE = 190_000;
const WAIT_MS = 100_000;

const { browser } = useChromium();
const folder = temporaryFolder();
const servers: { close(): void }[] = [];
let origin = '';

async function serveDemo(headers: Readonly<Record<string, string>> = DEMO_HEADERS): Promise<string> {
  const server = await serve(SITE, headers, INDEX);
  servers.push(server);
  return server.origin;
}

beforeAll(async () => {
  origin = await serveDemo();
});
afterAll(() => {
  for (const server of servers) server.close();
});

/** A page at the demo, ready to train; what it logs as an error fails the test that opened it. */
async function openDemo(
  query = '',
  { at = origin, context }: { at?: string; context?: BrowserContext } = {},
) {
  const page = await (context ?? (await browser().newContext())).newPage();
  // a machine with other work to do needs more than Playwright's half minute
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(`${at}/${query}`);
  await phase(page, 'ready');
  return page;
}

async function phase(page: Page, name: string): Promise<void> {
  await page.waitForFunction((wanted) => document.documentElement.dataset.phase === wanted, name);
}

/** Number of updates that the page tells of. */
async function updates(page: Page): Promise<number> {
  const status = await page.locator('#status').innerText();
  return Number(/update (\d+)/.exec(status)![1]);
}

async function untilUpdate(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (least) => Number(/update (\d+)/.exec(document.querySelector('#status')!.textContent!)?.[1]) >= least,
    count,
  );
}

async function downloadBy(page: Page, button: string): Promise<{ name: string; content: Uint8Array }> {
  const event = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const download: Download = await event;
  return {
    name: download.suggestedFilename(),
    content: new Uint8Array(readFileSync(await download.path())),
  };
}

/** The plotted rows as the page exports them. */
async function exportedRows(page: Page): Promise<Record<string, string>[]> {
  const { content } = await downloadBy(page, 'Plots as CSV');
  const [head, ...lines] = Buffer.from(content).toString().trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

async function drop(page: Page, name: string, content: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([name, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name));
      return data;
    },
    [name, [...content]] as const,
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

async function policyOf(environment: string, options: object = {}): Promise<Uint8Array> {
  const runDirectory = folder.path(`policy-${environment}-${JSON.stringify(options).length}`);
  const small = { environments: 1, steps: 64, timesteps: 64, threads: 1, ...options };
  await train({ environment, ...small, reproducible: true, runDirectory });
  return new Uint8Array(readFileSync(join(runDirectory, 'policy.safetensors')));
}

test('CartPole learns to 450 and more; paused, downloaded, reloaded and resumed, it ends with the bits of Node.js', async () => {
  const query = '?task=CartPole-v1&seed=0&pace=0';
  const page = await openDemo(query);
  await page.getByRole('button', { name: 'Start' }).click();
  await untilUpdate(page, 20);
  await page.getByRole('button', { name: 'Pause' }).click();
  await phase(page, 'paused');
  await page.waitForTimeout(200);
  const pausedAt = await updates(page);
  await page.waitForTimeout(300);
  expect(await updates(page)).toBe(pausedAt);
  expect(pausedAt).toBeLessThan(98);
  const { name, content } = await downloadBy(page, 'Download run');
  expect(name).toBe('CartPole-v1-seed0.zip');

  await page.goto(`${origin}/${query}`);
  await phase(page, 'ready');
  expect(await page.locator('#messages').innerText()).toContain('last run of CartPole-v1 is kept');
  await page
    .locator('#files')
    .setInputFiles({ name, mimeType: 'application/zip', buffer: Buffer.from(content) });
  await phase(page, 'paused');
  await page.waitForTimeout(200);
  expect(await updates(page)).toBe(pausedAt);
  await page.getByRole('button', { name: 'Go on' }).click();
  await phase(page, 'finished');
  const rows = await exportedRows(page);
  expect(rows).toHaveLength(98);
  expect(Number(rows.at(-1)!['rollout/ep_rew_mean'])).toBeGreaterThanOrEqual(450);

  const whole = folder.path('whole');
  await train({ environment: 'CartPole-v1', seed: 0, reproducible: true, runDirectory: whole });
  const files = unzipSync((await downloadBy(page, 'Download run')).content);
  const policy = Buffer.from(files['CartPole-v1-seed0/policy.safetensors']);
  expect(policy.equals(readFileSync(join(whole, 'policy.safetensors')))).toBe(true);

  // what was downloaded at the pause is a run folder of the command line
  const half = folder.path('half');
  mkdirSync(half);
  for (const [path, bytes] of Object.entries(unzipSync(content))) {
    writeFileSync(join(half, path.split('/')[1]), bytes);
  }
  await resume({ runDirectory: half });
  expect(policy.equals(readFileSync(join(half, 'policy.safetensors')))).toBe(true);
  await page.close();
});

test('a game from pixels: the page shows what the policy sees, its filters, and how likely each action is', async () => {
  const page = await openDemo('?task=Rally-v0&batch=256&pace=0');
  await page.getByRole('button', { name: 'Step one update' }).click();
  await phase(page, 'paused');
  expect(await updates(page)).toBe(1);
  for (const stage of ['untrained', 'current']) {
    const insight = page.locator(`#${stage}Insight`);
    await insight.waitFor();
    const shares = (await insight.locator('.bars span').allInnerTexts()).map((text) =>
      Number(/: (\d+) %/.exec(text)![1]),
    );
    expect(shares).toHaveLength(3);
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThanOrEqual(2);
    const greys = await insight.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(data.filter((_, i) => i % 4 === 0)).size;
    });
    // black, two paddles and a ball, and the weights of the filters
    expect(greys).toBeGreaterThan(20);
  }
  await page.locator('#environment').selectOption('Pendulum-v1');
  await phase(page, 'ready');
  expect(await page.locator('#currentInsight').isVisible()).toBe(false);
  await page.close();
});

test('a first load is small, asks only for its own files, and MuJoCo comes with the first robot', async () => {
  const context = await browser().newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  const asked: string[] = [];
  let bytes = 0;
  const arrived: Promise<void>[] = [];
  context.on('response', (response) => {
    asked.push(response.url());
    arrived.push(
      response.body().then((body) => {
        bytes += brotliCompressSync(body).length;
      }),
    );
  });
  await page.goto(origin);
  await phase(page, 'ready');
  await page.getByRole('button', { name: 'Step one update' }).click();
  await phase(page, 'paused');
  await Promise.all(arrived);
  expect(asked.some((url) => url.endsWith('/app.js'))).toBe(true);
  expect(asked.filter((url) => !url.startsWith(origin))).toEqual([]);
  expect(asked.filter((url) => /mujoco|robot/i.test(url))).toEqual([]);
  expect(bytes).toBeLessThan(LARGEST_PAGE);

  await page.locator('#environment').selectOption('Hopper-v5');
  await phase(page, 'ready');
  await page.getByRole('button', { name: 'Step one update' }).click();
  await phase(page, 'paused');
  expect(await updates(page)).toBe(1);
  await page.waitForFunction(() => /return/.test(document.querySelector('#currentCaption')!.textContent!));
  expect(asked.filter((url) => !url.startsWith(origin))).toEqual([]);
  expect(asked.some((url) => url.endsWith('/mujoco.wasm'))).toBe(true);
  const picture = await page.locator('#currentCanvas').screenshot();
  await page.waitForTimeout(500);
  expect((await page.locator('#currentCanvas').screenshot()).equals(picture)).toBe(false);
  expect(problems).toEqual([]);
  await context.close();
});

test('what ails a run is told with its cause and its way out, as in progress.jsonl, until the run is reset', async () => {
  const page = await openDemo('?task=CartPole-v1&trust=off&delta=0.1&seed=3&pace=0');
  expect(await page.locator('#warnings').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Start' }).click();
  await page.locator('#warningList li').first().waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await phase(page, 'paused');
  await untilUpdate(page, await updates(page));
  const { content } = await downloadBy(page, 'Download run');
  const files = Object.entries(unzipSync(content));
  const [, progress] = files.find(([name]) => name.endsWith('progress.jsonl'))!;
  const rows = Buffer.from(progress)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const logged = rows
    .reverse()
    .flatMap((row) => (row['health/warnings'] ?? '').split('\n').filter(Boolean))
    .slice(0, 3);
  const told = page.locator('#warningList li');
  await page.waitForFunction(
    (count) => document.querySelectorAll('#warningList li').length === count,
    logged.length,
  );
  expect((await told.allTextContents()).map((text) => text.replace(/^Update \d+: |\.$/g, ''))).toEqual(
    logged,
  );
  expect(logged.join()).toMatch(/KL explosion: .* Way out: make smaller steps/);
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.locator('#warnings').waitFor({ state: 'hidden' });
  await page.close();
});

describe('settings', () => {
  test('a link holds them all, and gives the same run', async () => {
    const page = await openDemo();
    await page.locator('#environment').selectOption('Pendulum-v1');
    await phase(page, 'ready');
    for (const [id, keys] of [
      ['maxKl', 'ArrowRight'],
      ['damping', 'ArrowLeft'],
      ['lambda', 'ArrowLeft'],
      ['batch', 'ArrowLeft'],
    ] as const) {
      await page.locator(`#${id}`).press(keys);
      await phase(page, 'ready');
    }
    await page.locator('#seed').fill('7');
    await page.locator('#seed').press('Enter');
    await page.locator('#acting').selectOption('off');
    await phase(page, 'ready');
    const link = new URL(page.url());
    expect(Object.fromEntries(link.searchParams)).toMatchObject({
      task: 'Pendulum-v1',
      batch: '512',
      lambda: '0.945',
      seed: '7',
      trust: 'on',
      noise: 'off',
      steps: '100000',
      pace: '10',
    });
    expect(Number(link.searchParams.get('delta'))).toBeGreaterThan(0.01);
    expect(Number(link.searchParams.get('damping'))).toBeLessThan(0.1);
    const other = await openDemo(link.search);
    const curves = [];
    for (const each of [page, other]) {
      for (let i = 1; i <= 3; i++) {
        await each.getByRole('button', { name: 'Step one update' }).click();
        await untilUpdate(each, i);
        await phase(each, 'paused');
      }
      curves.push((await exportedRows(each)).map((row) => row['train/kl_divergence_loss']));
    }
    expect(curves[0]).toHaveLength(3);
    expect(curves[1]).toEqual(curves[0]);
    await page.close();
    await other.close();
  });

  test('what is wrong in a link is told, and the rest of it holds', async () => {
    const page = await openDemo('?task=CartPol&delta=-1&batch=1000&trust=maybe&seed=x&lambda=0.5');
    const messages = await page.locator('#messages').innerText();
    for (const part of [
      '"CartPol", which is unknown',
      'delta = "-1" is not a number from 0.001 to 1',
      'batch = "1000" is not a power of two',
      'trust = "maybe"',
      'seed = "x" is not a whole number',
    ]) {
      expect(messages).toContain(part);
    }
    expect(new URL(page.url()).search).toContain('lambda=0.5');
    await page.close();
  });

  test('one that changes in mid-run acts from the next update on', async () => {
    const page = await openDemo('?task=CartPole-v1&pace=0&steps=20480');
    for (let i = 1; i <= 2; i++) {
      await page.getByRole('button', { name: 'Step one update' }).click();
      await untilUpdate(page, i);
      await phase(page, 'paused');
    }
    await page.locator('#batch').press('ArrowRight');
    await phase(page, 'paused');
    await page.locator('#maxKl').press('Home');
    await phase(page, 'paused');
    await page.getByRole('button', { name: 'Go on' }).click();
    await phase(page, 'finished');
    const rows = await exportedRows(page);
    expect(rows.map((row) => Number(row['time/total_timesteps']))).toEqual([
      1024,
      2048,
      ...Array.from({ length: 9 }, (_, i) => 2048 * (i + 2)),
    ]);
    expect(rows.map((row) => Number(row['train/max_kl']))).toEqual([0.02, 0.02, ...new Array(9).fill(0.001)]);
    expect(
      Math.max(...rows.slice(2).map((row) => Number(row['train/kl_divergence_loss']))),
    ).toBeLessThanOrEqual(0.001);
    await page.close();
  });

  test('without the trust region updates go far beyond delta, with it never', async () => {
    const page = await openDemo('?task=CartPole-v1&pace=0&delta=0.1&seed=1');
    await page.getByRole('button', { name: 'Start' }).click();
    await untilUpdate(page, 25);
    await page.getByLabel('Trust region', { exact: true }).uncheck();
    await phase(page, 'finished');
    const rows = await exportedRows(page);
    expect(rows).toHaveLength(98);
    const kl = rows.map((row) => Number(row['train/kl_divergence_loss']));
    expect(Math.max(...kl.slice(0, 20))).toBeLessThanOrEqual(0.1);
    expect(Math.max(...kl.slice(-60))).toBeGreaterThan(1);
    await page.close();
  });
});

describe('files', () => {
  test('a dropped policy is shown; an altered one, and one that is none, give a message and change nothing', async () => {
    const page = await openDemo();
    const policy = await policyOf('CartPole-v1');
    await drop(page, 'mine.policy.safetensors', policy);
    await page.waitForFunction(() => /mine/.test(document.querySelector('#currentTitle')!.textContent!));
    await page.getByRole('button', { name: 'Back to the run' }).click();
    await page.waitForFunction(() => !/mine/.test(document.querySelector('#currentTitle')!.textContent!));

    const altered = Uint8Array.from(policy);
    altered[altered.length - 3] ^= 1;
    await drop(page, 'policy.safetensors', altered);
    const problem = page.locator('.message.problem');
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/policy\.safetensors.*(damaged|altered|checksum)/i);
    await drop(page, 'notes.txt', Uint8Array.of(1, 2, 3));
    await page.waitForFunction(() => /notes/.test(document.querySelector('.problem')?.textContent ?? ''));
    expect(await problem.innerText()).toContain('drop one policy.safetensors');
    await drop(page, 'run.zip', Uint8Array.of(1, 2, 3));
    await page.waitForFunction(() => /run\.zip/.test(document.querySelector('.problem')?.textContent ?? ''));
    await phase(page, 'ready');
    await page.close();
  });

  test('a policy for another task brings its task; one for an unknown task, or of another shape, a message', async () => {
    const page = await openDemo();
    await drop(page, 'policy.safetensors', await policyOf('Pendulum-v1'));
    await page.waitForFunction(
      () => (document.querySelector('#environment') as HTMLSelectElement).value === 'Pendulum-v1',
    );
    await page.waitForFunction(() => /return/.test(document.querySelector('#currentCaption')!.textContent!));
    const { CartPole } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');
    const runDirectory = folder.path('own');
    const environment = () => new CartPole();
    const small = { environments: 1, steps: 64, timesteps: 64, threads: 1, runDirectory };
    await train({ environment, environmentName: 'Mine', ...small });
    await drop(
      page,
      'policy.safetensors',
      new Uint8Array(readFileSync(join(runDirectory, 'policy.safetensors'))),
    );
    const problem = page.locator('.message.problem');
    await problem.waitFor();
    expect(await problem.innerText()).toContain('"Mine", which this page does not have');
    await page.close();
  });

  test('a damaged run leaves the page ready for a new one', async () => {
    const page = await openDemo();
    await page.getByRole('button', { name: 'Step one update' }).click();
    await phase(page, 'paused');
    const { content } = await downloadBy(page, 'Download run');
    const files = Object.entries(unzipSync(content)).map(([path, bytes]) => {
      const name = path.split('/')[1];
      if (name === 'checkpoint.safetensors') bytes[bytes.length - 5] ^= 1;
      return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
    });
    await page.locator('#files').setInputFiles(files);
    const problem = page.locator('.message.problem');
    await problem.waitFor();
    expect(await problem.innerText()).toContain('checkpoint.safetensors');
    await phase(page, 'ready');
    await page.close();
  });

  test('a page that is closed in mid-training loses no whole update; the next visit goes on', async () => {
    const context = await browser().newContext();
    const page = await openDemo('?task=CartPole-v1&pace=30', { context });
    await page.getByRole('button', { name: 'Start' }).click();
    await untilUpdate(page, 10);
    const seen = await updates(page);
    await page.close();
    const again = await openDemo('', { context });
    await again.getByRole('button', { name: 'Open it' }).click();
    await phase(again, 'paused');
    await untilUpdate(again, seen);
    const at = await updates(again);
    await again.getByRole('button', { name: 'Step one update' }).click();
    await untilUpdate(again, at + 1);
    // another page at the same time trains beside it
    const beside = await openDemo('?task=CartPole-v1', { context });
    await beside.getByRole('button', { name: 'Step one update' }).click();
    await untilUpdate(beside, 1);
    expect(await updates(again)).toBe(at + 1);
    await context.close();
  });

  test('the plots can be had as a picture', async () => {
    const page = await openDemo();
    await page.getByRole('button', { name: 'Step one update' }).click();
    await phase(page, 'paused');
    const { name, content } = await downloadBy(page, 'Plots as PNG');
    expect(name).toBe('CartPole-v1-seed0.png');
    const colours = await page.evaluate(
      async (bytes) => {
        const picture = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(picture.width, picture.height);
        const context = canvas.getContext('2d')!;
        context.drawImage(picture, 0, 0);
        const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        return { width: picture.width, colours: new Set(pixels).size };
      },
      [...content],
    );
    expect(colours.width).toBeGreaterThan(600);
    expect(colours.colours).toBeGreaterThan(20);
    await page.close();
  });
});

describe('for everyone', () => {
  const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

  test.each([
    ['light', 1366],
    ['dark', 1366],
    ['light', 360],
    ['dark', 360],
  ] as const)(
    'no accessibility rule is broken, contrast included: %s, %i px wide',
    async (colorScheme, width) => {
      const context = await browser().newContext({ colorScheme, viewport: { width, height: 800 } });
      const page = await openDemo('', { context });
      await page.getByRole('button', { name: 'Step one update' }).click();
      await phase(page, 'paused');
      await drop(page, 'notes.txt', Uint8Array.of(1));
      await page.locator('.message.problem').waitFor();
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
        const result = await axe.run();
        return result.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message}`).join(' ')}`,
        );
      });
      expect(violations).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await context.close();
    },
  );

  test('a run is started, stepped and read by keyboard alone', async () => {
    const page = await openDemo('?task=CartPole-v1&pace=0');
    await page.locator('#environment').focus();
    const focused = () => page.evaluate(() => document.activeElement!.id);
    for (let i = 0; i < 3 && (await focused()) !== 'start'; i++) await page.keyboard.press('Tab');
    expect(await focused()).toBe('start');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('step');
    for (let i = 1; i <= 3; i++) {
      await page.keyboard.press('Enter');
      await untilUpdate(page, i);
      await phase(page, 'paused');
    }
    expect(await focused()).toBe('step');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    await untilUpdate(page, 6);
    await page.keyboard.press('Space');
    await phase(page, 'paused');
    // the page tells of updates a few times a second, of the last ones after it has paused
    await page.waitForTimeout(600);
    await page.locator('.plot').first().focus();
    await page.keyboard.press('ArrowLeft');
    const count = await updates(page);
    const hints = await page.locator('.chart .hint').allInnerTexts();
    expect(hints).toEqual(new Array(6).fill(`Update ${count - 1}`));
    await page.close();
  });

  test('the picture of a person who wants less motion stands still until asked', async () => {
    const context = await browser().newContext({ reducedMotion: 'reduce' });
    const page = await openDemo('', { context });
    await page.waitForTimeout(600);
    const still = await page.locator('#untrainedCanvas').screenshot();
    await page.waitForTimeout(600);
    expect((await page.locator('#untrainedCanvas').screenshot()).equals(still)).toBe(true);
    await page.getByRole('button', { name: 'Hold still' }).click();
    await page.waitForTimeout(600);
    expect((await page.locator('#untrainedCanvas').screenshot()).equals(still)).toBe(false);
    await context.close();
  });
});

describe('where something is missing', () => {
  test('headers for isolation: it trains on one thread and says why', async () => {
    const page = await openDemo('', { at: await serveDemo({}) });
    await page.getByRole('button', { name: 'Step one update' }).click();
    await phase(page, 'paused');
    expect(await page.locator('#facts').innerText()).toMatch(/one thread.*not cross-origin isolated/);
    await page.close();
  });

  const failureAt = async (url: string, prepare?: (page: Page) => Promise<unknown>): Promise<string> => {
    const page = await browser().newPage();
    await prepare?.(page);
    await page.goto(url);
    await page.locator('.message.problem').first().waitFor();
    const text = await page.locator('#messages').innerText();
    await page.close();
    return text;
  };

  test('leave to start workers', async () => {
    const policy = DEMO_HEADERS['Content-Security-Policy'].replace("worker-src 'self'", "worker-src 'none'");
    const url = await serveDemo({ ...DEMO_HEADERS, 'Content-Security-Policy': policy });
    expect(await failureAt(url)).toContain('worker-src');
  });

  test('workers', async () => {
    const without = (page: Page) =>
      page.addInitScript(() => Object.defineProperty(globalThis, 'Worker', { value: undefined }));
    expect(await failureAt(origin, without)).toContain('no workers');
  });

  test('WebAssembly', async () => {
    const without = (page: Page) =>
      page.addInitScript(() => Object.defineProperty(globalThis, 'WebAssembly', { value: undefined }));
    expect(await failureAt(origin, without)).toMatch(/WebAssembly/);
  });
});
