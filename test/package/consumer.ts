import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll } from 'vitest';
import { temporaryFolder } from '../support/cli.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPILER = `${ROOT}node_modules/typescript/bin/tsc`;

export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A user's project of ES modules in a folder of its own, with the built package in its node_modules. */
export function consumerFolder(): { readonly path: (...parts: string[]) => string } {
  const folder = temporaryFolder();
  beforeAll(() => {
    mkdirSync(folder.path('node_modules/wasm-trpo'), { recursive: true });
    copyFileSync(`${ROOT}package.json`, folder.path('node_modules/wasm-trpo/package.json'));
    symlinkSync(`${ROOT}dist`, folder.path('node_modules/wasm-trpo/dist'));
    writeFileSync(folder.path('package.json'), '{ "private": true, "type": "module" }\n');
  });
  return folder;
}

/** Runs a program of Node.js; output: standard output, then standard error. */
export function runNode(
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...variables } };
    const child = execFile(process.execPath, args, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

/** Compiles files of a folder, the declarations of the package included, and writes nothing. */
export function compile(
  folder: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<Ended> {
  const config = {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2022'],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: [],
      typeRoots: [`${ROOT}node_modules/@types`],
      ...options,
    },
    files,
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  return runNode([COMPILER, '-p', `${folder}/tsconfig.json`], folder);
}
