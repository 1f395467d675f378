// Serves build/demo/: node scripts/serveDemo.mjs [port]
import { startDemoServer } from './demoServer.mjs';

const DEFAULT_PORT = 8080;
const port = Number(process.argv[2] ?? DEFAULT_PORT);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`port "${process.argv[2]}" is not a whole number from 0 to 65535; give one, such as 8080`);
  process.exit(1);
}
try {
  const { url } = await startDemoServer(port);
  console.log(`The demo is at ${url} (Ctrl-C ends it)`);
} catch (error) {
  const wayOut = error.code === 'EADDRINUSE' ? '; give another: npm run demo -- 8081' : '';
  console.error(`The demo cannot be served at port ${port}: ${error.message}${wayOut}`);
  process.exit(1);
}
