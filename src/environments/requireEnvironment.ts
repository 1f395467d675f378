import { EnvironmentError } from '../errors.js';
import type { Environment } from './environment.js';
import { spaceFromJson } from './spaceJson.js';
import type { Box } from './spaces.js';
import type { ObservationSpace, Tuple } from './structuredSpaces.js';

const ACTION_KINDS: readonly string[] = ['Box', 'Discrete', 'MultiDiscrete', 'MultiBinary'];
const OBSERVATION_KINDS = [...ACTION_KINDS, 'Dict', 'Tuple'];
/** Longer lists of fields are cut in messages. */
const MOST_FIELDS = 12;

const GIVE_FACTORY =
  'give a function that returns an object with observationSpace, actionSpace, reset() and step()';

/**
 * The value as it is. Throws EnvironmentError, saying what is missing and what to `give`, unless it has what an environment
 * must have.
 */
export function requireEnvironment(name: string, value: unknown, give = GIVE_FACTORY): Environment {
  const problem = problemOf(value);
  if (problem !== undefined) {
    throw new EnvironmentError(`${name} is not an environment: ${problem}; ${give}`);
  }
  return value as Environment;
}

function problemOf(value: unknown): string | undefined {
  if (value === undefined || value === null) {
    return `it is ${value} (a function whose body has braces gives back what it returns)`;
  }
  if (typeof value === 'function') return `it is ${describe(value)}, not what that makes`;
  const environment = value as Partial<Environment>;
  const { observationSpace, actionSpace } = environment;
  if (!isWhole(observationSpace)) {
    return `its observationSpace is not one of ${OBSERVATION_KINDS.join(', ')} but ${describe(observationSpace)}; ${observationSpaceFor(observationSpace)}`;
  }
  if (!isWhole(actionSpace) || !ACTION_KINDS.includes(actionSpace.kind)) {
    return `its actionSpace is not one of ${ACTION_KINDS.join(', ')} but ${describe(actionSpace)}; ${spaceFor(actionSpace, 'write new Discrete(2) or new Box({ low: -1, high: 1, size: 2 })')}`;
  }
  if (actionSpace.kind === 'Box' && actionSpace.dtype === 'uint8') {
    return 'its actionSpace is a Box of uint8, but actions in a Box are drawn as real numbers (MultiDiscrete has whole ones)';
  }
  for (const method of ['reset', 'step'] as const) {
    if (typeof environment[method] !== 'function') return `it has no method ${method}()`;
  }
  return undefined;
}

/** Whether it has all fields of a space: one of this package, of another copy of it, or an object that has the same. */
function isWhole(space: unknown): space is ObservationSpace {
  const { low, high, size, shape, dtype } = (space ?? {}) as Partial<Box>;
  const whole = spaceFromJson(space);
  if (whole?.kind === 'Dict' || whole?.kind === 'Tuple') return (space as Tuple).spaces.every(isWhole);
  if (whole?.kind !== 'Box') return whole !== undefined;
  // what a Box works out itself
  return (
    Array.isArray(low) &&
    Array.isArray(high) &&
    size === whole.size &&
    shape !== undefined &&
    dtype !== undefined
  );
}

/** What to write for observations. */
function observationSpaceFor(given: unknown): string {
  const { kind } = (given ?? {}) as { kind?: unknown };
  if (kind === 'Dict')
    return 'write new Dict({ position: new Box({ low: -1, high: 1, size: 2 }), hand: new Discrete(4) })';
  if (kind === 'Tuple') return 'write new Tuple([new Discrete(4), new MultiBinary(3)])';
  return spaceFor(given, 'write new Box({ low: -1, high: 1, size: 4 })');
}

/** What to write; `otherwise` where what was given gives no hint. */
function spaceFor(given: unknown, otherwise: string): string {
  const { kind, n, counts } = (given ?? {}) as { kind?: unknown; n?: unknown; counts?: unknown };
  if (counts !== undefined) return 'write new MultiDiscrete([2, 3]), with the number of choices of each part';
  if (n !== undefined && kind === 'MultiBinary') return 'write new MultiBinary(n), n a whole number';
  if (n !== undefined) return 'write new Discrete(n), or new Discrete(n, { start }), of whole numbers';
  if (kind === 'Dict' || kind === 'Tuple') return otherwise;
  if (typeof given === 'object' && given !== null) return boxText(given);
  return otherwise;
}

function boxText(given: unknown): string {
  const fields = Object.keys(given ?? {});
  const known = ['low', 'high', 'size', 'shape', 'dtype'].filter((name) => fields.includes(name));
  const isEnough = known.includes('low') && known.includes('high');
  return `write new Box({ ${isEnough ? known.join(', ') : 'low: -1, high: 1, size: 4'} })`;
}

function describe(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const names = Object.keys(value);
  const shown = names.length > MOST_FIELDS ? [...names.slice(0, MOST_FIELDS), '...'] : names;
  const made = value.constructor;
  const kind = typeof made === 'function' && made !== Object ? `a ${made.name}` : 'an object';
  return `${kind} with ${shown.length === 0 ? 'nothing' : shown.join(', ')}`;
}
