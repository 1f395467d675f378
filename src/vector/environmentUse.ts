import { TimeLimit } from '../environments/timeLimit.js';
import { EnvironmentError } from '../errors.js';

/** What uses an environment now, such as "the training on Corridor". */
const uses = new WeakMap<object, string>();
/** The environments of vectors. */
const parts = new WeakMap<object, readonly object[]>();

/**
 * Takes an environment for one use: stepped from two places, it would mix their episodes. Throws EnvironmentError where it is
 * taken already. name: for messages.
 */
export function takeEnvironment(environment: object, name: string, use: string): void {
  const layers = layersOf(environment);
  for (const layer of layers) {
    const present = uses.get(layer);
    if (present === undefined) continue;
    throw new EnvironmentError(
      `${name} is in use by ${present}, which would get the steps made here among its own; make another environment for ${use}, or wait until the first use has ended and is closed`,
    );
  }
  for (const layer of layers) uses.set(layer, use);
}

/** Gives back an environment that was taken. */
export function releaseEnvironment(environment: object): void {
  for (const layer of layersOf(environment)) uses.delete(layer);
}

/** Says what a vector steps: whoever takes it takes them too. */
export function holdEnvironments(vector: object, environments: readonly object[]): void {
  parts.set(vector, environments);
}

/** The environment and what is inside it, where that is known. */
export function layersOf(environment: object): object[] {
  const inner = environment instanceof TimeLimit ? [environment.inner] : (parts.get(environment) ?? []);
  return [environment, ...inner.flatMap(layersOf)];
}
