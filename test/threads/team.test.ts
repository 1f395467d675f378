import { describe, expect, test } from 'vitest';
import { placeValueFit, randomValueProblem } from '../kernels/support/valueProblem.js';

const SHAPE = { inputSize: 3, hiddenSizes: [20, 9], activation: 'silu' as const };
const ROWS = 1023;

/** Three epochs, in minibatches of several shards the last of which is smaller. */
function fitted(placed: ReturnType<typeof placeValueFit>) {
  let steps = 0;
  for (let epoch = 0; epoch < 3; epoch++) steps = placed.fitEpoch(200, 1e-3, epoch, steps);
  return { loss: placed.loss(), parameters: placed.parameters(), values: placed.predictBatch(), steps };
}

const expected = fitted(placeValueFit('simd', randomValueProblem(ROWS, SHAPE)));

describe('a team on shared memory', () => {
  test.each([1, 2, 8])('of %i threads none of whose workers ever comes does all work alone', (threads) => {
    const placed = placeValueFit('simd-threads', randomValueProblem(ROWS, SHAPE), threads);
    expect(fitted(placed)).toEqual(expected);
  });

  test('lets nobody stay in a round that is closed', () => {
    const { team, kernels } = placeValueFit('simd-threads', randomValueProblem(ROWS, SHAPE), 2);
    team.closeRound(3);
    for (const round of [1, 2, 3]) kernels.workInTeam(team.pointer, round, team.scratches[1]);
  });

  test('has shards taken by every generation, also after the low half of its number began anew', () => {
    const placed = placeValueFit('simd-threads', randomValueProblem(ROWS, SHAPE), 2);
    for (let round = 1; round <= 70_000; round++) placed.team.closeRound(round);
    expect(fitted(placed)).toEqual(expected);
  });
});

test('without shared memory there is no team to work in', () => {
  const { team, kernels } = placeValueFit('simd', randomValueProblem(ROWS, SHAPE));
  kernels.workInTeam(team.pointer, 1, team.scratch);
  team.closeRound(1);
});
