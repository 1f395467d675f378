import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { programOf, type Runtime } from './installed.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Arguments that make each serve examples/edge on a free port. */
const ARGUMENTS: Readonly<Record<Runtime, readonly string[]>> = {
  'Node.js 20': ['server.mjs', 'policy.safetensors', '0'],
  'Node.js 24': ['server.mjs', 'policy.safetensors', '0'],
  Deno: [
    ...['run', '--allow-read', '--allow-net=127.0.0.1', '--no-remote'],
    ...['server.mjs', 'policy.safetensors', '0'],
  ],
  Bun: ['server.mjs', 'policy.safetensors', '0'],
  workerd: ['serve', 'worker.capnp', '--socket-addr=http=127.0.0.1:0', '--control-fd=1'],
};

/** Lays the example out as a user has it: beside a node_modules with the package, and a policy. */
export function layOutExample(folder: string, policy: Uint8Array): void {
  cpSync(join(PROJECT, 'examples/edge'), folder, { recursive: true });
  const installed = join(folder, 'node_modules/wasm-trpo');
  mkdirSync(installed, { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(installed, 'package.json'));
  symlinkSync(join(PROJECT, 'dist'), join(installed, 'dist'));
  writeFileSync(join(folder, 'policy.safetensors'), policy);
}

/** Starts the example that lies in `folder`; end `server` when done. */
export async function startServer(
  runtime: Runtime,
  folder: string,
): Promise<{ readonly server: ChildProcess; readonly origin: string }> {
  const server = spawn(programOf(runtime), ARGUMENTS[runtime], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout! })) {
    // "port 1234", or workerd's line of JSON
    const match = /^port (\d+)$|"event":"listen".*"port":(\d+)/.exec(line);
    if (match !== null) return { server, origin: `http://127.0.0.1:${match[1] ?? match[2]}` };
  }
  throw new Error(`${runtime} ended before it listened`);
}
