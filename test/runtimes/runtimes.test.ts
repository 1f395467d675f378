import { type ChildProcess, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from '../../src/environments/spaces.js';
import { mainPolicy, OFFSETS, observations, observationsAtOffset, policyAtOffset } from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';
import { programOf, RUNTIME_NAMES } from './installed.js';
import { layOutExample, startServer } from './servers.js';

const SPACE = new Box({ low: -1, high: 1, size: 3 });
const OBSERVE = OFFSETS['50000 +- 0.01'];
const folder = temporaryFolder();
let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await policyAtOffset(SPACE, OBSERVE);
  layOutExample(folder.path(), bytes);
});

describe.each(RUNTIME_NAMES)('the example worker in %s', (runtime) => {
  let server: ChildProcess;
  let origin = '';

  beforeAll(async () => {
    ({ server, origin } = await startServer(runtime, folder.path()));
  });
  afterAll(() => {
    server?.kill();
  });

  const post = (body: BodyInit) =>
    fetch(`${origin}/act`, { method: 'POST', body, duplex: 'half' } as RequestInit);

  test('answers with the actions of the main package, to the bit', async () => {
    const main = mainPolicy(bytes);
    const batch = [...observationsAtOffset(OBSERVE, 50), ...observations(50)];
    for (const observation of batch.slice(45, 55)) {
      const response = await post(JSON.stringify({ observation }));
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ action: main.act(observation, { deterministic: true }) });
    }
    const drawn = await post(JSON.stringify({ observations: batch, deterministic: false }));
    expect(await drawn.json()).toEqual({ actions: main.actBatch(batch) });
  });

  test.each<[string, string, number, RegExp]>([
    ['a wrong length', '{"observation":[1,2,3]}', 400, /has 3 numbers.*takes 2/],
    ['NaN', '{"observation":[1,NaN]}', 400, /not JSON/],
    ['infinity', '{"observation":[1,1e999]}', 400, /observation\[1\] is Infinity/],
    ['null', '{"observation":[1,null]}', 400, /observation\[1\] is null/],
    ['a batch with a short row', '{"observations":[[1,2],[1]]}', 400, /batch\[1\] has 1/],
    ['no JSON', 'observation=1', 400, /not JSON/],
    ['nothing', '', 400, /not JSON/],
    ['JSON of another shape', '[1,2]', 400, /"observation"/],
    ['null alone', 'null', 400, /JSON object/],
    ['a wrong flag', '{"observation":[1,2],"deterministic":"no"}', 400, /deterministic/],
    ['a huge body', `{"observation":[${'1,'.repeat(100_000)}1]}`, 413, /65536 bytes/],
  ])('refuses %s', async (_name, body, status, message) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: string }).error).toMatch(message);
  });

  test('refuses a huge body whose length is not announced', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 40; i++) controller.enqueue(new Uint8Array(4096).fill(32));
        controller.close();
      },
    });
    expect((await post(body)).status).toBe(413);
  });

  test('refuses other methods and places', async () => {
    const get = await fetch(`${origin}/act`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${origin}/`, { method: 'POST', body: '{}' })).status).toBe(404);
  });

  test.each([
    ['TRACE', '/act'],
    ['POST', '//'],
    ['POST', '/%'],
  ])('refuses %s %s, and goes on', async (method, path) => {
    const status = await new Promise((resolve, reject) => {
      const call = request(origin, { method, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject);
      call.end();
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect((await post('{"observation":[1,2]}')).status).toBe(200);
  });

  test('goes on when a client leaves in the middle of a body', async () => {
    const { port } = new URL(origin);
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        const head = 'POST /act HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{"observation":[';
        socket.write(head, () => socket.resetAndDestroy());
      });
      socket.on('close', () => resolve());
      socket.on('error', reject);
    });
    expect((await post('{"observation":[1,2]}')).status).toBe(200);
  });
});

test('workerd forbids compiling, which acting does not need', () => {
  writeFileSync(
    folder.path('compiling.mjs'),
    `import bytes from './bytes';
export default { test: async () => {
  try { await WebAssembly.compile(bytes); } catch { return; }
  throw new Error('compiled');
} };`,
  );
  writeFileSync(
    folder.path('compiling.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "compiling.mjs", esModule = embed "compiling.mjs"),
    (name = "bytes", data = embed "node_modules/wasm-trpo/dist/wasm/edge.wasm"),
  ],
))]);`,
  );
  // a failing test makes workerd exit with another code than 0, which throws here
  const output = execFileSync(programOf('workerd'), ['test', 'compiling.capnp'], {
    cwd: folder.path(),
    stdio: 'pipe',
  });
  expect(output.toString()).not.toContain('compiled');
});
