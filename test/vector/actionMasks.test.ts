import { describe, expect, test } from 'vitest';
import { Box, Discrete, MultiDiscrete } from '../../src/environments/spaces.js';
import { TimeLimit } from '../../src/environments/timeLimit.js';
import { EnvironmentError } from '../../src/errors.js';
import { EnvironmentCalls } from '../../src/vector/environmentCalls.js';
import { vectorOf } from '../../src/vector/environmentSource.js';
import type { SteppedVector } from '../../src/vector/vectorEnvironment.js';
import { describeVectorContract } from '../contract/vectorContract.js';
import { scriptedEnvironment } from '../support/environments.js';
import { Doors, MASKED_SPACES } from '../support/maskedTasks.js';

const CALLS = new EnvironmentCalls(0);
const PLACES = { one: (index: number) => `Doors (environment ${index}, step 7)`, all: () => 'Doors' };
const many = (count: number, space: Discrete | MultiDiscrete) =>
  Array.from({ length: count }, () => new Doors(space));

/** The same environments as a user's own vector, which tells masks in rows of infos. */
function ownVector(count: number, space: Discrete | MultiDiscrete): SteppedVector {
  const inner = vectorOf(many(count, space), CALLS, PLACES);
  return vectorOf(
    { ...inner, count, reset: inner.reset.bind(inner), step: inner.step.bind(inner) },
    CALLS,
    PLACES,
  );
}

for (const [kind, space] of Object.entries(MASKED_SPACES)) {
  describeVectorContract(`Doors over ${kind}`, (count) => vectorOf(many(count, space), CALLS, PLACES));
  describeVectorContract(`a vector of one's own, of doors over ${kind},`, (count) => ownVector(count, space));
}

test('masks are handed on as bytes, of rows whose episode goes on', async () => {
  const step = (mask: unknown) => () => ({
    ...{ observation: [0, 0], reward: 0, terminated: mask === undefined, truncated: false },
    info: mask === undefined ? undefined : { action_mask: mask },
  });
  const environments = [Int8Array.of(1, 0, 1), [false, true, true], undefined].map((mask) =>
    scriptedEnvironment({
      actionSpace: new Discrete(3, { masked: true }),
      reset: () => ({ observation: [0, 0], info: { actionMask: [1, 1, 0] } }),
      step: step(mask),
    }),
  );
  const vector = vectorOf(environments, CALLS, PLACES);
  const { masks } = await vector.reset([0, 1, 2]);
  expect(masks).toEqual(Uint8Array.of(1, 1, 0, 1, 1, 0, 1, 1, 0));
  const outcomes = await vector.step([0, 1, 2], [0, 1, 1]);
  expect(outcomes.masks!.subarray(0, 6)).toEqual(Uint8Array.of(1, 0, 1, 0, 1, 1));
});

test('without a masked action space there are no masks', async () => {
  const vector = vectorOf([scriptedEnvironment()], CALLS, PLACES);
  expect(await vector.reset([0])).toMatchObject({ masks: undefined });
  expect(await vector.step([0], [1])).toMatchObject({ masks: undefined });
});

test('a TimeLimit hands masks on, and demands none where it cuts', async () => {
  const limited = new TimeLimit(new Doors(MASKED_SPACES.Discrete), 2);
  const vector = vectorOf([limited], CALLS, PLACES);
  for (let episode = 0; episode < 3; episode++) {
    let { masks } = await vector.reset([0]);
    for (let step = 0; step < 2; step++) ({ masks } = await vector.step([0], [masks!.indexOf(1)]));
  }
});

