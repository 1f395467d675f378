import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Not among the dependencies of the project: together they are larger than everything else. */
const FOLDER = fileURLToPath(new URL('../../build/runtimes', import.meta.url));
const { platform, arch } = process;

/** A runtime's program in the package that npm has of it for one kind of machine. */
interface RuntimePackage {
  readonly name: string;
  readonly version: string;
  readonly program: string;
}

const PACKAGES = {
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

export type Runtime = 'Node.js' | keyof typeof PACKAGES;

export const RUNTIME_NAMES: readonly Runtime[] = ['Node.js', ...(Object.keys(PACKAGES) as Runtime[])];

/** Path of a runtime's program; `installRuntimes` brings it. */
export function programOf(runtime: Runtime): string {
  if (runtime === 'Node.js') return process.execPath;
  const { name, program } = PACKAGES[runtime];
  return join(folderOf(name), program);
}

/** Installs, with npm, the runtimes that are not there in their pinned versions. */
export function installRuntimes(): void {
  const wanted = Object.values(PACKAGES);
  if (wanted.every(isInstalled)) return;
  mkdirSync(FOLDER, { recursive: true });
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const packages = wanted.map(({ name, version }) => `${name}@${version}`);
  execFileSync('npm', ['install', '--prefix', FOLDER, ...flags, ...packages], {
    stdio: 'inherit',
    // the shell is how Windows finds npm
    shell: platform === 'win32',
  });
}

function isInstalled({ name, version }: RuntimePackage): boolean {
  const manifest = join(folderOf(name), 'package.json');
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
}

function folderOf(name: string): string {
  return join(FOLDER, 'node_modules', name);
}
