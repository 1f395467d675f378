import { describe, expect, test } from 'vitest';
import { ClippedSurrogateAscent } from '../../src/algorithms/ppo.js';
import { placePolicy } from '../kernels/support/objective.js';
import { DISTRIBUTIONS, randomPolicy } from '../kernels/support/randomPolicy.js';

const options = { ppoEpochs: 4, ppoMinibatch: 64, ppoLearningRate: 1e-3, ppoClip: 0.2 };
const SIZE = { maxKl: 1, stepFactor: 1 };

function placed() {
  const random = randomPolicy({
    distribution: DISTRIBUTIONS[3],
    inputSize: 5,
    hiddenSizes: [13],
    activation: 'tanh',
    rows: 300,
  });
  let ascent: ClippedSurrogateAscent | undefined;
  const { policy, advantages } = placePolicy('simd', random, (parts) => {
    ascent = new ClippedSurrogateAscent({ ...parts, seed: 3 }, options);
  });
  const { objective } = ascent!;
  objective.recomputeLogProbabilities();
  return { ascent: ascent!, objective, policy, advantages };
}

describe('an update by the clipped surrogate', () => {
  test('moves theta by all its Adam steps and reports what that did on the whole batch', () => {
    const { ascent, objective, policy } = placed();
    const thetaOld = policy.getParameters();
    const { step, surrogateOld, conjugateGradient } = ascent.update(SIZE);
    expect(ascent.state).toMatchObject({ counters: { steps: 20 }, streams: { epochs: 4 } });
    expect(conjugateGradient).toBeNull();
    expect(step).toMatchObject({ accepted: true, backtracks: 0, stepScale: 1 });
    const moved = policy.getParameters().map((value, i) => value - thetaOld[i]);
    // every step of Adam is about the learning rate in every component
    expect(Math.max(...moved.map(Math.abs))).toBeLessThan(20 * 1.5 * options.ppoLearningRate);
    expect(Math.max(...moved.map(Math.abs))).toBeGreaterThan(5 * options.ppoLearningRate);
    const evaluation = objective.evaluateCandidate();
    expect(step.improvement).toBe(evaluation.surrogate - surrogateOld);
    expect(step.meanKlOldNew).toBe(evaluation.meanKlOldNew);
    expect(step.improvement).toBeGreaterThan(0.005);
    expect(objective.candidate).toEqual(policy.paddedParameters);
  });

  test.each([
    ['zero gradient', 0],
    ['non-finite direction', Number.NaN],
  ])('that is refused with "%s" leaves theta and the moments as they were', (reason, advantage) => {
    const { ascent, policy, advantages } = placed();
    ascent.update(SIZE);
    const { state } = ascent;
    const thetaOld = policy.getParameters();
    advantages.fill(advantage);
    expect(ascent.update(SIZE).step).toMatchObject({ accepted: false, reason, meanKlOldNew: 0 });
    expect(ascent.state).toEqual(state);
    expect(policy.getParameters()).toEqual(thetaOld);
  });

  test('goes on from saved progress to the same bits', () => {
    const [first, second] = [placed(), placed()];
    first.ascent.update(SIZE);
    second.policy.setParameters(first.policy.getParameters());
    second.ascent.state = first.ascent.state;
    for (const { ascent, objective } of [first, second]) {
      objective.recomputeLogProbabilities();
      ascent.update(SIZE);
    }
    expect(second.policy.getParameters()).toEqual(first.policy.getParameters());
    expect(second.ascent.state).toEqual(first.ascent.state);
  });
});
