import { type ActionSpace, type Discrete, isMasked, type MultiDiscrete } from './spaces.js';

/** Numbers of a mask: one for each choice, part after part; 0 where actions are not masked. */
export function maskSizeOf(space: ActionSpace): number {
  return isMasked(space) ? choicesOf(space).reduce((sum, count) => sum + count, 0) : 0;
}

/**
 * target from `offset` on = 1 for each choice of a masked space that `mask` allows, 0 for the others. Gives back what is wrong with
 * a mask that is none, to follow "a mask that"; undefined for one that is right.
 */
export function copyMask(
  space: Discrete | MultiDiscrete,
  mask: unknown,
  target: Uint8Array,
  offset = 0,
): string | undefined {
  const size = maskSizeOf(space);
  const { length } = (mask ?? {}) as ArrayLike<unknown>;
  if (typeof mask !== 'object' || typeof length !== 'number') {
    return `is ${mask === undefined || mask === null ? mask : `a ${typeof mask}`}; give an array of ${size} zeros and ones`;
  }
  if (length !== size) return `has ${length} numbers; give ${size}, one for each choice${partsOf(space)}`;
  for (let i = 0; i < size; i++) {
    const value = (mask as ArrayLike<unknown>)[i];
    const isAllowed = value === 1 || value === true;
    if (!isAllowed && value !== 0 && value !== false) {
      return `has ${String(value)} at [${i}]; give 1 or true for what may be chosen, 0 or false for what may not`;
    }
    target[offset + i] = isAllowed ? 1 : 0;
  }
  return faultOfChoices(space, target, offset);
}

/** Whether a mask, as copyMask writes it, allows the choices of an action, counted from 0. */
export function allowsAction(
  space: Discrete | MultiDiscrete,
  mask: Uint8Array,
  choices: ArrayLike<number>,
  maskOffset = 0,
  choiceOffset = 0,
): boolean {
  let first = maskOffset;
  return choicesOf(space).every((count, part) => {
    const isAllowed = mask[first + choices[choiceOffset + part]] === 1;
    first += count;
    return isAllowed;
  });
}

/** Choices of each part of an action. */
export function choicesOf(space: Discrete | MultiDiscrete): readonly number[] {
  return space.kind === 'Discrete' ? [space.n] : space.counts;
}

function faultOfChoices(
  space: Discrete | MultiDiscrete,
  mask: Uint8Array,
  offset: number,
): string | undefined {
  let end = offset;
  for (const [part, count] of choicesOf(space).entries()) {
    end += count;
    if (mask.subarray(end - count, end).includes(1)) continue;
    const where = space.kind === 'Discrete' ? '' : ` for part ${part} of the action`;
    return `allows no choice${where}; allow one at least, or end the episode where there is none`;
  }
  return undefined;
}

function partsOf(space: Discrete | MultiDiscrete): string {
  return space.kind === 'Discrete' ? '' : ` (${space.counts.join(' + ')})`;
}
