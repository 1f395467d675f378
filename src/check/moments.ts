import type { Box } from '../environments/spaces.js';
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

/** Violated unless every number is within its bounds, as float64 or as float32. */
export function requireMember(space: Box, observation: readonly number[], place: string): void {
  observation.forEach((number, i) => {
    const low = Math.min(space.low[i], Math.fround(space.low[i]));
    const high = Math.max(space.high[i], Math.fround(space.high[i]));
    if (number < low || number > high) {
      violated(
        `${place}: observation[${i}] is ${number}, its observation space has ${space.low[i]} to ${space.high[i]}`,
      );
    }
    if (space.dtype === 'uint8' && !Number.isInteger(number)) {
      violated(`${place}: observation[${i}] is ${number}, its observation space has whole numbers (uint8)`);
    }
  });
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
