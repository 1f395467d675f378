import { OptionError } from '../errors.js';
import type { ActionSpace, Box } from './spaces.js';

/** What an environment shows: numbers, choices, or several of them together. */
export type ObservationSpace = ActionSpace | Dict | Tuple;

/** All but a Box: what is flattened before a network sees it. */
export type StructuredSpace = Exclude<ObservationSpace, Box>;

/**
 * A member of an observation space: a number for Discrete, an array of numbers for Box (flat), MultiDiscrete and MultiBinary,
 * an object with an entry for each name for Dict, an array with an entry for each space for Tuple.
 */
export type Observation =
  | number
  | ArrayLike<number>
  | readonly Observation[]
  | { readonly [name: string]: Observation };

/** What an environment with that space shows. */
export type ObservationOf<Space extends ObservationSpace> = Space extends Dict | Tuple
  ? Observation
  : Space extends { readonly kind: 'Discrete' }
    ? number
    : ArrayLike<number>;

const SPACE_KINDS: readonly unknown[] = ['Box', 'Discrete', 'MultiDiscrete', 'MultiBinary', 'Dict', 'Tuple'];

/** Objects with an entry for each name, each a member of the space of that name. */
export class Dict {
  readonly kind = 'Dict';
  /** In the order in which they are flattened. */
  readonly names: readonly string[];
  /** [names.length] */
  readonly spaces: readonly ObservationSpace[];

  /**
   * Spaces by name. Of an object the names are sorted (by code points, as Gymnasium sorts a plain dict); of a list of pairs,
   * or a Map, they keep their order. Throws OptionError for no space, what is no space, or a name twice.
   */
  constructor(
    spaces: Readonly<Record<string, ObservationSpace>> | Iterable<readonly [string, ObservationSpace]>,
  ) {
    if (typeof spaces !== 'object' || spaces === null) {
      throw new OptionError(`Dict: spaces is ${String(spaces)}; give spaces by name: ${DICT_EXAMPLE}`);
    }
    const entries =
      Symbol.iterator in spaces
        ? Array.from(spaces)
        : Object.entries(spaces).sort(([one], [other]) => compareCodePoints(one, other));
    if (entries.length === 0) throw new OptionError(`Dict: there is no space in it; write ${DICT_EXAMPLE}`);
    this.names = entries.map(([name]) => name);
    this.spaces = entries.map(([, space]) => space);
    const others = new Set<string>();
    this.names.forEach((name, i) => {
      if (typeof name !== 'string') {
        throw new OptionError(`Dict: a name is ${String(name)}; names are texts: ${DICT_EXAMPLE}`);
      }
      if (others.has(name)) {
        throw new OptionError(
          `Dict: ${JSON.stringify(name)} is there twice; give each space a name of its own`,
        );
      }
      others.add(name);
      requireSpace(`Dict: ${JSON.stringify(name)}`, this.spaces[i]);
    });
  }

  contains(value: unknown): boolean {
    return (
      typeof value === 'object' &&
      value !== null &&
      Object.keys(value).length === this.names.length &&
      this.names.every(
        (name, i) =>
          Object.hasOwn(value, name) && this.spaces[i].contains((value as Record<string, unknown>)[name]),
      )
    );
  }
}

/** Arrays with an entry for each space, in their order, each a member of it. */
export class Tuple {
  readonly kind = 'Tuple';
  readonly spaces: readonly ObservationSpace[];

  /** Throws OptionError for no space and for what is no space. */
  constructor(spaces: readonly ObservationSpace[]) {
    if (!Array.isArray(spaces) || spaces.length === 0) {
      throw new OptionError(
        'Tuple: spaces must be an array of at least one space; write new Tuple([new Discrete(2), new MultiBinary(3)])',
      );
    }
    this.spaces = [...spaces];
    this.spaces.forEach((space, i) => {
      requireSpace(`Tuple: space ${i}`, space);
    });
  }

  contains(value: unknown): boolean {
    return (
      Array.isArray(value) &&
      value.length === this.spaces.length &&
      this.spaces.every((space, i) => space.contains(value[i]))
    );
  }
}

const DICT_EXAMPLE = 'new Dict({ position: new Box({ low: -1, high: 1, size: 2 }), hand: new Discrete(4) })';

/** The space whose members are flattened: of a Box that is the flat form of one, that one; undefined for any other Box. */
export function structureOf(space: { readonly kind: string }): StructuredSpace | undefined {
  if (space.kind !== 'Box') return space as StructuredSpace;
  return (space as { readonly structure?: StructuredSpace }).structure;
}

function requireSpace(what: string, space: unknown): void {
  if (SPACE_KINDS.includes((space as { kind?: unknown } | null | undefined)?.kind)) return;
  throw new OptionError(
    `${what} is ${typeof space === 'object' && space !== null ? 'an object that is no space' : String(space)}; give one of ${SPACE_KINDS.join(', ')}`,
  );
}

/** As Python compares texts: where they first differ, the smaller code point comes first. */
function compareCodePoints(one: string, other: string): number {
  const [first, second] = [Array.from(one), Array.from(other)];
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const difference = first[i].codePointAt(0)! - second[i].codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return first.length - second.length;
}
