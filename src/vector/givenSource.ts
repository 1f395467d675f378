import { describeGiven } from '../environments/describeGiven.js';
import type { Environment } from '../environments/environment.js';
import { EnvironmentError } from '../errors.js';
import type { Answer, VectorEnvironment } from './vectorEnvironment.js';

/**
 * Makes an environment, or a vector of `count` of them. It is called until there are `count`: once where it answers with a
 * vector, else once for each.
 */
export type EnvironmentFactory = (count: number) => Answer<Environment | VectorEnvironment>;

/** An environment that any thread can make for itself: a known name, or a module and what it exports. */
export type MovableSource = string | ModuleSource;

/** A module and the function or class it exports. */
export interface ModuleSource {
  /** Absolute, as text or as a URL object: new URL('./corridor.js', import.meta.url). */
  readonly module: string | { readonly href: string };
  readonly export: string;
  /**
   * What the function gets after the number of environments, and a class that makes one environment gets alone: plain data, which
   * config.json keeps as JSON. Default nothing.
   */
  readonly options?: unknown;
  /** How logs, files and messages name its environments, unless a program does. Default "custom". */
  readonly name?: string;
}

/** The address of a module as text. */
export function addressOf({ module }: ModuleSource): string {
  return typeof module === 'string' ? module : module.href;
}

/**
 * What to train on. A known name, or a module (absolute URL) and the factory it exports: these run in all threads. Or a
 * factory: its environments stay on the calling thread, only the update uses the others.
 */
export type EnvironmentSource = MovableSource | EnvironmentFactory;

/** The name that a source has itself; undefined for a function, and for a module that gives none. */
export function ownNameOf(source: EnvironmentSource): string | undefined {
  if (typeof source === 'string') return source;
  return typeof source === 'object' && source !== null ? source.name : undefined;
}

/**
 * What to train on, as it was given, with the address of a module as text. Throws EnvironmentError, saying what to write
 * instead, for anything but a name, a factory, and a module with the name of its export.
 */
export function sourceFrom(given: unknown): EnvironmentSource {
  if (typeof given === 'string') return given;
  if (typeof given === 'function') return requireFactory('environment', given);
  if (typeof given === 'object' && given !== null) {
    if ('module' in given) return moduleFrom(given);
    if (Array.isArray(given)) {
      throw new EnvironmentError(
        `environment is a list of ${given.length}; give a function that returns a new one each time it is called, and how many in the option environments`,
      );
    }
    const { reset, step } = given as { reset?: unknown; step?: unknown };
    if (typeof step === 'function' || typeof reset === 'function') {
      const name = classOf(given);
      throw new EnvironmentError(
        `environment is an environment itself${name === undefined ? '' : `, a ${name}`}, and several may be needed; give a function that makes them: environment: () => new ${name ?? 'Corridor'}()`,
      );
    }
  }
  throw new EnvironmentError(
    `environment is ${describeGiven(given)}; give a known name such as "CartPole-v1", a function that makes an environment such as () => new Corridor(), or { module, export }`,
  );
}

/** The same of what can be sent to another thread. Throws EnvironmentError for a function, too. */
export function movableSourceFrom(given: unknown): MovableSource {
  if (typeof given !== 'function') return sourceFrom(given) as MovableSource;
  throw new EnvironmentError(
    `environment is a ${isClass(given) ? 'class' : 'function'}, which cannot be sent to the worker that trains; name it in the program of a worker of yours, serveTraining({ environments: { Corridor: () => new Corridor() } }), and give that worker and the name: train({ environment: 'Corridor', worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) })`,
  );
}

/** Whether a function is a class: as it is written, or as compilers for old runtimes write one of environments. */
export function isClass(given: unknown): boolean {
  const { prototype } = given as { prototype?: { step?: unknown } };
  return typeof prototype?.step === 'function' || /^class\b/.test(Function.prototype.toString.call(given));
}

/** The function, which makes an environment when it is called. Throws EnvironmentError for a class and for what is no function. */
export function requireFactory(what: string, given: unknown): EnvironmentFactory {
  if (typeof given !== 'function') {
    throw new EnvironmentError(
      `${what} is ${describeGiven(given)}; give a function that makes an environment: () => new Corridor()`,
    );
  }
  const { name } = given;
  if (!isClass(given)) return given as EnvironmentFactory;
  throw new EnvironmentError(
    `${what} is the class ${name || 'of an environment'}; give a function that makes one: () => new ${name || 'Corridor'}()`,
  );
}

/** The name of the class of an object; undefined where that says nothing. */
export function classOf(value: object): string | undefined {
  const { name } = value.constructor ?? {};
  return name === undefined || name === '' || name === 'Object' ? undefined : name;
}

function moduleFrom(given: object): MovableSource {
  const { module, export: name } = given as { module: unknown; export?: unknown };
  const address = typeof module === 'string' ? module : (module as URL | null)?.href;
  if (typeof address !== 'string') {
    throw new EnvironmentError(
      `environment.module is ${String(module)}; give the module's address: new URL('./corridor.js', import.meta.url)`,
    );
  }
  if (typeof name !== 'string' || name === '') {
    throw new EnvironmentError(
      `environment.export is ${String(name)}; give the name of a function that ${address} exports: { module, export: 'makeCorridor' }`,
    );
  }
  const { options, name: told } = given as Pick<ModuleSource, 'options' | 'name'>;
  return {
    ...{ module: address, export: name },
    ...(options === undefined ? {} : { options }),
    ...(told === undefined ? {} : { name: told }),
  };
}
