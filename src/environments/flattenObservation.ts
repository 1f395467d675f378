import { NonFiniteError, ShapeError } from '../errors.js';
import { startOf } from './spaces.js';
import type { Observation, ObservationSpace } from './structuredSpaces.js';

export const LARGEST_FLOAT32_TEXT = '3.4e38';

/** Where in an observation something is: put together in each step, and made text only for a message. */
interface Inner {
  readonly within: Place;
  /** A name of a Dict, or an index. */
  readonly step: string | number;
}

/** What an observation is called in messages, or something in it. */
type Place = string | Inner;

/** Begins a message about what was given, such as "Robot (step 3) returned 2 numbers as observation from step()". */
export type Told = (given: string) => string;

const toldHere: Told = (given) => `flattenObservation was given ${given}`;

/**
 * The numbers of an observation one after the other, as a policy sees them: the order and the encoding of Gymnasium's
 * `flatten`. Box and MultiBinary as they are, Discrete as n zeros with a 1 at the choice, MultiDiscrete so for each of its
 * parts, Dict and Tuple their spaces in order. `observationNames` names the numbers. Throws ShapeError for what is no member of
 * the space, saying where in it (bounds of a Box are not checked, but bytes must be bytes), and NonFiniteError for a number that is not
 * finite in float32.
 */
export function flattenObservation(space: ObservationSpace, observation: Observation): Float64Array {
  const flat = new Float64Array(flatSizeOf(space));
  writeObservation(flat, 0, space, observation, toldHere);
  return flat;
}

/** Numbers of a flat observation. */
export function flatSizeOf(space: ObservationSpace): number {
  switch (space.kind) {
    case 'Box':
      return space.size;
    case 'Discrete':
    case 'MultiBinary':
      return space.n;
    case 'MultiDiscrete':
      return space.counts.reduce((sum, count) => sum + count, 0);
    case 'Dict':
    case 'Tuple':
      return space.spaces.reduce((sum, part) => sum + flatSizeOf(part), 0);
  }
}

/**
 * The same into `target` from `offset` on; returns where it ends. place: what it is called in messages. Throws as
 * `flattenObservation`, and then a part may have been written.
 */
export function writeObservation(
  target: Float64Array | Uint8Array,
  offset: number,
  space: ObservationSpace,
  observation: unknown,
  told: Told,
  place: Place = 'observation',
): number {
  switch (space.kind) {
    case 'Box':
      if (space.dtype === 'uint8') return copyBytes(target, offset, space.size, observation, told, place);
      return copyNumbers(target, offset, space.size, observation, told, place);
    case 'MultiBinary': {
      const end = copyNumbers(target, offset, space.n, observation, told, place);
      for (let i = offset; i < end; i++) {
        if (target[i] !== 0 && target[i] !== 1) {
          throw new ShapeError(
            `${told(`${pathOf(place)}[${i - offset}] = ${target[i]}`)}; each number there must be 0 or 1`,
          );
        }
      }
      return end;
    }
    case 'Discrete':
      return writeChoice(target, offset, startOf(space, 0), space.n, observation, told, place);
    case 'MultiDiscrete': {
      const { counts } = space;
      requireLength(observation, counts.length, told, place);
      let end = offset;
      for (let part = 0; part < counts.length; part++) {
        const [start, choice] = [startOf(space, part), observation[part]];
        end = writeChoice(target, end, start, counts[part], choice, told, { within: place, step: part });
      }
      return end;
    }
    case 'Dict': {
      const { names, spaces } = space;
      const fields = requireFields(observation, names, told, place);
      let end = offset;
      for (let i = 0; i < names.length; i++) {
        const inner = { within: place, step: names[i] };
        end = writeObservation(target, end, spaces[i], fields[names[i]], told, inner);
      }
      return end;
    }
    case 'Tuple': {
      const { spaces } = space;
      if (!Array.isArray(observation) || observation.length !== spaces.length) {
        const given = Array.isArray(observation)
          ? `${observation.length} entries`
          : describeValue(observation);
        throw new ShapeError(
          `${told(`${given} as ${pathOf(place)}`)}; its space is a Tuple: give an array of ${spaces.length} entries`,
        );
      }
      let end = offset;
      for (let i = 0; i < spaces.length; i++) {
        end = writeObservation(target, end, spaces[i], observation[i], told, { within: place, step: i });
      }
      return end;
    }
  }
}

