import { EnvironmentError, nearestName } from '../errors.js';
import { isClass } from './givenSource.js';

/** A module of a user's, and what it exports. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/** A function or class that makes environments, as a module exports it. */
type Maker = (count: number, options?: unknown) => unknown;

const UNKNOWN_EXTENSION = 'ERR_UNKNOWN_FILE_EXTENSION';
const NOT_FOUND = 'ERR_MODULE_NOT_FOUND';
const WHAT_TO_EXPORT = 'export the class of an environment, or a function that returns a new one';
const TYPESCRIPT = /\.[cm]?tsx?$/;

/** What a module exports. url: absolute. Throws EnvironmentError with the cause when it cannot be loaded. */
export async function loadEnvironmentModule(url: string): Promise<ModuleExports> {
  try {
    // the module is the user's and known only at run time: bundlers must leave it alone
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
  } catch (cause) {
    throw new EnvironmentError(
      `The environment module ${url} cannot be loaded: ${messageOf(cause)}; ${remedyFor(url, cause)}`,
      { cause },
    );
  }
}

/**
 * The name of the export that makes environments: the one asked for; else the default export, or the only function or class.
 * path: for messages. Throws EnvironmentError, saying what the module exports, when there is none or more than one.
 */
export function chooseExport(path: string, exports: ModuleExports, asked?: string): string {
  const makers = Object.keys(exports).filter((name) => typeof exports[name] === 'function');
  const exported = `it exports ${describeExports(exports)}`;
  if (asked !== undefined) {
    if (makers.includes(asked)) return asked;
    throw new EnvironmentError(
      `${path} exports no function or class "${asked}"${nearestName(asked, makers)}; ${exported}; ${WHAT_TO_EXPORT}`,
    );
  }
  if (makers.includes('default')) return 'default';
  if (makers.length === 1) return makers[0];
  if (makers.length === 0) {
    throw new EnvironmentError(
      `${path} exports no function or class that makes an environment; ${exported}; ${WHAT_TO_EXPORT}`,
    );
  }
  throw new EnvironmentError(
    `${path} exports ${makers.length} functions and classes and none of them by default: ${exported}; name the one that makes environments, such as ${path}#${makers[0]}`,
  );
}

/** Such as "makeCorridor (function), Corridor (class), LENGTH (number)". */
export function describeExports(exports: ModuleExports): string {
  const names = Object.keys(exports).map((name) => `${name} (${kindOf(exports[name])})`);
  return names.join(', ') || 'nothing';
}

/** How to make environments with what a module exports: a class is constructed, any other function is called. */
export function makerOf(exported: (...args: never[]) => unknown): Maker {
  const [call, Class] = [exported as Maker, exported as unknown as new (...args: unknown[]) => unknown];
  if (!isClass(exported)) return call;
  // step(which, actions) is that of a vector, which must know its size; an ordinary class has arguments of its own
  if (isVectorClass(exported)) return (count, options) => new Class(count, options);
  return (_, options) => new Class(...(options === undefined ? [] : [options]));
}

function kindOf(value: unknown): string {
  if (typeof value !== 'function') return value === null ? 'null' : typeof value;
  return isClass(value) ? 'class' : 'function';
}

function isVectorClass(exported: (...args: never[]) => unknown): boolean {
  const { step } = exported.prototype as { step?: (...args: unknown[]) => unknown };
  return typeof step === 'function' && step.length >= 2;
}

function remedyFor(url: string, cause: unknown): string {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (code === UNKNOWN_EXTENSION && TYPESCRIPT.test(url)) {
    return 'this thread has no TypeScript: use Node.js 22.18 or later, or compile the module to JavaScript; a loader such as tsx (node --import tsx) does for the calling thread, but worker threads of Node.js 20 do not take it over: with one, give threads = 1';
  }
  if (code === NOT_FOUND) {
    return "check what it imports, and that its own address is an absolute URL, such as new URL('./task.js', import.meta.url).href";
  }
  return 'mend the module';
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
