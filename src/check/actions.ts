import type { Action } from '../environments/environment.js';
import type { ActionSpace } from '../environments/spaces.js';
import type { RandomStream } from '../random/philox.js';

/** A member of the space; sides of a Box that are infinite are cut at 1 beyond the finite one, or at -1 and 1. */
export function sampleAction(space: ActionSpace, random: RandomStream): Action {
  const below = (count: number) => Math.floor(random.uniform() * count);
  switch (space.kind) {
    case 'Discrete':
      return below(space.n);
    case 'MultiDiscrete':
      return space.counts.map(below);
    case 'MultiBinary':
      return Array.from({ length: space.n }, () => below(2));
    case 'Box':
      return space.low.map((_, i) => {
        const [from, to] = finiteBounds(space.low[i], space.high[i]);
        return random.uniformBetween(from, to);
      });
  }
}

/** The members with every number at its least, and with every number at its greatest. */
export function extremeActions(space: ActionSpace): [least: Action, greatest: Action] {
  switch (space.kind) {
    case 'Discrete':
      return [0, space.n - 1];
    case 'MultiDiscrete':
      return [space.counts.map(() => 0), space.counts.map((count) => count - 1)];
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
      return [-1, space.n, 0.5, Number.NaN, Infinity, [0]];
    case 'MultiDiscrete':
      return [0, [], [...space.counts], space.counts.map(() => 0.5), space.counts.map(() => Number.NaN)];
    case 'MultiBinary':
      return [0, [], new Array<number>(space.n).fill(2), new Array<number>(space.n + 1).fill(0)];
    case 'Box':
      return [0, [], [...space.low, 0], space.low.map(() => Number.NaN), space.low.map(() => Infinity)];
  }
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
