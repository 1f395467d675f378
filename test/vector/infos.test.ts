import { describe, expect, test } from 'vitest';
import type { Environment, Info } from '../../src/environments/environment.js';
import { ShapeError } from '../../src/errors.js';
import { CheckedVector } from '../../src/vector/checkedVector.js';
import { EnvironmentCalls } from '../../src/vector/environmentCalls.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import type { Answer, Infos, SteppedVector, VectorEnvironment } from '../../src/vector/vectorEnvironment.js';
import { scriptedEnvironment } from '../support/environments.js';

/** Tells its number and its step; later: by promises. */
function telling(number: number, later: boolean): Environment {
  let steps = 0;
  const inner = scriptedEnvironment();
  const answer = <Result extends object>(result: Result, info: Info): Result => {
    const told = { ...result, info };
    return (later ? new Promise((resolve) => setImmediate(() => resolve(told))) : told) as never;
  };
  return {
    ...inner,
    reset: (options) => {
      steps = 0;
      return answer(inner.reset(options), { begins: number });
    },
    step: (action) => answer(inner.step(action), { number, step: ++steps }),
  };
}

/** A user's vector that tells what the infos of an inner one are, through `change`. */
function checked(inner: SteppedVector, change: (infos: Infos) => Infos | undefined): SteppedVector {
  const given = async <Result extends { readonly infos?: Infos }>(answer: Answer<Result>) => {
    const result = await answer;
    return { ...result, infos: change(result.infos!) };
  };
  const vector: VectorEnvironment = {
    ...{ count: inner.count, observationSpace: inner.observationSpace, actionSpace: inner.actionSpace },
    reset: (which, seeds) => given(inner.reset(which, seeds)),
    step: (which, actions) => given(inner.step(which, actions)),
  };
  const places = { one: (index: number) => `environment ${index}`, all: () => 'the vector' };
  return new CheckedVector(vector, new EnvironmentCalls(0), places);
}

const three = (later: boolean) =>
  new EnvironmentVector([telling(0, later), telling(1, later), telling(2, false)]);

describe.each([
  ['at once', () => three(false)],
  ['by promises', () => three(true)],
  ['by a checked vector', () => checked(three(true), (infos) => [...infos])],
  ['by a checked vector that gives those asked alone', () => checked(three(false), (infos) => infos)],
])('infos that come %s', (_, make) => {
  test('reach the caller, row for row, from resets and steps', async () => {
    const vector = make();
    const rows = async (answer: Answer<{ readonly infos?: Infos }>, count: number) =>
      [...(await answer).infos!].slice(0, count);
    expect(await rows(vector.reset([0, 1, 2]), 3)).toEqual([{ begins: 0 }, { begins: 1 }, { begins: 2 }]);
    expect(await rows(vector.step([0, 1, 2], [1, 1, 1]), 3)).toEqual([
      { number: 0, step: 1 },
      { number: 1, step: 1 },
      { number: 2, step: 1 },
    ]);
    expect(await rows(vector.step([1, 2], [1, 1]), 2)).toEqual([
      { number: 1, step: 2 },
      { number: 2, step: 2 },
    ]);
    expect(await rows(vector.reset([2]), 1)).toEqual([{ begins: 2 }]);
  });
});

test('an environment that tells nothing leaves its row undefined, also after one that told something', async () => {
  let tells = true;
  const environment = scriptedEnvironment({
    step: () => ({
      ...{ observation: [0, 0], reward: 0, terminated: false, truncated: false },
      ...(tells ? { info: { x: 1 } } : {}),
    }),
  });
  const vector = new EnvironmentVector([environment]);
  await vector.reset([0]);
  expect((await vector.step([0], [1])).infos).toEqual([{ x: 1 }]);
  tells = false;
  expect((await vector.step([0], [1])).infos).toEqual([undefined]);
});

describe('a wrong number of infos is refused', () => {
  const tooFew = () => checked(three(false), () => [{}]);

  test('from step()', async () => {
    const vector = checked(three(false), (infos) => (infos[0]?.number === undefined ? infos : [{}]));
    await vector.reset([0, 1, 2]);
    const step = Promise.resolve(vector.step([0, 1], [1, 1]));
    await expect(step).rejects.toThrow(ShapeError);
    await expect(step).rejects.toThrow(/^the vector returned .*1.* as infos from step\(\); 2 environments/);
  });

  test('from reset()', async () => {
    const reset = Promise.resolve(tooFew().reset([0, 1]));
    await expect(reset).rejects.toThrow(ShapeError);
    await expect(reset).rejects.toThrow(/as infos from reset\(\)/);
  });
});
