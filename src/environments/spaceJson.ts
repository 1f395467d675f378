import { OptionError } from '../errors.js';
import { sizeOf } from '../numbers/shape.js';
import {
  type ActionSpace,
  Box,
  type BoxDtype,
  Discrete,
  isMasked,
  MultiBinary,
  MultiDiscrete,
  startOf,
} from './spaces.js';
import { Dict, type ObservationSpace, structureOf, Tuple } from './structuredSpaces.js';

/**
 * A space as JSON, for the headers of files and for other programs; infinite bounds become the strings "inf" and "-inf". A
 * Box tells its shape unless it is [size], and its dtype unless it is float32; Discrete and MultiDiscrete tell a start that
 * is not 0, and that they are masked. Dict and Tuple list their spaces in their order, Dict the `names` too. withBounds:
 * default true; without them a Box tells its shape instead.
 */
export function spaceToJson(space: ObservationSpace, withBounds = true): Record<string, unknown> {
  switch (space.kind) {
    case 'Box': {
      const dtype = space.dtype === 'float32' ? undefined : space.dtype;
      if (!withBounds) return { kind: 'Box', shape: space.shape, dtype };
      return {
        kind: 'Box',
        low: space.low.map(boundToJson),
        high: space.high.map(boundToJson),
        shape: space.shape.length > 1 ? space.shape : undefined,
        dtype,
        stackSize: (space.stackSize ?? 1) > 1 ? space.stackSize : undefined,
      };
    }
    case 'Discrete':
      return { kind: 'Discrete', n: space.n, start: startOf(space, 0) || undefined, ...maskedToJson(space) };
    case 'MultiDiscrete': {
      const starts = space.counts.map((_, part) => startOf(space, part));
      const start = starts.some((first) => first !== 0) ? starts : undefined;
      return { kind: 'MultiDiscrete', counts: space.counts, start, ...maskedToJson(space) };
    }
    case 'MultiBinary':
      return { kind: 'MultiBinary', n: space.n };
    case 'Dict':
    case 'Tuple': {
      const spaces = space.spaces.map((part) => spaceToJson(part, withBounds));
      return space.kind === 'Dict' ? { kind: 'Dict', names: space.names, spaces } : { kind: 'Tuple', spaces };
    }
  }
}

/** How many numbers may be made whose bounds a text does not hold: a few characters could ask for any memory. */
interface Room {
  numbers: number;
}

/**
 * The space that `spaceToJson` described; undefined for anything else, and for a space that cannot be. A Box without bounds
 * has all numbers of its kind; room: of all of them together, by default there may be none.
 */
export function spaceFromJson(json: unknown, room: Room = { numbers: 0 }): ObservationSpace | undefined {
  const fields = (json ?? {}) as Record<string, unknown>;
  try {
    if (fields.kind === 'Box') {
      const [shape, dtype] = [fields.shape as number[], fields.dtype as BoxDtype];
      if (fields.low === undefined && fields.high === undefined) {
        room.numbers -= sizeOf(shape);
        if (!(room.numbers >= 0)) return undefined;
        const [low, high] = dtype === 'uint8' ? [0, 255] : [Number.NEGATIVE_INFINITY, Infinity];
        return new Box({ low, high, shape, dtype });
      }
      const stackSize = fields.stackSize as number | undefined;
      return new Box({ low: bounds(fields.low), high: bounds(fields.high), shape, dtype, stackSize });
    }
    if (fields.kind === 'Dict') {
      const [names, spaces] = [fields.names as string[], partsFromJson(fields.spaces, room)];
      if (names.length !== spaces.length) return undefined;
      return new Dict(names.map((name, i) => [name, spaces[i]]));
    }
    if (fields.kind === 'Tuple') return new Tuple(partsFromJson(fields.spaces, room));
    if (fields.kind === 'Discrete') {
      return new Discrete(fields.n as number, {
        start: fields.start as number | undefined,
        masked: fields.masked as boolean | undefined,
      });
    }
    if (fields.kind === 'MultiDiscrete') {
      return new MultiDiscrete(fields.counts as number[], {
        start: fields.start as number[] | undefined,
        masked: fields.masked as boolean | undefined,
      });
    }
    if (fields.kind === 'MultiBinary') return new MultiBinary(fields.n as number);
  } catch {
    // the spaces refuse what they cannot be
  }
  return undefined;
}

/** The space with every Box in it as wide as its kind of number: what its members look like, and nothing else. */
export function withoutBounds<Space extends ObservationSpace>(space: Space): Space {
  return spaceFromJson(spaceToJson(space, false), { numbers: Infinity }) as Space;
}

/**
 * Such as `4 observations, actions {"kind":"Discrete","n":2}`, or `observations {"kind":"Discrete","n":16}, actions ...`: two
 * tasks of the same text fit the same policy. Bounds of observations are left out.
 */
export function describeSpaces(observations: DescribedObservations, actions: ActionSpace): string {
  return `${describeObservations(observations)}, actions ${JSON.stringify(spaceToJson(actions))}`;
}

/** What says which observations a task has: a space, or the shape and dtype of a Box. */
export type DescribedObservations = ObservationSpace | Pick<Box, 'kind' | 'shape' | 'dtype'>;

function describeObservations(observations: DescribedObservations): string {
  const structure = structureOf(observations);
  if (structure !== undefined) return `observations ${JSON.stringify(spaceToJson(structure, false))}`;
  const { shape, dtype } = observations as Box;
  return `${shape.join(' x ')} observations${dtype === 'float32' ? '' : ` of ${dtype}`}`;
}

/** The spaces of a Dict or Tuple; throws for what is none. */
function partsFromJson(json: unknown, room: Room): ObservationSpace[] {
  return (json as unknown[]).map((part) => {
    const space = spaceFromJson(part, room);
    if (space === undefined) throw new OptionError(`${JSON.stringify(part)} is no space`);
    return space;
  });
}

function maskedToJson(space: Discrete | MultiDiscrete): { masked?: true } {
  return isMasked(space) ? { masked: true } : {};
}

function boundToJson(bound: number): number | string {
  if (Number.isFinite(bound)) return bound;
  return bound > 0 ? 'inf' : '-inf';
}

/** NaN, which no Box takes, for what is not a bound. */
function bounds(json: unknown): number[] {
  return (json as unknown[]).map((bound) => {
    if (bound === 'inf') return Number.POSITIVE_INFINITY;
    if (bound === '-inf') return Number.NEGATIVE_INFINITY;
    return typeof bound === 'number' ? bound : Number.NaN;
  });
}
