import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { flattenSpace, observationNames } from '../../src/environments/flatSpace.js';
import { flatSizeOf, flattenObservation } from '../../src/environments/flattenObservation.js';
import { spaceFromJson, spaceToJson } from '../../src/environments/spaceJson.js';
import { Box, Discrete, MultiBinary, MultiDiscrete } from '../../src/environments/spaces.js';
import {
  Dict,
  type Observation,
  type ObservationSpace,
  Tuple,
} from '../../src/environments/structuredSpaces.js';
import { NonFiniteError, OptionError, ShapeError } from '../../src/errors.js';

interface Recording {
  readonly name: string;
  readonly space: unknown;
  readonly low: readonly (number | string)[];
  readonly high: readonly (number | string)[];
  readonly members: readonly { readonly observation: Observation; readonly flat: readonly number[] }[];
}

const file = new URL('../recordings/spaces/flattened.json', import.meta.url);
const { spaces } = JSON.parse(readFileSync(file, 'utf8')) as { readonly spaces: readonly Recording[] };
const numbers = (bounds: readonly (number | string)[]) =>
  bounds.map((bound) => (typeof bound === 'number' ? bound : bound === 'inf' ? Infinity : -Infinity));

describe.each(spaces)('$name: as Gymnasium', ({ space: json, low, high, members }) => {
  const space = spaceFromJson(json)!;

  test('flattens members', () => {
    for (const { observation, flat } of members) {
      expect(space.contains(observation)).toBe(true);
      expect(Array.from(flattenObservation(space, observation))).toEqual(flat);
    }
  });

  test('flattens the space', () => {
    const flat = flattenSpace(space);
    expect(flat.low).toEqual(numbers(low));
    expect(flat.high).toEqual(numbers(high));
    for (const { flat: member } of members) expect(flat.contains(member)).toBe(true);
  });

  test('has a name of its own for each number', () => {
    const names = observationNames(space);
    expect(names).toHaveLength(low.length);
    expect(new Set(names).size).toBe(names.length);
    expect(flatSizeOf(space)).toBe(names.length);
  });

  test('comes back from JSON, with names in their order', () => {
    expect(spaceFromJson(JSON.parse(JSON.stringify(spaceToJson(space))))).toEqual(space);
  });
});

test('the names of an object are sorted as Gymnasium sorts a dict', () => {
  const { space } = spaces.find(({ name }) => name === 'names sorted')!;
  const { names, spaces: parts } = spaceFromJson(space) as Dict;
  const shuffled = Object.fromEntries(names.map((name, i) => [name, parts[i]] as const).reverse());
  expect(new Dict(shuffled)).toEqual(spaceFromJson(space));
});

const ROBOT = new Dict({
  position: new Box({ low: -1, high: 1, size: 2 }),
  goal: new Dict({ x: new Box({ low: 0, high: 9, size: 1 }), 'on top': new MultiBinary(2) }),
  hand: new Discrete(3, { start: 2 }),
  cards: new Tuple([new MultiDiscrete([2, 1]), new Discrete(2)]),
});
const member = () => ({
  position: [0.5, -0.5],
  goal: { x: [3], 'on top': Uint8Array.of(0, 1) },
  hand: 4,
  cards: [[1, 0], 0],
});

test('numbers are named after where they are in the observation', () => {
  expect(observationNames(ROBOT)).toEqual([
    ...['cards[0][0]=0', 'cards[0][0]=1', 'cards[0][1]=0', 'cards[1]=0', 'cards[1]=1'],
    ...['goal["on top"][0]', 'goal["on top"][1]', 'goal.x'],
    ...['hand=2', 'hand=3', 'hand=4', 'position[0]', 'position[1]'],
  ]);
  expect(Array.from(flattenObservation(ROBOT, member()))).toEqual([
    ...[0, 1, 1, 1, 0],
    ...[0, 1, 3],
    ...[0, 0, 1, 0.5, -0.5],
  ]);
  expect(observationNames(new Discrete(2))).toEqual(['observation=0', 'observation=1']);
  expect(observationNames(new Box({ low: 0, high: 1, size: 2 }))).toEqual([
    'observation[0]',
    'observation[1]',
  ]);
  expect(observationNames(flattenSpace(ROBOT))).toEqual(observationNames(ROBOT));
});

