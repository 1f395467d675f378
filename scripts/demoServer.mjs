import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DEMO_HEADERS } from './demoHeaders.mjs';

const sirv = createRequire(new URL('../demo/package.json', import.meta.url))('sirv');

const SITE = fileURLToPath(new URL('../build/demo', import.meta.url));

/** Serves build/demo/ to this machine, compressed, with the headers that it needs; port 0 for any free one. */
export function startDemoServer(port) {
  const answer = sirv(SITE, {
    brotli: true,
    gzip: true,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(DEMO_HEADERS)) response.setHeader(name, value);
    },
  });
  const server = createServer((request, response) => answer(request, response));
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve({ url: `http://localhost:${server.address().port}/`, close: () => server.close() });
    });
  });
}
