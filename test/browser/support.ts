import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type * as api from '../../src/browser.js';

export { DIST } from '../support/engineRuns.js';

/** Where Debian puts it; another place with TRPO_CHROMIUM. */
const CHROMIUM = process.env.TRPO_CHROMIUM ?? '/usr/bin/chromium';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** A page without a bundler: the package's files as they are. */
export const PLAIN_PAGE = `<!doctype html><title>test</title><script type="module">
import * as trpo from './browser.js';
globalThis.trpo = trpo;
</script>`;

export type Files = Readonly<Record<string, string>>;

/** Serves a folder, and texts that stand before its files; every answer has `headers`. What is posted goes to `onPost`. */
export async function serve(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
  texts: Files = { '/': PLAIN_PAGE },
  onPost: (pathname: string, body: Buffer) => void = () => {},
): Promise<{ readonly origin: string; readonly close: () => void }> {
  const server: Server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    if (request.method === 'POST') {
      onPost(pathname, await buffer(request));
      response.writeHead(204).end();
      return;
    }
    const path = join(folder, normalize(pathname));
    const text = texts[pathname];
    const isMissing = text === undefined && (pathname.endsWith('/') || !existsSync(path));
    response.writeHead(isMissing ? 404 : 200, {
      'content-type': TYPES[extname(path)] ?? (text === undefined ? 'application/octet-stream' : 'text/html'),
      ...headers,
    });
    if (isMissing) response.end('missing');
    else response.end(text ?? readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function launchChromium(...flags: string[]): Promise<Browser> {
  const common = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
  return chromium.launch({ executablePath: CHROMIUM, args: [...common, ...flags] });
}

/** One Chromium for the tests of a file. */
export function useChromium(): { readonly browser: () => Browser } {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  return { browser: () => browser };
}

/** What runs inside the page. */
declare global {
  var trpo: typeof api;
  var training: api.Training;
}

/** A page on which the package is loaded. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'trpo' in globalThis);
  return page;
}

/** Files as they leave a page, which hands out JSON. */
type ListedFiles = Record<string, number[]>;

export interface PageRun {
  readonly threads: number;
  readonly variant: string;
  readonly warnings: readonly string[];
  readonly iterations: number;
  readonly finished: boolean;
  readonly files: Record<string, Uint8Array>;
}

export type PageSettings =
  | ({ readonly mode: 'train' } & api.TrainSettings)
  | ({ readonly mode: 'resume' } & Omit<api.ResumeSettings, 'files'>);

/** Runs to the end in the page, or until `stopAfter` iterations. */
export async function runInPage(
  page: Page,
  settings: PageSettings & { readonly storage?: api.Storage },
  { files, stopAfter = 0 }: { files?: Record<string, Uint8Array>; stopAfter?: number } = {},
): Promise<PageRun> {
  const listed = Object.entries(files ?? {}).map(([name, content]) => [name, [...content]] as const);
  const result = await page.evaluate(
    async ([settings, listed, stopAfter]) => {
      const { mode, ...given } = settings;
      const run = { threads: 0, variant: '', warnings: [] as string[], iterations: 0 };
      const options = {
        onStart: ({ threads, variant }: api.TrainingStart) => Object.assign(run, { threads, variant }),
        onWarning: (message: string) => run.warnings.push(message),
        onIteration: ({ iteration }: api.TrainingIteration) => {
          run.iterations++;
          if (iteration === stopAfter) training.stop();
        },
      };
      const contents = Object.fromEntries(listed.map(([name, bytes]) => [name, new Uint8Array(bytes)]));
      const training =
        mode === 'train'
          ? trpo.train({ ...(given as api.TrainSettings), ...options })
          : trpo.resume({ ...given, ...options, ...(listed.length > 0 ? { files: contents } : {}) });
      const { finished, files } = await training.ended;
      const outgoing: ListedFiles = {};
      for (const [name, bytes] of Object.entries(files)) outgoing[name] = [...bytes];
      return { ...run, finished, files: outgoing };
    },
    [settings, listed, stopAfter] as const,
  );
  const bytes = Object.entries(result.files).map(([name, list]) => [name, Uint8Array.from(list)] as const);
  return { ...result, files: Object.fromEntries(bytes) };
}
