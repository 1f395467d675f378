import type { Environment } from '../environments/environment.js';
import { findEnvironment } from '../environments/index.js';
import { requireEnvironment } from '../environments/requireEnvironment.js';
import { EnvironmentError } from '../errors.js';
import { CheckedVector } from './checkedVector.js';
import { EnvironmentCalls } from './environmentCalls.js';
import { chooseExport, loadEnvironmentModule, makerOf } from './environmentModule.js';
import { EnvironmentVector } from './environmentVector.js';
import type { Answer, EnvironmentPlaces, VectorEnvironment } from './vectorEnvironment.js';

/**
 * Makes an environment, or a vector of `count` of them. It is called until there are `count`: once where it answers with a
 * vector, else once for each.
 */
export type EnvironmentFactory = (count: number) => Answer<Environment | VectorEnvironment>;

/** An environment that any thread can make for itself: a known name, or a module and the factory or class that it exports. */
export type MovableSource = string | { readonly module: string; readonly export: string };

/**
 * What to train on. A known name, or a module (absolute URL) and the factory or class it exports: these run in all threads. Or a
 * factory: its environments stay on the calling thread, only the update uses the others.
 */
export type EnvironmentSource = MovableSource | EnvironmentFactory;

/** Environments as they were made: one by one, or as a vector of the user's own. */
export type MadeEnvironments = readonly Environment[] | VectorEnvironment;

/**
 * `count` environments of a source, once what it needs is loaded. name: for messages. Throws EnvironmentError when there is
 * none of that name, a module does not export it, or what was made is no environment, PlatformError when it needs what is
 * not installed.
 */
export async function makeEnvironments(
  source: EnvironmentSource,
  name: string,
  count: number,
): Promise<MadeEnvironments> {
  const create = await factoryOf(source);
  const first = await create(count);
  const environments: Environment[] = [];
  try {
    if (isVector(first)) return requireVector(name, first, count);
    environments.push(requireEnvironment(name, first));
    while (environments.length < count) {
      environments.push(requireEnvironment(name, (await create(count)) as Environment));
    }
    return environments;
  } catch (error) {
    if (environments.length > 0) await closeEnvironments(environments, name).catch(() => {});
    throw error;
  }
}

/** One environment, for evaluating in it. name: for messages. Throws as `makeEnvironments`. */
export async function makeOne(
  source: MovableSource,
  name = typeof source === 'string' ? source : source.module,
): Promise<Environment | VectorEnvironment> {
  const made = await makeEnvironments(source, name, 1);
  return isVector(made) ? made : made[0];
}

/** Throws EnvironmentError unless environments of that name can be made, before anything is made for a run on them. */
export function requireSource(source: string): void {
  findEnvironment(source);
}

/** Closes all of them. Throws EnvironmentError with the first failure, after the others are closed too. */
export async function closeEnvironments(made: MadeEnvironments, name: string): Promise<void> {
  const places = { one: (index: number) => `${name} (environment ${index})`, all: () => name };
  await vectorOf(made, new EnvironmentCalls(0), places).close?.();
}

/** Whether every one of them can save its state. */
export function canSaveStates(made: MadeEnvironments): boolean {
  if (isVector(made)) return made.saveStates !== undefined && made.restoreStates !== undefined;
  return made.every(({ saveState, restoreState }) => saveState && restoreState);
}

/** The environments as the vector that is stepped: calls are made by `calls`, failures named by `places`. */
export function vectorOf(
  made: MadeEnvironments,
  calls: EnvironmentCalls,
  places: EnvironmentPlaces,
): VectorEnvironment {
  return isVector(made) ? new CheckedVector(made, calls, places) : new EnvironmentVector(made, calls, places);
}

/** Spaces of each of the environments. */
export function spacesOf(made: MadeEnvironments): Pick<Environment, 'observationSpace' | 'actionSpace'> {
  return isVector(made) ? made : made[0];
}

async function factoryOf(source: EnvironmentSource): Promise<EnvironmentFactory> {
  if (typeof source === 'function') return source;
  if (typeof source === 'string') {
    const entry = findEnvironment(source);
    await entry.prepare?.();
    return () => entry.create();
  }
  const exports = await loadEnvironmentModule(source.module);
  const create = exports[chooseExport(source.module, exports, source.export)];
  return makerOf(create as EnvironmentFactory) as EnvironmentFactory;
}

export function isVector(made: MadeEnvironments | Environment): made is VectorEnvironment {
  return typeof (made as Partial<VectorEnvironment> | null)?.count === 'number';
}

function requireVector(name: string, vector: VectorEnvironment, count: number): VectorEnvironment {
  if (vector.count !== count) {
    throw new EnvironmentError(
      `${name} is a vector of ${vector.count} environments, and ${count} are stepped together here; make as many as the factory is asked for, or give the option environments = ${vector.count} and one thread`,
    );
  }
  requireEnvironment(name, vector);
  return vector;
}
