import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from '../../src/environments/spaces.js';
import { temporaryFolder } from '../support/cli.js';
import { mainPolicy, observations, trainedPolicy } from './support.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SPACE = new Box({ low: -1, high: 1, size: 3 });
const require = createRequire(import.meta.url);

/** The runtime's own program, from the package that npm chose for this machine. */
function binary(packageOfMachine: string, path: string): string {
  return join(dirname(require.resolve(`${packageOfMachine}/package.json`)), path);
}

const machine = `${process.platform}-${process.arch}`;
const SERVERS: Readonly<Record<string, (port: string) => readonly string[]>> = {
  'Node.js': (port) => [process.execPath, 'server.mjs', 'policy.safetensors', port],
  Deno: (port) => [
    binary(`@deno/${machine}${process.platform === 'linux' ? '-glibc' : ''}`, 'deno'),
    ...[
      'run',
      '--allow-read',
      '--allow-net=127.0.0.1',
      '--no-remote',
      'server.mjs',
      'policy.safetensors',
      port,
    ],
  ],
  Bun: (port) => [binary(`@oven/bun-${machine}`, 'bin/bun'), 'server.mjs', 'policy.safetensors', port],
  workerd: (port) => [
    binary(
      `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}`,
      'bin/workerd',
    ),
    ...['serve', 'worker.capnp', `--socket-addr=http=127.0.0.1:${port}`, '--control-fd=1'],
  ],
};

const folder = temporaryFolder();
let bytes: Uint8Array;

beforeAll(async () => {
  // as a user lays it out: the example beside a node_modules with the package
  cpSync(join(PROJECT, 'examples/edge'), folder.path(), { recursive: true });
  mkdirSync(folder.path('node_modules/wasm-trpo'), { recursive: true });
  cpSync(join(PROJECT, 'package.json'), folder.path('node_modules/wasm-trpo/package.json'));
  symlinkSync(join(PROJECT, 'dist'), folder.path('node_modules/wasm-trpo/dist'));
  bytes = await trainedPolicy(SPACE);
  writeFileSync(folder.path('policy.safetensors'), bytes);
});

/** The port that a server says it listens on: "port 1234", or workerd's line of JSON. */
async function portOf(server: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: server.stdout! })) {
    const match = /^port (\d+)$|"event":"listen".*"port":(\d+)/.exec(line);
    if (match !== null) return Number(match[1] ?? match[2]);
  }
  throw new Error('the server ended before it listened');
}

describe.each(Object.entries(SERVERS))('the example worker in %s', (_, command) => {
  let server: ChildProcess;
  let origin = '';

  beforeAll(async () => {
    const [program, ...args] = command('0');
    server = spawn(program, args, { cwd: folder.path(), stdio: ['ignore', 'pipe', 'inherit'] });
    origin = `http://127.0.0.1:${await portOf(server)}`;
  });
  afterAll(() => {
    server.kill();
  });

  const post = (body: BodyInit) =>
    fetch(`${origin}/act`, { method: 'POST', body, duplex: 'half' } as RequestInit);

  test('answers with the actions of the main package, to the bit', async () => {
    const main = mainPolicy(bytes);
    const batch = observations(100);
    for (const observation of batch.slice(0, 10)) {
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
  const [workerd] = SERVERS.workerd('0');
  // a failing test makes workerd exit with another code than 0, which throws here
  const output = execFileSync(workerd, ['test', 'compiling.capnp'], { cwd: folder.path(), stdio: 'pipe' });
  expect(output.toString()).not.toContain('compiled');
});
