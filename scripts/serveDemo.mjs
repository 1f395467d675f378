// Serves build/demo/ to this machine, compressed, with the headers that it needs: node scripts/serveDemo.mjs [port]
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { DEMO_HEADERS } from './demoHeaders.mjs';

const DEFAULT_PORT = 8080;
const site = fileURLToPath(new URL('../build/demo', import.meta.url));
const port = Number(process.argv[2] ?? DEFAULT_PORT);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`port "${process.argv[2]}" is not a whole number from 0 to 65535; give one, such as 8080`);
  process.exit(1);
}

const answer = sirv(site, {
  gzip: true,
  setHeaders: (response) => {
    for (const [name, value] of Object.entries(DEMO_HEADERS)) response.setHeader(name, value);
  },
});
const server = createServer((request, response) => answer(request, response));
server.on('error', (error) => {
  const wayOut = error.code === 'EADDRINUSE' ? '; give another: npm run demo -- 8081' : '';
  console.error(`The demo cannot be served at port ${port}: ${error.message}${wayOut}`);
  process.exitCode = 1;
});
server.listen(port, '127.0.0.1', () => {
  console.log(`The demo is at http://localhost:${server.address().port}/ (Ctrl-C ends it)`);
});
