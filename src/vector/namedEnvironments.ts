import { environmentList, findEnvironment } from '../environments/index.js';
import { EnvironmentError } from '../errors.js';
import { type EnvironmentFactory, requireFactory } from './givenSource.js';

/** Environments of the user's own, by the names that he gives them. */
export type NamedEnvironments = Readonly<Record<string, EnvironmentFactory>>;

/** Those of this thread: each makes its environments itself, so each is told. */
let own: NamedEnvironments = {};
let howToName: ((name: string) => string) | undefined;

/**
 * Names environments beside the known ones, for this thread. wayOut: what to write so that one more name is known. Throws
 * EnvironmentError for what makes no environment, and for the name of a known one.
 */
export function nameEnvironments(environments: NamedEnvironments, wayOut: (name: string) => string): void {
  for (const [name, factory] of Object.entries(environments)) {
    if (isOfPackage(name)) {
      throw new EnvironmentError(`environments names "${name}", which is known already; choose another name`);
    }
    requireFactory(`environments.${name}`, factory);
  }
  own = { ...environments };
  howToName = wayOut;
}

/** Whether environments can be made by this name alone. */
export function isKnownName(name: string): boolean {
  return Object.hasOwn(own, name) || isOfPackage(name);
}

/** What to write so that a name is known on this thread; undefined where names of the user's own are not served. */
export function wayToName(name: string): string | undefined {
  return howToName?.(name);
}

/** What makes environments of a name, once what they need is loaded. EnvironmentError: no such name. */
export async function factoryOfName(name: string): Promise<EnvironmentFactory> {
  if (Object.hasOwn(own, name)) return own[name];
  const wayOut = wayToName(name);
  const entry = findEnvironment(name, { others: Object.keys(own), wayOut });
  await entry.prepare?.();
  return () => entry.create();
}

function isOfPackage(name: string): boolean {
  return environmentList.some(({ id }) => id === name);
}