describe('what is no member is refused, saying where', () => {
  const changed = (change: object) => ({ ...member(), ...change });
  test.each<[unknown, new (message: string) => Error, string]>([
    [
      7,
      ShapeError,
      'was given 7 as observation; its space is a Dict: give an object with cards, goal, hand, position',
    ],
    [null, ShapeError, 'was given null as observation'],
    [
      { position: [0, 0] },
      ShapeError,
      'was given no observation.cards: it has position; give an object with cards, goal',
    ],
    [changed({ wind: 1 }), ShapeError, 'was given observation.wind, which its space does not have'],
    [
      changed({ position: [1, 2, 3] }),
      ShapeError,
      '3 numbers as observation.position, its observation space has 2',
    ],
    [changed({ position: undefined }), ShapeError, 'undefined as observation.position'],
    [
      changed({ position: [1, Number.NaN] }),
      NonFiniteError,
      'observation.position[1] = NaN; every number must be finite',
    ],
    [changed({ position: ['1', 0] }), NonFiniteError, 'observation.position[0] = 1 (a string)'],
    [changed({ position: [0, 1e39] }), NonFiniteError, 'observation.position[1] = 1e+39'],
    [changed({ goal: { x: [0] } }), ShapeError, 'was given no observation.goal["on top"]: it has x'],
    [
      changed({ goal: { x: [0], 'on top': [0, 2] } }),
      ShapeError,
      'observation.goal["on top"][1] = 2; each number there must be 0 or 1',
    ],
    [
      changed({ goal: { x: 3, 'on top': [0, 1] } }),
      ShapeError,
      'number as observation.goal.x, its observation space has 1 numbers',
    ],
    [changed({ hand: 1 }), ShapeError, 'observation.hand = 1; it must be a whole number from 2 to 4'],
    [changed({ hand: 5 }), ShapeError, 'observation.hand = 5; it'],
    [changed({ hand: 2.5 }), ShapeError, 'observation.hand = 2.5; it'],
    [changed({ hand: [2] }), ShapeError, 'observation.hand = an object; it'],
    [
      changed({ cards: [[1, 0]] }),
      ShapeError,
      '1 entries as observation.cards; its space is a Tuple: give an array of 2',
    ],
    [
      changed({ cards: { 0: [1, 0], 1: 0 } }),
      ShapeError,
      'an object as observation.cards; its space is a Tuple',
    ],
    [
      changed({ cards: [[1, 1], 0] }),
      ShapeError,
      'observation.cards[0][1] = 1; it must be a whole number from 0 to 0',
    ],
    [changed({ cards: [[1], 0] }), ShapeError, '1 numbers as observation.cards[0]'],
  ])('%j', (observation, kind, message) => {
    const flatten = () => flattenObservation(ROBOT, observation as Observation);
    expect(flatten).toThrow(kind);
    expect(flatten).toThrow(message);
    expect(ROBOT.contains(observation)).toBe(false);
  });
});

describe('a space that is none is refused', () => {
  const bit = new Discrete(2);
  test.each<[() => ObservationSpace, string]>([
    [() => new Dict({}), 'Dict: there is no space in it'],
    [() => new Dict(undefined as never), 'Dict: spaces is undefined'],
    [() => new Dict({ hand: 3 as never }), 'Dict: "hand" is 3; give one of Box, Discrete'],
    [() => new Dict({ hand: { n: 3 } as never }), 'Dict: "hand" is an object that is no space'],
    [
      () =>
        new Dict([
          ['a', bit],
          ['a', bit],
        ]),
      'Dict: "a" is there twice',
    ],
    [() => new Dict([[1 as never, bit]]), 'Dict: a name is 1'],
    [() => new Tuple([]), 'Tuple: spaces must be an array of at least one space'],
    [() => new Tuple([bit, null as never]), 'Tuple: space 1 is null'],
    [() => flattenSpace(nested(17)), '17 Dicts and Tuples within each other; 16 are the most'],
    [
      () => flattenSpace(new Tuple(new Array(10_000).fill(bit))),
      'entries of JSON to describe; 32768 are the most',
    ],
  ])('%s', (make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  test.each([
    { kind: 'Dict', names: ['a'], spaces: [] },
    { kind: 'Dict', names: ['a', 'a'], spaces: [spaceToJson(bit), spaceToJson(bit)] },
    { kind: 'Dict', names: [1], spaces: [spaceToJson(bit)] },
    { kind: 'Dict', spaces: { a: spaceToJson(bit) } },
    { kind: 'Tuple', spaces: [] },
    { kind: 'Tuple', spaces: [{ kind: 'Text' }] },
    { kind: 'Tuple', spaces: [{ kind: 'Box', shape: [1e9] }] },
  ])('as JSON: %j', (json) => {
    expect(spaceFromJson(json)).toBeUndefined();
  });
});

function nested(depth: number): ObservationSpace {
  return depth === 0 ? new Discrete(2) : new Tuple([nested(depth - 1)]);
}
