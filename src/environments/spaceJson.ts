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

/**
 * A space as JSON, for the headers of files; infinite bounds become the strings "inf" and "-inf". A Box tells its shape
 * unless it is [size], and its dtype unless it is float32; Discrete and MultiDiscrete tell a start that is not 0,
 * and that they are masked.
 */
export function spaceToJson(space: ActionSpace): Record<string, unknown> {
  switch (space.kind) {
    case 'Box':
      return {
        kind: 'Box',
        low: space.low.map(boundToJson),
        high: space.high.map(boundToJson),
        shape: space.shape.length > 1 ? space.shape : undefined,
        dtype: space.dtype === 'float32' ? undefined : space.dtype,
      };
    case 'Discrete':
      return { kind: 'Discrete', n: space.n, start: startOf(space, 0) || undefined, ...maskedToJson(space) };
    case 'MultiDiscrete': {
      const starts = space.counts.map((_, part) => startOf(space, part));
      const start = starts.some((first) => first !== 0) ? starts : undefined;
      return { kind: 'MultiDiscrete', counts: space.counts, start, ...maskedToJson(space) };
    }
    case 'MultiBinary':
      return { kind: 'MultiBinary', n: space.n };
  }
}

/** The space that `spaceToJson` described; undefined for anything else, and for a space that cannot be. */
export function spaceFromJson(json: unknown): ActionSpace | undefined {
  const fields = (json ?? {}) as Record<string, unknown>;
  try {
    if (fields.kind === 'Box') {
      return new Box({
        low: bounds(fields.low),
        high: bounds(fields.high),
        shape: fields.shape as number[],
        dtype: fields.dtype as BoxDtype,
      });
    }
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

/** Such as `4 observations, actions {"kind":"Discrete","n":2}`: two tasks of the same text fit the same policy. */
export function describeSpaces({ shape, dtype }: Pick<Box, 'shape' | 'dtype'>, actions: ActionSpace): string {
  const kind = dtype === 'float32' ? '' : ` of ${dtype}`;
  return `${shape.join(' x ')} observations${kind}, actions ${JSON.stringify(spaceToJson(actions))}`;
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
