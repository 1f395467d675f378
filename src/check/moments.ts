import { partsOf } from '../environments/flatSpace.js';
import type { ActionSpace, Box } from '../environments/spaces.js';
import { structureOf } from '../environments/structuredSpaces.js';
import { violated } from './check.js';

/** What one environment answered to a step, a copy. */
export interface Moment {
  readonly observation: readonly number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** Which choices may be taken next, where the action space is masked and the episode goes on. */
  readonly mask?: readonly number[];
}

/** An episode, or the part of it that was played. */
export interface Trace {
  readonly first: readonly number[];
  readonly moments: readonly Moment[];
}

export function hasEnded({ terminated, truncated }: Pick<Moment, 'terminated' | 'truncated'>): boolean {
  return terminated || truncated;
}

/**
 * Violated unless every number of a flat observation is within its bounds, as float64 or as float32, and every choice is one 1
 * among zeros.
 */
export function requireMember(space: Box, observation: readonly number[], place: string): void {
  for (const part of partsOf(structureOf(space) ?? space)) {
    const numbers = observation.slice(part.offset, part.offset + part.size);
    if (part.space.kind === 'Box') requireWithin(part.space, numbers, `${place}: ${part.path}`);
    else requireBits(part.space, numbers, `${place}: ${part.path}`);
  }
}

function requireWithin(space: Box, numbers: readonly number[], what: string): void {
  numbers.forEach((number, i) => {
    const low = Math.min(space.low[i], Math.fround(space.low[i]));
    const high = Math.max(space.high[i], Math.fround(space.high[i]));
    if (number < low || number > high) {
      violated(`${what}[${i}] is ${number}, its observation space has ${space.low[i]} to ${space.high[i]}`);
    }
    if (space.dtype === 'uint8' && !Number.isInteger(number)) {
      violated(`${what}[${i}] is ${number}, its observation space has whole numbers (uint8)`);
    }
  });
}

function requireBits(space: Exclude<ActionSpace, Box>, bits: readonly number[], what: string): void {
  const isBinary = bits.every((bit) => bit === 0 || bit === 1);
  if (space.kind === 'MultiBinary') {
    if (!isBinary) violated(`${what} is [${bits.join(', ')}], its observation space has zeros and ones`);
    return;
  }
  let end = 0;
  for (const count of space.kind === 'Discrete' ? [space.n] : space.counts) {
    const choice = bits.slice(end, end + count);
    end += count;
    if (isBinary && choice.filter((bit) => bit === 1).length === 1) continue;
    violated(`${what} has the flat form [${choice.join(', ')}] of a choice, which must be one 1 among zeros`);
  }
}

/** Violated unless both are the same to the bit. what: names them, such as "two episodes of seed 1". */
export function requireSameTrace(what: string, one: Trace, other: Trace): void {
  requireSameNumbers(`${what}: the first observations differ`, one.first, other.first);
  requireSameMoments(what, one.moments, other.moments);
}

export function requireSameMoments(what: string, one: readonly Moment[], other: readonly Moment[]): void {
  for (let step = 0; step < Math.min(one.length, other.length); step++) {
    requireSameMoment(`${what}: step ${step + 1} differs`, one[step], other[step]);
  }
  if (one.length !== other.length) {
    violated(`${what}: one ended after ${one.length} steps, the other after ${other.length}`);
  }
}

export function requireSameMoment(what: string, one: Moment, other: Moment): void {
  requireSameNumbers(what, one.observation, other.observation);
  requireSameNumbers(what, one.mask ?? [], other.mask ?? [], 'mask');
  for (const key of ['reward', 'terminated', 'truncated'] as const) {
    if (!Object.is(one[key], other[key])) violated(`${what}: ${key} is ${one[key]} and ${other[key]}`);
  }
}

export function requireSameNumbers(
  what: string,
  one: readonly number[],
  other: readonly number[],
  name = 'observation',
): void {
  if (one.length !== other.length) violated(`${what}: ${one.length} and ${other.length} numbers`);
  const different = one.findIndex((number, i) => !Object.is(number, other[i]));
  if (different >= 0) {
    violated(`${what}: ${name}[${different}] is ${one[different]} and ${other[different]}`);
  }
}
