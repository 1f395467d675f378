import { spaceFromJson } from '../environments/spaceJson.js';
import { Box } from '../environments/spaces.js';
import { Dict, type ObservationSpace, Tuple } from '../environments/structuredSpaces.js';
import { EnvironmentError } from '../errors.js';

/**
 * A space as the bridge describes it: as config files do, but for a Box, whose bounds are one number where all are the same.
 * Throws EnvironmentError for what is no space.
 */
export function spaceOfPython(json: unknown): ObservationSpace {
  const fields = json as { kind?: unknown; names?: string[]; spaces?: unknown[] };
  if (fields.kind === 'Dict') {
    return new Dict(fields.names!.map((name, i) => [name, spaceOfPython(fields.spaces![i])]));
  }
  if (fields.kind === 'Tuple') return new Tuple(fields.spaces!.map(spaceOfPython));
  const space = fields.kind === 'Box' ? boxOf(json as PythonBox) : spaceFromJson(json);
  if (space !== undefined) return space;
  throw new EnvironmentError(
    `The bridge to Python describes a space as ${JSON.stringify(json).slice(0, 200)}`,
  );
}

interface PythonBox {
  readonly low: Bounds;
  readonly high: Bounds;
  readonly shape: readonly number[];
  readonly dtype: Box['dtype'];
  readonly stackSize?: number;
}

type Bound = number | 'inf' | '-inf';
type Bounds = Bound | readonly Bound[];

function boxOf({ low, high, shape, dtype, stackSize }: PythonBox): Box {
  return new Box({ low: numbersOf(low), high: numbersOf(high), shape, dtype, stackSize });
}

function numbersOf(bounds: Bounds): number | number[] {
  const numberOf = (bound: Bound) =>
    typeof bound === 'number' ? bound : bound === 'inf' ? Infinity : -Infinity;
  return typeof bounds === 'object' ? bounds.map(numberOf) : numberOf(bounds);
}
