// Serves build/demo/ with the headers that it needs: node scripts/serveDemo.mjs [port]
import { preview } from 'vite';
import { DEMO_HEADERS } from './demoHeaders.mjs';

const DEFAULT_PORT = 8080;
const server = await preview({
  configFile: false,
  build: { outDir: 'build/demo' },
  preview: { port: Number(process.argv[2] ?? DEFAULT_PORT), headers: DEMO_HEADERS },
});
console.log(`The demo is at ${server.resolvedUrls.local[0]} (Ctrl-C ends it)`);
