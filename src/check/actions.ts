import { choicesOf } from '../environments/actionMask.js';
import type { Action } from '../environments/environment.js';
import { type ActionSpace, type Discrete, type MultiDiscrete, startOf } from '../environments/spaces.js';
import type { RandomStream } from '../random/philox.js';

/**
 * A member of the space, of those that a mask allows; sides of a Box that are infinite are cut at 1 beyond the finite one, or at -1
 * and 1.
 */
export function sampleAction(space: ActionSpace, random: RandomStream, mask?: ArrayLike<number>): Action {
  const below = (count: number) => Math.floor(random.uniform() * count);
  switch (space.kind) {
    case 'Discrete':
    case 'MultiDiscrete':
      return chosen(space, (choices) => choices[below(choices.length)], mask);
    case 'MultiBinary':
      return Array.from({ length: space.n }, () => below(2));
    case 'Box':
      return space.low.map((_, i) => {
        const [from, to] = finiteBounds(space.low[i], space.high[i]);
        return random.uniformBetween(from, to);
      });
  }
}

/** The members with every number at its least, and with every number at its greatest, of those that a mask allows. */
export function extremeActions(
  space: ActionSpace,
  mask?: ArrayLike<number>,
): [least: Action, greatest: Action] {
  switch (space.kind) {
    case 'Discrete':
    case 'MultiDiscrete':
      return [
        chosen(space, (choices) => choices[0], mask),
        chosen(space, (choices) => choices[choices.length - 1], mask),
      ];
    case 'MultiBinary':
      return [new Array<number>(space.n).fill(0), new Array<number>(space.n).fill(1)];
    case 'Box': {
      const bounds = space.low.map((low, i) => finiteBounds(low, space.high[i]));
      return [bounds.map(([low]) => low), bounds.map(([, high]) => high)];
    }
  }
}

/** What is no member of the space and no action that could be meant. */
export function invalidActions(space: ActionSpace): Action[] {
  switch (space.kind) {
    case 'Discrete':
      return [startOf(space, 0) - 1, startOf(space, 0) + space.n, 0.5, Number.NaN, Infinity, [0]];
    case 'MultiDiscrete':
      return [
        0,
        [],
        space.counts.map((count, part) => startOf(space, part) + count),
        space.counts.map(() => 0.5),
        space.counts.map(() => Number.NaN),
      ];
    case 'MultiBinary':
      return [0, [], new Array<number>(space.n).fill(2), new Array<number>(space.n + 1).fill(0)];
    case 'Box':
      return [0, [], [...space.low, 0], space.low.map(() => Number.NaN), space.low.map(() => Infinity)];
  }
}

/** The mask that allows of one part only the choice at a place of `mask`, and of the others what that does. */
export function maskOfOne(space: Discrete | MultiDiscrete, mask: readonly number[], place: number): number[] {
  let first = 0;
  const [begin, end] = choicesOf(space)
    .map((count) => {
      first += count;
      return [first - count, first];
    })
    .find(([, after]) => place < after)!;
  return mask.map((allowed, i) => (i >= begin && i < end ? Number(i === place) : allowed));
}

/** The action whose parts `choose` takes from the choices of each, counted from 0. */
function chosen(
  space: Discrete | MultiDiscrete,
  choose: (choices: readonly number[]) => number,
  mask?: ArrayLike<number>,
): Action {
  let first = 0;
  const parts = choicesOf(space).map((count, part) => {
    const choices = Array.from({ length: count }, (_, choice) => choice).filter(
      (choice) => mask === undefined || mask[first + choice] === 1,
    );
    first += count;
    return startOf(space, part) + choose(choices);
  });
  return space.kind === 'Discrete' ? parts[0] : parts;
}

/** The numbers of an action. */
export function numbersOf(action: Action): number[] {
  return typeof action === 'number' ? [action] : Array.from(action);
}

function finiteBounds(low: number, high: number): [from: number, to: number] {
  const from = Number.isFinite(low) ? low : Math.min(-1, high - 1);
  const to = Number.isFinite(high) ? high : Math.max(1, from + 1);
  return [from, to];
}
