import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PlatformError } from '../errors.js';

/** Where the kernels lie relative to this module; set by the build, since bundling moves the module. */
declare const KERNEL_FOLDER: string;
/** Where the program of the worker threads lies, and beside it that of the watchdog; set by the build. */
declare const WORKER_FILE: string;
/** The program's own file, where a bundler has made a CommonJS module of this one. */
declare const __filename: string | undefined;

/** The kernels of a variant, such as "simd". Throws PlatformError where the file is missing. */
export function kernelsFile(variant: string): URL {
  return packageFile(`${KERNEL_FOLDER}${variant}.wasm`);
}

/** The program of the worker threads. Throws PlatformError where the file is missing. */
export function workerFile(): URL {
  return packageFile(WORKER_FILE);
}

/** The program of the watchdog. Throws PlatformError where the file is missing. */
export function watchdogFile(): URL {
  return packageFile(WORKER_FILE.replace(/[^/]*$/, 'watchdog.js'));
}

/** The module that makes environments of Python. Throws PlatformError where the file is missing. */
export function gymnasiumFile(): URL {
  return packageFile(WORKER_FILE.replace(/[^/]*$/, 'gymnasium.js'));
}

/** The program that Python runs for it. Throws PlatformError where the file is missing. */
export function bridgeFile(): URL {
  return packageFile(WORKER_FILE.replace(/[^/]*$/, 'bridge.py'));
}

/** A file that the package brings beside its programs. No bundler takes it along. */
function packageFile(relative: string): URL {
  const here = moduleUrl();
  const file = new URL(relative, here);
  const path = fileURLToPath(file);
  if (existsSync(path)) return file;
  throw new PlatformError(
    `${path} does not exist, and wasm-trpo needs it beside its program: where a bundler has put wasm-trpo into one file, mark it as external (esbuild: --external:wasm-trpo), or copy wasm/, worker.js, watchdog.js, gymnasium.js and bridge.py of node_modules/wasm-trpo/dist/ to ${dirname(fileURLToPath(here))}; elsewhere install wasm-trpo again, or run npm run build in a clone`,
  );
}

/** Of this module. A bundle in CommonJS has no import.meta.url, but a file name. */
function moduleUrl(): string {
  const url: string | undefined = import.meta.url;
  if (url !== undefined) return url;
  if (typeof __filename === 'string') return pathToFileURL(__filename).href;
  throw new PlatformError(
    'wasm-trpo cannot find its files, because a bundler has taken away the address of its module; mark wasm-trpo as external (esbuild: --external:wasm-trpo)',
  );
}