/** Where a field of a Dict is: `observation.goal`, or `observation["left hand"]` where the name is no identifier. */
export function fieldPath(path: string, name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function pathOf(place: Place): string {
  if (typeof place === 'string') return place;
  const { within, step } = place;
  return typeof step === 'string' ? fieldPath(pathOf(within), step) : `${pathOf(within)}[${step}]`;
}

/** Batches are float32: what is larger than any of them would become an infinity there. */
export function isFiniteFloat32(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

/** Such as "NaN", or "1 (a string)" where the type is what is wrong. */
export function describeValue(value: unknown): string {
  if (typeof value === 'number' || value === undefined || value === null) return String(value);
  return typeof value === 'object' ? 'an object' : `${String(value)} (a ${typeof value})`;
}

export function describeLength(observation: ArrayLike<unknown> | null | undefined): string {
  if (observation === null || observation === undefined) return String(observation);
  return typeof observation.length === 'number' ? `${observation.length} numbers` : typeof observation;
}

function copyNumbers(
  target: Float64Array | Uint8Array,
  offset: number,
  size: number,
  observation: unknown,
  told: Told,
  place: Place,
): number {
  requireLength(observation, size, told, place);
  for (let i = 0; i < size; i++) {
    const number = observation[i];
    if (!isFiniteFloat32(number)) {
      throw new NonFiniteError(
        `${told(`${pathOf(place)}[${i}] = ${describeValue(number)}`)}; every number must be finite, and at most ${LARGEST_FLOAT32_TEXT} in size`,
      );
    }
    target[offset + i] = number;
  }
  return offset + size;
}

function copyBytes(
  target: Float64Array | Uint8Array,
  offset: number,
  size: number,
  observation: unknown,
  told: Told,
  place: Place,
): number {
  requireLength(observation, size, told, place);
  const index = indexOfNoByte(observation, 0, size);
  if (index >= 0) {
    throw new ShapeError(
      `${told(`${pathOf(place)}[${index}] = ${describeValue(observation[index])}`)}; a uint8 Box has whole numbers from 0 to 255`,
    );
  }
  target.set(observation as ArrayLike<number>, offset);
  return offset + size;
}

/** Where of `count` numbers from `first` on one is no byte, counted from there; -1 where all are. */
export function indexOfNoByte(numbers: ArrayLike<unknown>, first: number, count: number): number {
  if (numbers instanceof Uint8Array || numbers instanceof Uint8ClampedArray) return -1;
  for (let i = 0; i < count; i++) {
    const number = numbers[first + i] as number;
    if (!(Number.isInteger(number) && number >= 0 && number <= 255)) return i;
  }
  return -1;
}

/** `count` zeros, with a 1 at the choice. */
function writeChoice(
  target: Float64Array | Uint8Array,
  offset: number,
  start: number,
  count: number,
  choice: unknown,
  told: Told,
  place: Place,
): number {
  const index = (choice as number) - start;
  if (!Number.isInteger(choice) || index < 0 || index >= count) {
    throw new ShapeError(
      `${told(`${pathOf(place)} = ${describeValue(choice)}`)}; it must be a whole number from ${start} to ${start + count - 1}`,
    );
  }
  target.fill(0, offset, offset + count);
  target[offset + index] = 1;
  return offset + count;
}

function requireLength(
  observation: unknown,
  size: number,
  told: Told,
  place: Place,
): asserts observation is ArrayLike<unknown> {
  const numbers = observation as ArrayLike<unknown> | null | undefined;
  if (numbers !== undefined && numbers !== null && numbers.length === size) return;
  throw new ShapeError(
    `${told(`${describeLength(numbers)} as ${pathOf(place)}`)}, its observation space has ${size} numbers there; give as many`,
  );
}

function requireFields(
  observation: unknown,
  names: readonly string[],
  told: Told,
  place: Place,
): Readonly<Record<string, unknown>> {
  const isArray = Array.isArray(observation) || ArrayBuffer.isView(observation);
  if (typeof observation !== 'object' || observation === null || isArray) {
    const given = isArray ? describeLength(observation as ArrayLike<unknown>) : describeValue(observation);
    throw new ShapeError(
      `${told(`${given} as ${pathOf(place)}`)}; its space is a Dict: give an object with ${names.join(', ')}`,
    );
  }
  for (const name of names) {
    if (Object.hasOwn(observation, name)) continue;
    const own = Object.keys(observation).join(', ') || 'nothing';
    throw new ShapeError(
      `${told(`no ${fieldPath(pathOf(place), name)}`)}: it has ${own}; give an object with ${names.join(', ')}`,
    );
  }
  const keys = Object.keys(observation);
  if (keys.length > names.length) {
    const other = keys.find((key) => !names.includes(key))!;
    throw new ShapeError(
      `${told(fieldPath(pathOf(place), other))}, which its space does not have; name it in the Dict, or leave it out`,
    );
  }
  return observation as Record<string, unknown>;
}
