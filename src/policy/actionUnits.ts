import type { Action } from '../environments/environment.js';
import { type ActionSpace, actionSizeOf, type Box, startOf } from '../environments/spaces.js';
import { OptionError, ShapeError } from '../errors.js';

/**
 * What a policy's numbers mean to an environment. In a dimension of a Box with two finite bounds, where actions are rescaled:
 * action = centre + halfRange x number, so that -1 and 1 are the bounds. Elsewhere the number is the action.
 */
export interface ActionUnits {
  readonly space: ActionSpace;
  /** [action size] of a rescaled Box; absent where every number is the action. */
  readonly rescaled?: { readonly centre: readonly number[]; readonly halfRange: readonly number[] };
}

/** The units of policies for an action space; isRescaled: as the option `rescaleActions`. */
export function actionUnits(space: ActionSpace, isRescaled: boolean): ActionUnits {
  if (space.kind !== 'Box' || !isRescaled) return { space };
  const { low, high } = space;
  const isBounded = low.map((bound, i) => Number.isFinite(bound) && Number.isFinite(high[i]));
  // halves first: the sum and the difference of large bounds may have no number
  const centre = low.map((bound, i) => (isBounded[i] ? bound / 2 + high[i] / 2 : 0));
  const halfRange = low.map((bound, i) => (isBounded[i] ? high[i] / 2 - bound / 2 : 1));
  return { space, rescaled: { centre, halfRange } };
}

/** The bounds of a Box in the units of the policy [action size] each; undefined for other spaces. */
export function boundsInUnits({ space, rescaled }: ActionUnits) {
  if (space.kind !== 'Box') return undefined;
  const { low, high } = space;
  if (rescaled === undefined) return { low, high };
  const { centre, halfRange } = rescaled;
  // the two bounds of a single value are one action, which every number means
  const inUnits = (bound: number, i: number) =>
    halfRange[i] === 0 ? bound - centre[i] : (bound - centre[i]) / halfRange[i];
  return { low: low.map(inUnits), high: high.map(inUnits) };
}

/**
 * What to hand to an environment for the numbers of one action: a whole number for Discrete, an array for the others,
 * choices counted from the start of their space, a Box action in its own units and clipped to its bounds (the distribution
 * keeps the unclipped one).
 */
export function toEnvironmentAction(units: ActionUnits, numbers: ArrayLike<number>, offset = 0): Action {
  const { space, rescaled } = units;
  if (space.kind === 'Discrete') return numbers[offset] + startOf(space, 0);
  const size = actionSizeOf(space);
  const action = new Array<number>(size);
  for (let i = 0; i < size; i++) {
    const number = numbers[offset + i];
    action[i] = space.kind === 'Box' ? boxAction(space, rescaled, i, number) : number + startOf(space, i);
  }
  return action;
}

/**
 * The same for `count` actions one after the other, as a vector of environments takes them: target [count x actionSize], from
 * numbers that begin at `offset`, written from `targetOffset` on.
 */
export function writeEnvironmentActions(
  { space, rescaled }: ActionUnits,
  numbers: ArrayLike<number>,
  offset: number,
  count: number,
  target: Float64Array,
  targetOffset = 0,
): void {
  const size = actionSizeOf(space);
  if (space.kind !== 'Box') {
    for (let i = 0; i < count * size; i++) {
      target[targetOffset + i] = numbers[offset + i] + startOf(space, i % size);
    }
    return;
  }
  for (let start = 0; start < count * size; start += size) {
    for (let i = 0; i < size; i++) {
      target[targetOffset + start + i] = boxAction(space, rescaled, i, numbers[offset + start + i]);
    }
  }
}

/**
 * The numbers of an action of the environment in the units of the policy [actionSize], choices counted from 0; `owner` is for messages.
 * Throws ShapeError for another number of them, OptionError for a value that the space has not; those of a Box are any that are
 * finite.
 */
export function toPolicyAction({ space, rescaled }: ActionUnits, action: Action, owner: string): number[] {
  const size = actionSizeOf(space);
  const given = space.kind === 'Discrete' ? [action] : (action as ArrayLike<number>);
  if (given?.length !== size) {
    throw new ShapeError(
      `${owner}: action has ${given?.length ?? 'no'} numbers; give ${size}, as act() returns them`,
    );
  }
  return Array.from({ length: size }, (_, i) => {
    const number = Number(given[i]) - startOf(space, i);
    const most = largestChoice(space, i);
    const isMember = Number.isInteger(number) && number >= 0 && number <= most;
    if (typeof given[i] !== 'number' || !(isMember || (most === Infinity && Number.isFinite(number)))) {
      const rule =
        most === Infinity
          ? 'a finite number'
          : `a whole number from ${startOf(space, i)} to ${most + startOf(space, i)}`;
      throw new OptionError(`${owner}: action[${i}] is ${String(given[i])}; give ${rule}`);
    }
    if (rescaled === undefined || rescaled.halfRange[i] === 0) return number;
    return (number - rescaled.centre[i]) / rescaled.halfRange[i];
  });
}

/** Choices of part i are counted from 0 to this; Infinity where numbers are real. */
function largestChoice(space: ActionSpace, i: number): number {
  switch (space.kind) {
    case 'Discrete':
      return space.n - 1;
    case 'MultiDiscrete':
      return space.counts[i] - 1;
    case 'MultiBinary':
      return 1;
    case 'Box':
      return Infinity;
  }
}

/** Component i of a Box action, in the environment's units and within its bounds. */
function boxAction({ low, high }: Box, rescaled: ActionUnits['rescaled'], i: number, number: number): number {
  const action = rescaled === undefined ? number : rescaled.centre[i] + rescaled.halfRange[i] * number;
  return Math.min(Math.max(action, low[i]), high[i]);
}
