import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';

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
  // of this folder's package, from the root of the project: benchmarks call this out of a bundle
  const { chromium } = createRequire(join(process.cwd(), 'test/browser/'))('playwright-core');
  const common = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
  return chromium.launch({ executablePath: CHROMIUM, args: [...common, ...flags] });
}
