import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Not among the dependencies of the project: together they are larger than everything else. */
const FOLDER = fileURLToPath(new URL('../../build/runtimes', import.meta.url));
const { platform, arch } = process;

/** A package of npm in a pinned version. */
interface Pinned {
  readonly name: string;
  readonly version: string;
}

/** A runtime's program in the package that npm has of it for one kind of machine. */
interface RuntimePackage extends Pinned {
  readonly program: string;
}

const PACKAGES = {
  'Node.js 20': nodeJs('20.20.2'),
  'Node.js 24': nodeJs('24.21.0'),
  Deno: {
    name: `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`,
    version: '2.9.6',
    program: 'deno',
  },
  Bun: { name: `@oven/bun-${platform}-${arch}`, version: '1.4.5', program: 'bin/bun' },
  workerd: {
    name: `@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}`,
    version: '1.20261117.1',
    program: 'bin/workerd',
  },
} as const satisfies Record<string, RuntimePackage>;

/** Runs exported models. */
const ONNX_RUNTIME: Pinned = { name: 'onnxruntime-web', version: '1.30.0' };

export type Runtime = keyof typeof PACKAGES;

export const RUNTIME_NAMES = Object.keys(PACKAGES) as readonly Runtime[];

/** Those that train as well as act. */
export const NODE_VERSIONS = ['Node.js 20', 'Node.js 24'] as const satisfies readonly Runtime[];

function nodeJs(version: string): RuntimePackage {
  const system = platform === 'win32' ? 'win' : platform;
  return { name: `node-${system}-${arch}`, version, program: 'bin/node' };
}

/** Path of a runtime's program; `installRuntimes` brings it. */
export function programOf(runtime: Runtime): string {
  return join(folderOf(PACKAGES[runtime]), PACKAGES[runtime].program);
}

/** Where onnxruntime's module for Node.js lies; `installRuntimes` brings it. */
export const onnxRuntimeModule = join(folderOf(ONNX_RUNTIME), 'dist/ort.node.min.mjs');

/** Installs, with npm, the runtimes that are not there in their pinned versions. */
export function installRuntimes(): void {
  const wanted: readonly Pinned[] = [...Object.values(PACKAGES), ONNX_RUNTIME];
  if (wanted.every(isInstalled)) return;
  mkdirSync(FOLDER, { recursive: true });
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const packages = wanted.map((one) => `${aliasOf(one)}@npm:${one.name}@${one.version}`);
  execFileSync('npm', ['install', '--prefix', FOLDER, ...flags, ...packages], {
    stdio: 'inherit',
    // the shell is how Windows finds npm
    shell: platform === 'win32',
  });
}

function isInstalled(wanted: Pinned): boolean {
  const manifest = join(folderOf(wanted), 'package.json');
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === wanted.version;
}

/** A folder's name with the major version, of which one package may be here twice. */
function aliasOf({ name, version }: Pinned): string {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version.split('.')[0]}`;
}

function folderOf(wanted: Pinned): string {
  return join(FOLDER, 'node_modules', aliasOf(wanted));
}
