import { describe, expect, test } from 'vitest';
import { PolicyProblem } from '../../../src/algorithms/policyProblem.js';
import { Discrete } from '../../../src/environments/spaces.js';
import { ShapeError } from '../../../src/errors.js';
import { random32 } from '../support/numbers.js';
import { placePolicy } from '../support/objective.js';
import { randomPolicy } from '../support/randomPolicy.js';
import { moduleOf, VARIANTS } from '../support/wasm.js';

const CHOICES = 6;
/** The last one is forbidden, to which a draw without a mask gives what rounding leaves over. */
const ALLOWED = [1, 2, 4];
const MASK = Array.from({ length: CHOICES }, (_, choice) => (ALLOWED.includes(choice) ? 1 : 0));
const INPUTS = 3;
const ROWS = 130;

/** weights [INPUTS x CHOICES] and biases of a policy without hidden layers. */
const THETA = random32((INPUTS + 1) * CHOICES, 61);
const NEIGHBOUR = THETA.map((value, i) => Math.fround(value + 0.2 * Math.sin(i)));
const OBSERVATIONS = random32(ROWS * INPUTS, 62, 2);
/** Numbers in ALLOWED. */
const DRAWN = Array.from({ length: ROWS }, (_, row) => row % ALLOWED.length);

/** Of each row of a matrix [.. x CHOICES] the columns that are allowed. */
function allowedColumns(matrix: ArrayLike<number>): number[] {
  return Array.from(matrix).filter((_, i) => MASK[i % CHOICES] === 1);
}

describe.each(VARIANTS)('masks in %s', (variant) => {
  const common = {
    observationSize: INPUTS,
    hiddenSizes: [],
    activation: 'tanh' as const,
    observations: OBSERVATIONS,
    advantages: random32(ROWS, 63),
  };
  const masked = new PolicyProblem(moduleOf(variant), {
    ...common,
    actionSpace: new Discrete(CHOICES, { masked: true }),
    actions: DRAWN.map((i) => ALLOWED[i]),
    masks: DRAWN.flatMap(() => MASK),
  });
  const smaller = new PolicyProblem(moduleOf(variant), {
    ...common,
    actionSpace: new Discrete(ALLOWED.length),
    actions: DRAWN,
  });
  const [theta, neighbour] = [THETA, NEIGHBOUR].map(allowedColumns);

  test('leave the distribution over what is allowed, to the bit', () => {
    expect(masked.logProbabilities(THETA)).toEqual(smaller.logProbabilities(theta));
    expect(masked.entropy(THETA)).toBe(smaller.entropy(theta));
    expect(masked.compare(THETA, NEIGHBOUR)).toEqual(smaller.compare(theta, neighbour));
  });

  test('give what is forbidden no part in gradients and Fisher products, exactly', () => {
    const vector = random32(THETA.length, 64);
    const [gradient, product] = [masked.surrogateGradient(THETA), masked.fisherVectorProduct(THETA, vector)];
    expect(allowedColumns(gradient)).toEqual([...smaller.surrogateGradient(theta)]);
    expect(allowedColumns(product)).toEqual([...smaller.fisherVectorProduct(theta, allowedColumns(vector))]);
    for (const sums of [gradient, product]) {
      expect(sums.filter((value, i) => MASK[i % CHOICES] === 0 && value !== 0)).toEqual(new Float64Array(0));
    }
  });

  test('that allow all change no bit', () => {
    const unmasked = { ...common, actions: DRAWN, actionSpace: new Discrete(CHOICES) };
    const free = new PolicyProblem(moduleOf(variant), unmasked);
    const allowing = new PolicyProblem(moduleOf(variant), {
      ...unmasked,
      actionSpace: new Discrete(CHOICES, { masked: true }),
      masks: new Array<number>(ROWS * CHOICES).fill(1),
    });
    expect(allowing.logProbabilities(THETA)).toEqual(free.logProbabilities(THETA));
    expect(allowing.surrogateGradient(THETA)).toEqual(free.surrogateGradient(THETA));
    expect(allowing.compare(THETA, NEIGHBOUR)).toEqual(free.compare(THETA, NEIGHBOUR));
  });

  test('hold whatever the logits: the highest is never taken where it is forbidden', () => {
    for (const size of [1e3, 1e20]) {
      const extreme = THETA.map((_, i) => (i < INPUTS * CHOICES ? 0 : size * (i % CHOICES)));
      const logProbabilities = masked.logProbabilities(extreme);
      const best = ALLOWED.length - 1;
      logProbabilities.forEach((value, row) => {
        expect(value === 0).toBe(DRAWN[row] === best);
      });
      expect(masked.entropy(extreme)).toBe(0);
      expect(masked.compare(extreme, extreme).meanKlOldNew).toBe(0);
    }
  });

  test('forbid in 100,000 draws, whose shares are those of what is left', () => {
    const DRAWS = 100_000;
    const random = randomPolicy({
      distribution: { kind: 'maskedCategorical', actionCounts: [CHOICES] },
      inputSize: 1,
      hiddenSizes: [],
      activation: 'tanh',
      rows: DRAWS,
    });
    const logits = [3, 0.5, -1, 3, 0, 3];
    random.theta.fill(0);
    random.theta.set(logits, CHOICES);
    random.masks!.forEach((_, i, masks) => {
      masks[i] = MASK[i % CHOICES];
    });
    const { act, actions } = placePolicy(variant, random);
    act(DRAWS, { seed: 3, step: 1, firstEnvironment: 0 });
    const total = ALLOWED.reduce((sum, choice) => sum + Math.exp(logits[choice]), 0);
    MASK.forEach((allowed, choice) => {
      const share = actions.reduce((sum, action) => sum + (action === choice ? 1 : 0), 0) / DRAWS;
      const p = allowed === 0 ? 0 : Math.exp(logits[choice]) / total;
      // five standard deviations: exactly none of what is forbidden
      expect(Math.abs(share - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / DRAWS));
    });
    act(DRAWS);
    expect(new Set(actions)).toEqual(new Set([1]));
  });
});

test.each([
  [{ masks: undefined }, /masks has 0 numbers, 6 are needed/],
  [{ masks: [1, 1, 1] }, /masks has 3 numbers/],
  [{ masks: [1, 1, 1, 1, 1, 2] }, /mask of row 0 has 2 at \[5\]/],
  [{ masks: [0, 0, 0, 0, 0, 0] }, /mask of row 0 allows no choice/],
  [{ masks: [1, 1, 0, 1, 1, 1] }, /mask of row 0 forbids its action/],
  [{ actionSpace: new Discrete(CHOICES), masks: MASK }, /the action space is not masked/],
])('a problem refuses masks that do not fit its rows: %j', (given, message) => {
  const make = () =>
    new PolicyProblem(moduleOf('simd'), {
      observationSize: 1,
      actionSpace: new Discrete(CHOICES, { masked: true }),
      hiddenSizes: [],
      activation: 'tanh',
      observations: [1],
      actions: [2],
      advantages: [1],
      ...given,
    });
  expect(make).toThrow(ShapeError);
  expect(make).toThrow(message);
});
