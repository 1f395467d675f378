/** Throws the error that names the fault. */
export type Refuse = (fault: string) => never;

/** What a JSON text may hold: every object, list and entry takes many times the memory of its characters. */
export interface JsonLimits {
  /** Objects and lists within each other. */
  readonly depth: number;
  /** Objects and lists, keys, and commas between entries, all together. */
  readonly marks: number;
}

/**
 * The value of a JSON text. `refuse` is called with the fault, worded to follow `what`, for a text that is not JSON, goes
 * beyond the limits, which is seen before anything is made of it, or has a key twice in one object, of which one would be
 * lost.
 */
export function parseJson(text: string, what: string, limits: JsonLimits, refuse: Refuse): unknown {
  const keys = requireModest(text, what, limits, refuse);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse(`${what} is not JSON (${shown((cause as Error).message)})`);
  }
  return countKeys(value) === keys ? value : refuse(`${what} has a key twice`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value out of a file can count something: a whole number from 0 to 2^53 - 1. */
export function isCounter(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Largest size that a file may name, of an observation, a layer or a network's outputs. */
const LARGEST_SIZE = 1_000_000;

/** Whether a value out of a file can be a size: a whole number from 1 to 1,000,000. */
export function isSize(value: unknown): value is number {
  return isCounter(value) && value >= 1 && value <= LARGEST_SIZE;
}

/** The field of that name, which counts something; else the fault is told. */
export function counterOf(fields: Readonly<Record<string, unknown>>, name: string, refuse: Refuse): number {
  const value = fields[name];
  return isCounter(value) ? value : refuse(`its ${name} is ${shown(value)}, which counts nothing`);
}

/** The field of that name, which is one of the known texts; else the fault is told. */
export function knownOf<Known extends string>(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  known: readonly Known[],
  refuse: Refuse,
): Known {
  const value = fields[name];
  return (
    known.find((text) => text === value) ??
    refuse(`its ${name} is ${shown(value)}, known are ${known.join(', ')}`)
  );
}

/** The field of that name, which holds further fields or is absent; else the fault is told. */
export function fieldsOf(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  refuse: Refuse,
): Readonly<Record<string, unknown>> | undefined {
  const value = fields[name];
  return value === undefined || isObject(value)
    ? value
    : refuse(`its ${name} is ${shown(value)}, not an object`);
}

/** JSON of a value out of a file, short and without control characters. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'missing';
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}

/** How many keys the text has. */
function requireModest(text: string, what: string, { depth, marks }: JsonLimits, refuse: Refuse): number {
  let open = 0;
  let counted = 0;
  let keys = 0;
  let insideString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') insideString = !insideString;
    else if (insideString) i += Number(character === '\\');
    else if (character === '[' || character === '{') {
      counted++;
      if (++open > depth) refuse(`${what} is nested deeper than ${depth} levels`);
    } else if (character === ']' || character === '}') open--;
    else if (character === ',') counted++;
    else if (character === ':') {
      counted++;
      keys++;
    }
  }
  if (counted > marks) refuse(`${what} has more than ${marks} entries`);
  return keys;
}

/** Of all objects in a value that `requireModest` found to be flat. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  for (const key in value) {
    keys += Number(!Array.isArray(value)) + countKeys((value as Record<string, unknown>)[key]);
  }
  return keys;
}
