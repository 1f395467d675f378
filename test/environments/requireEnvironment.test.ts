import { describe, expect, test } from 'vitest';
import { requireEnvironment } from '../../src/environments/requireEnvironment.js';
import { Box, Discrete, MultiBinary, MultiDiscrete } from '../../src/environments/spaces.js';
import { Dict, Tuple } from '../../src/environments/structuredSpaces.js';
import { EnvironmentError } from '../../src/errors.js';
import { scriptedEnvironment } from '../support/environments.js';

/** A space as it would be without its class, such as one of another copy of the package. */
const plain = <Space extends object>(space: Space) => ({
  ...space,
  ...('size' in space ? { size: space.size } : {}),
});

describe('objects with all fields of a space are spaces', () => {
  test.each([
    new Discrete(3),
    new Discrete(3, { start: -1 }),
    { kind: 'Discrete', n: 3 },
    new MultiDiscrete([2, 3], { start: [1, 0] }),
    new MultiBinary(2),
    new Box({ low: -1, high: 1, shape: [2, 2] }),
  ])('%o', (actionSpace) => {
    const environment = { ...scriptedEnvironment(), actionSpace: plain(actionSpace) };
    expect(requireEnvironment('Robot', environment)).toBe(environment);
  });
});

describe('observations may be of every space', () => {
  test.each([
    new Discrete(3),
    new MultiDiscrete([2, 3]),
    new MultiBinary(2),
    new Tuple([new Discrete(2), new Box({ low: -1, high: 1, size: 2 })]),
    new Dict({ hand: new Discrete(2), goal: new Dict({ x: new Box({ low: 0, high: 1, size: 1 }) }) }),
  ])('%o', (observationSpace) => {
    for (const space of [observationSpace, plain(observationSpace)]) {
      const environment = { ...scriptedEnvironment(), observationSpace: space };
      expect(requireEnvironment('Robot', environment)).toBe(environment);
    }
  });
});

describe('what is no space is refused with what to write', () => {
  test.each([
    [
      { low: [0], high: [1], shape: [1] },
      /an object with low, high, shape; write new Box\({ low, high, shape }\)/,
    ],
    [{ kind: 'Box', low: [0], high: [1] }, /an object with kind, low, high; write new Box\({ low, high }\)/],
    [{ ...plain(new Box({ low: 0, high: 1, size: 2 })), size: 3 }, /write new Box/],
    [{ ...plain(new Box({ low: 0, high: 1, size: 2 })), low: Float32Array.of(0, 0) }, /write new Box/],
    [{ ...plain(new Box({ low: 0, high: 1, size: 2 })), low: [2, 2] }, /write new Box/],
    [{}, /an object with nothing; write new Box\({ low: -1, high: 1, size: 4 }\)/],
    [undefined, /not one of Box, .*, Tuple but undefined; write new Box/],
    ['Box', /not one of Box, .*, Tuple but Box; write new Box/],
    [{ kind: 'Dict', spaces: { hand: new Discrete(2) } }, /an object with kind, spaces; write new Dict\({/],
    [{ kind: 'Tuple', spaces: [{ kind: 'Box', low: [0], high: [1] }] }, /write new Tuple\(\[/],
    [{ ...new Tuple([new Discrete(2)]), spaces: [{ kind: 'Discrete' }] }, /write new Tuple\(\[/],
  ])('for observations: %o', (observationSpace, message) => {
    const environment = { ...scriptedEnvironment(), observationSpace };
    expect(() => requireEnvironment('Robot', environment)).toThrow(EnvironmentError);
    expect(() => requireEnvironment('Robot', environment)).toThrow(message);
    expect(() => requireEnvironment('Robot', environment)).toThrow(
      /^Robot is not an environment: its observationSpace/,
    );
  });

  test.each([
    [{ n: 3 }, /an object with n; write new Discrete\(n\)/],
    [
      { kind: 'Discrete', n: 3, start: 0.5 },
      /an object with kind, n, start; write .*new Discrete\(n, { start }\)/,
    ],
    [{ kind: 'MultiBinary', n: 0 }, /write new MultiBinary\(n\)/],
    [{ counts: [2, 3] }, /write new MultiDiscrete/],
    [{ kind: 'MultiDiscrete', counts: [2, 3], start: [1] }, /write new MultiDiscrete/],
    [{ low: -1, high: 1, size: 2 }, /write new Box\({ low, high, size }\)/],
    [undefined, /not one of Box, Discrete.* but undefined; write new Discrete\(2\) or new Box/],
    [new Tuple([new Discrete(2)]), /a Tuple with kind, spaces; write new Discrete\(2\) or new Box/],
  ])('for actions: %o', (actionSpace, message) => {
    const environment = { ...scriptedEnvironment(), actionSpace };
    expect(() => requireEnvironment('Robot', environment)).toThrow(message);
    expect(() => requireEnvironment('Robot', environment)).toThrow(
      /^Robot is not an environment: its actionSpace/,
    );
  });
});
