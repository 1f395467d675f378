import type { Environment } from '../environments/environment.js';
import { flattenSpace } from '../environments/flatSpace.js';
import { findEnvironment } from '../environments/index.js';
import { requireEnvironment } from '../environments/requireEnvironment.js';
import type { Box } from '../environments/spaces.js';
import { EnvironmentError, ownError } from '../errors.js';
import { CheckedVector } from './checkedVector.js';
import { EnvironmentCalls } from './environmentCalls.js';
import { chooseExport, loadEnvironmentModule, makerOf } from './environmentModule.js';
import { releaseEnvironment, takeEnvironment } from './environmentUse.js';
import { EnvironmentVector } from './environmentVector.js';
import {
  addressOf,
  type EnvironmentFactory,
  type EnvironmentSource,
  type MovableSource,
} from './givenSource.js';
import { factoryOfName } from './namedEnvironments.js';
import { Peers } from './peers.js';
import type { EnvironmentPlaces, SteppedVector, VectorEnvironment } from './vectorEnvironment.js';

/** Environments as they were made: one by one, or as a vector of the user's own. */
export type MadeEnvironments = readonly Environment[] | VectorEnvironment;

/** What environments join that are made on another thread, or in another process, than the first of a run. */
export interface RunJoined {
  /** Number of the first of those that join. */
  readonly firstEnvironment: number;
  /** Of environment 0, as `spacesText` tells them; absent where another process has it. */
  readonly spaces?: string;
}

/**
 * `count` environments of a source, once what it needs is loaded; they are in use until they are closed. name: for messages.
 * Throws EnvironmentError when there is none of that name, a module does not export it, what was made is no environment, an
 * object that is there already or in use elsewhere, or has other spaces; PlatformError when it needs what is not installed.
 */
export async function makeEnvironments(
  source: EnvironmentSource,
  name: string,
  count: number,
  joined?: RunJoined,
): Promise<MadeEnvironments> {
  const create = await factoryOf(source);
  const nameOf = (index: number) => `${name} (environment ${(joined?.firstEnvironment ?? 0) + index})`;
  const spaces = joined?.spaces;
  const peers = new Peers(
    nameOf,
    spaces === undefined ? undefined : { name: `${name} (environment 0)`, spaces },
  );
  const take = (environment: Environment | VectorEnvironment) => {
    peers.add(environment);
    takeEnvironment(environment, name, `the training on ${name}`);
  };
  const environments: Environment[] = [];
  const add = (made: unknown) => {
    const environment = requireEnvironment(name, made);
    take(environment);
    environments.push(environment);
  };
  const first = await create(count);
  try {
    if (isVector(first)) {
      const vector = requireVector(name, first, count);
      take(vector);
      return vector;
    }
    add(first);
    while (environments.length < count) add(await create(count));
    return environments;
  } catch (error) {
    if (environments.length > 0) await closeEnvironments(environments, name).catch(() => {});
    throw error;
  }
}

/** One environment, for evaluating in it. name: for messages. Throws as `makeEnvironments`. */
export async function makeOne(
  source: MovableSource,
  name = typeof source === 'string' ? source : addressOf(source),
): Promise<Environment | VectorEnvironment> {
  const made = await makeEnvironments(source, name, 1);
  const one = isVector(made) ? made : made[0];
  // whoever evaluates in it takes it
  releaseEnvironment(one);
  return one;
}

/** Throws EnvironmentError unless environments of that name can be made, before anything is made for a run on them. */
export function requireSource(source: string): void {
  findEnvironment(source);
}

/** Closes all of them, which are then free for other uses. Throws EnvironmentError with the first failure, after the others are closed too. */
export async function closeEnvironments(made: MadeEnvironments, name: string): Promise<void> {
  const places = { one: (index: number) => `${name} (environment ${index})`, all: () => name };
  try {
    await vectorOf(made, new EnvironmentCalls(0), places).close?.();
  } finally {
    for (const environment of isVector(made) ? [made] : made) releaseEnvironment(environment);
  }
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
): SteppedVector {
  return isVector(made) ? new CheckedVector(made, calls, places) : new EnvironmentVector(made, calls, places);
}

/** Spaces of each of the environments; the first of flat observations. */
export function spacesOf(made: MadeEnvironments): Pick<Environment<Box>, 'observationSpace' | 'actionSpace'> {
  const { observationSpace, actionSpace } = isVector(made) ? made : made[0];
  return { observationSpace: flattenSpace(observationSpace), actionSpace };
}

async function factoryOf(source: EnvironmentSource): Promise<EnvironmentFactory> {
  if (typeof source === 'function') return source;
  if (typeof source === 'string') return factoryOfName(source);
  const address = addressOf(source);
  const exports = await loadEnvironmentModule(address);
  const create = exports[chooseExport(address, exports, source.export)];
  const make = makerOf(create as EnvironmentFactory);
  return async (count) => {
    try {
      return (await make(count, source.options)) as Environment | VectorEnvironment;
    } catch (error) {
      // a module may have a copy of this package of its own
      throw ownError(error);
    }
  };
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
