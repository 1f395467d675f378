import { FileError } from '../errors.js';
import { type ActionSpace, Box, Discrete, MultiBinary, MultiDiscrete } from './spaces.js';

/** A space as JSON, for the headers of files; infinite bounds become the strings "inf" and "-inf". */
export function spaceToJson(space: ActionSpace): Record<string, unknown> {
  switch (space.kind) {
    case 'Box':
      return { kind: 'Box', low: space.low.map(boundToJson), high: space.high.map(boundToJson) };
    case 'Discrete':
      return { kind: 'Discrete', n: space.n };
    case 'MultiDiscrete':
      return { kind: 'MultiDiscrete', counts: space.counts };
    case 'MultiBinary':
      return { kind: 'MultiBinary', n: space.n };
  }
}

/** The space that `spaceToJson` described. Throws FileError naming the file for anything else. */
export function spaceFromJson(json: unknown, fileName: string): ActionSpace {
  const fields = (json ?? {}) as Record<string, unknown>;
  try {
    if (fields.kind === 'Box') return new Box({ low: bounds(fields.low), high: bounds(fields.high) });
    if (fields.kind === 'Discrete') return new Discrete(fields.n as number);
    if (fields.kind === 'MultiDiscrete' && Array.isArray(fields.counts)) {
      return new MultiDiscrete(fields.counts);
    }
    if (fields.kind === 'MultiBinary') return new MultiBinary(fields.n as number);
  } catch (cause) {
    throw new FileError(`${fileName} describes an impossible action space: ${JSON.stringify(json)}`, {
      cause,
    });
  }
  throw new FileError(`${fileName} describes an unknown action space: ${JSON.stringify(json)}`);
}

function boundToJson(bound: number): number | string {
  if (Number.isFinite(bound)) return bound;
  return bound > 0 ? 'inf' : '-inf';
}

function bounds(json: unknown): number[] {
  if (!Array.isArray(json)) throw new FileError('bounds are not a list');
  return json.map((bound) => {
    if (bound === 'inf') return Number.POSITIVE_INFINITY;
    if (bound === '-inf') return Number.NEGATIVE_INFINITY;
    if (typeof bound === 'number') return bound;
    throw new FileError(`bound ${JSON.stringify(bound)} is not a number`);
  });
}