const DISCRETE = new Discrete(3, { masked: true });
const MULTI_DISCRETE = new MultiDiscrete([2, 3], { masked: true });
const faults: [string, Discrete | MultiDiscrete | Box, unknown, RegExp][] = [
  [
    'no info',
    DISCRETE,
    undefined,
    /returned no info.actionMask from (reset|step)\(\), and its action space is masked/,
  ],
  ['no mask', DISCRETE, {}, /returned no info.actionMask/],
  [
    'a number',
    DISCRETE,
    { actionMask: 7 },
    /info.actionMask that is a number; give an array of 3 zeros and ones/,
  ],
  ['null', DISCRETE, { actionMask: null }, /returned no info.actionMask/],
  ['too few', DISCRETE, { actionMask: [1, 1] }, /has 2 numbers; give 3, one for each choice/],
  ['too many', MULTI_DISCRETE, { action_mask: [1, 1, 1, 1, 1, 1] }, /has 6 numbers; give 5, .* \(2 \+ 3\)/],
  ['two', DISCRETE, { actionMask: [1, 2, 0] }, /has 2 at \[1\]; give 1 or true/],
  ['NaN', DISCRETE, { actionMask: [1, 0, Number.NaN] }, /has NaN at \[2\]/],
  ['text', DISCRETE, { actionMask: ['1', '1', '1'] }, /has 1 at \[0\]; give 1 or true/],
  ['nothing allowed', DISCRETE, { actionMask: [0, 0, 0] }, /allows no choice; allow one at least/],
  [
    'a part without choice',
    MULTI_DISCRETE,
    { actionMask: [0, 1, 0, 0, 0] },
    /allows no choice for part 1 of the action/,
  ],
  [
    'both names',
    DISCRETE,
    { actionMask: [1, 1, 1], action_mask: [1, 1, 1] },
    /both info.actionMask and info.action_mask/,
  ],
  [
    'a mask that is not expected',
    new Discrete(3),
    { action_mask: [1, 1, 1] },
    /not masked; write its action space as new Discrete\(\.\.\., \{ masked: true \}\)/,
  ],
  [
    'a mask of a Box',
    new Box({ low: 0, high: 1, size: 1 }),
    { actionMask: [1] },
    /not masked; only choices of a Discrete or MultiDiscrete/,
  ],
];

describe.each(['reset', 'step'] as const)('%s() is refused, naming environment and step, with', (method) => {
  test.each(faults)('%s', async (_, actionSpace, info, message) => {
    const good =
      actionSpace.kind === 'Box' || !actionSpace.masked
        ? undefined
        : { actionMask: actionSpace.kind === 'Discrete' ? [1, 1, 1] : [1, 1, 1, 1, 1] };
    const answer = { observation: [0, 0], reward: 0, terminated: false, truncated: false };
    const environment = scriptedEnvironment({
      actionSpace,
      reset: () => ({ observation: [0, 0], info: method === 'reset' ? info : good }),
      step: () => ({ ...answer, info }),
    });
    const rows = [
      environment,
      scriptedEnvironment({
        actionSpace,
        reset: () => ({ observation: [0, 0], info: good }),
        step: () => ({ ...answer, info: good }),
      }),
    ];
    const plain = vectorOf(rows.toReversed(), CALLS, PLACES);
    const loose = {
      count: 2,
      observationSpace: environment.observationSpace,
      actionSpace,
      reset: () => ({ observations: [0, 0, 0, 0], infos: [good, method === 'reset' ? info : good] as never }),
      step: () => ({
        observations: [0, 0, 0, 0],
        rewards: [0, 0],
        terminated: [0, 0],
        truncated: [0, 0],
        infos: [good, info] as never,
      }),
    };
    for (const vector of [plain, vectorOf(loose, CALLS, PLACES)]) {
      const play = async () => {
        await vector.reset([0, 1]);
        await vector.step([0, 1], [0, 0, 0, 0]);
      };
      await expect(play()).rejects.toThrow(EnvironmentError);
      await expect(play()).rejects.toThrow(message);
      await expect(play()).rejects.toThrow(/^Doors \(environment 1, step 7\) returned/);
      if (method === 'step') await vector.reset([0, 1]);
    }
  });
});
