import { OptionError } from '../errors.js';
import { fieldPath, flatSizeOf } from './flattenObservation.js';
import { spaceFromJson, spaceToJson } from './spaceJson.js';
import { type ActionSpace, Box, startOf } from './spaces.js';
import { type ObservationSpace, type StructuredSpace, structureOf } from './structuredSpaces.js';

/** Limits of what the headers of files hold. */
const DEEPEST = 16;
const MOST_ENTRIES = 1 << 15;

/** A Box whose members are the flat ones of a structured space. */
class FlatBox extends Box {
  constructor(
    bounds: { low: readonly number[]; high: readonly number[] },
    readonly structure: StructuredSpace,
  ) {
    super(bounds);
  }
}

/** A part of a space that is not divided further, and where its numbers are in a flat observation. */
export interface FlatPart {
  /** Such as `observation.goal.position`. */
  readonly path: string;
  readonly space: ActionSpace;
  readonly offset: number;
  readonly size: number;
}

/**
 * The Box of flat observations, as Gymnasium's `flatten_space`: choices have bounds 0 and 1. A Box is returned as it is. Throws
 * OptionError for a space that the header of a file could not hold.
 */
export function flattenSpace(space: ObservationSpace): Box {
  if (space.kind === 'Box') return space;
  requireModest(space);
  // of this package's classes, whoever made it
  const structure = spaceFromJson(space) as StructuredSpace;
  const low: number[] = [];
  const high: number[] = [];
  for (const part of partsOf(structure)) {
    for (let i = 0; i < part.size; i++) {
      low.push(part.space.kind === 'Box' ? part.space.low[i] : 0);
      high.push(part.space.kind === 'Box' ? part.space.high[i] : 1);
    }
  }
  return new FlatBox({ low, high }, structure);
}

/**
 * A name for each number of a flat observation, in order, all different: `position[0]` for a Box, MultiBinary alike,
 * `goal.x` for a Box of one number in a Dict in a Dict, `hand=3` for the place of a choice, `cards[1]=0` in a MultiDiscrete. A
 * space that is no Dict is called `observation`.
 */
export function observationNames(space: ObservationSpace): string[] {
  const whole = structureOf(space) ?? space;
  return partsOf(whole, whole.kind === 'Dict' ? '' : 'observation').flatMap(({ path, space: part }) =>
    numberNames(path, part),
  );
}

/** The parts of a space in the order of their numbers. root: what a whole observation is called. */
export function partsOf(space: ObservationSpace, root = 'observation'): FlatPart[] {
  const parts: FlatPart[] = [];
  let offset = 0;
  const add = (part: ObservationSpace, path: string): void => {
    if (part.kind === 'Dict') {
      part.names.forEach((name, i) => {
        add(part.spaces[i], fieldPath(path, name).replace(/^\./, ''));
      });
    } else if (part.kind === 'Tuple') {
      part.spaces.forEach((inner, i) => {
        add(inner, `${path}[${i}]`);
      });
    } else {
      const size = flatSizeOf(part);
      parts.push({ path, space: part, offset, size });
      offset += size;
    }
  };
  add(space, root);
  return parts;
}

function numberNames(path: string, space: ActionSpace): string[] {
  const choices = (of: string, start: number, count: number) =>
    Array.from({ length: count }, (_, choice) => `${of}=${start + choice}`);
  switch (space.kind) {
    case 'Box':
      return space.size === 1 ? [path] : space.low.map((_, i) => `${path}[${i}]`);
    case 'MultiBinary':
      return Array.from({ length: space.n }, (_, i) => `${path}[${i}]`);
    case 'Discrete':
      return choices(path, startOf(space, 0), space.n);
    case 'MultiDiscrete':
      return space.counts.flatMap((count, part) => choices(`${path}[${part}]`, startOf(space, part), count));
  }
}

function requireModest(space: StructuredSpace): void {
  const depth = depthOf(space);
  if (depth > DEEPEST) {
    throw new OptionError(
      `The observation space has ${depth} Dicts and Tuples within each other; ${DEEPEST} are the most, nest fewer`,
    );
  }
  // in names these marks are counted too, which makes the limit no wider
  const entries = JSON.stringify(spaceToJson(space, false)).match(/[[{,:]/g)!.length;
  if (entries > MOST_ENTRIES) {
    throw new OptionError(
      `The observation space takes ${entries} entries of JSON to describe; ${MOST_ENTRIES} are the most: put many numbers into one Box or MultiBinary instead of spaces of their own`,
    );
  }
}

function depthOf(space: ObservationSpace): number {
  if (space.kind !== 'Dict' && space.kind !== 'Tuple') return 0;
  return 1 + Math.max(...space.spaces.map(depthOf));
}
