import { describe, expect, test } from 'vitest';
import { PolicyProblem } from '../../src/algorithms/policyProblem.js';
import { Discrete } from '../../src/environments/spaces.js';
import { OptionError, ShapeError } from '../../src/errors.js';
import { actionSpaceOf } from '../kernels/support/randomPolicy.js';
import { moduleOf, VARIANTS, type Variant } from '../kernels/support/wasm.js';
import { loadTrpoMathCase, TRPO_MATH_NAMES } from '../twins/support/trpoMathCases.js';

/**
 * Of the solution of ten steps of conjugate gradient. Products agree to 2e-7 in every build; where a ReLU network's Fisher
 * matrix is nearly singular, ten steps make 2e-4 of it in the strict build and 4e-3 in the one with other roundings.
 */
const SOLUTION_TOLERANCE: Readonly<Record<Variant, number>> = { simd: 1e-3, debug: 1e-3, relaxed: 1e-2 };

/** |actual - expected| / |expected| in the 2-norm. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

describe.each(VARIANTS)('%s kernels against PyTorch float64', (variant) => {
  test.each(TRPO_MATH_NAMES)('%s', (name) => {
    const { theta, policy, probeVector, expected } = loadTrpoMathCase(name);
    const problem = new PolicyProblem(moduleOf(variant), {
      observationSize: expected.observationSize,
      actionSpace: actionSpaceOf(policy.distribution),
      hiddenSizes: expected.hiddenSizes,
      activation: expected.activation,
      observations: expected.observations.flat(),
      actions: expected.actions.flat(),
      advantages: expected.advantages,
    });
    expect(problem.parameterCount).toBe(theta.length);
    const { conjugateGradient, trustRegion } = expected;
    const meanEntropy = expected.entropies.reduce((sum, x) => sum + x, 0) / expected.entropies.length;

    expect(relativeError(problem.logProbabilities(theta), expected.logProbabilities)).toBeLessThan(1e-5);
    expect(relativeError(problem.surrogateGradient(theta), expected.surrogateGradient)).toBeLessThan(1e-5);
    expect(
      relativeError(problem.fisherVectorProduct(theta, probeVector), expected.fisherVectorProduct),
    ).toBeLessThan(1e-5);
    expect(problem.entropy(theta)).toBeCloseTo(meanEntropy, 6);

    const solved = problem.conjugateGradient(theta, expected.surrogateGradient, {
      damping: conjugateGradient.damping,
      iterations: conjugateGradient.iterations,
      tolerance: 1e-12,
    });
    const tolerance = SOLUTION_TOLERANCE[variant];
    expect(relativeError(solved.solution, conjugateGradient.solution)).toBeLessThan(tolerance);
    expect(Math.abs(solved.quadraticForm / trustRegion.quadraticForm - 1)).toBeLessThan(tolerance);

    const newTheta = theta.map((value, i) => value + trustRegion.fullStep[i]);
    const compared = problem.compare(theta, newTheta);
    expect(Math.abs(compared.surrogate / trustRegion.surrogateAtFullStep - 1)).toBeLessThan(1e-5);
    expect(Math.abs(compared.meanKlOldNew / trustRegion.meanKlAtFullStep - 1)).toBeLessThan(2e-5);
    expect(Math.abs(compared.largestKlOldNew / trustRegion.maxKlAtFullStep - 1)).toBeLessThan(2e-5);
  });
});

test('an action that is not in the space is refused with its row', () => {
  const spec = {
    observationSize: 1,
    actionSpace: new Discrete(2),
    hiddenSizes: [],
    activation: 'tanh' as const,
    observations: [0, 0],
    advantages: [1, 2],
  };
  expect(() => new PolicyProblem(moduleOf('simd'), { ...spec, actions: [0, 2] })).toThrow(/row 1 is 2/);
  expect(() => new PolicyProblem(moduleOf('simd'), { ...spec, actions: [0.5, 1] })).toThrow(ShapeError);
  const started = { ...spec, actionSpace: new Discrete(2, { start: -1 }) };
  expect(() => new PolicyProblem(moduleOf('simd'), { ...started, actions: [-1, 1] })).toThrow(
    /row 1 is 1, which is not in {"kind":"Discrete","n":2,"start":-1}/,
  );
});

test('choices count from the start of their space', () => {
  const spec = {
    observationSize: 1,
    hiddenSizes: [],
    activation: 'tanh' as const,
    observations: [0.5, -1, 2],
    advantages: [1, 2, -1],
  };
  const started = new PolicyProblem(moduleOf('simd'), {
    ...spec,
    actionSpace: new Discrete(3, { start: -1 }),
    actions: [-1, 1, 0],
  });
  const zero = new PolicyProblem(moduleOf('simd'), {
    ...spec,
    actionSpace: new Discrete(3),
    actions: [0, 2, 1],
  });
  const theta = [0.1, -0.2, 0.3, 0.4, 0.5, -0.6];
  expect(started.logProbabilities(theta)).toEqual(zero.logProbabilities(theta));
  expect(started.surrogateGradient(theta)).toEqual(zero.surrogateGradient(theta));
});

test.each([
  { preconditionerRows: -1 },
  { preconditionerRows: 0.5 },
  { preconditionerRows: NaN },
  { fisher: 'exact' as 'analytic' },
  { fisherFraction: 0 },
  { fisherFraction: 1.1 },
  { fisherFraction: NaN },
])('%o is refused', (given) => {
  const spec = {
    observationSize: 1,
    actionSpace: new Discrete(2),
    hiddenSizes: [],
    activation: 'tanh' as const,
    observations: [0],
    actions: [0],
    advantages: [1],
  };
  expect(() => new PolicyProblem(moduleOf('simd'), { ...spec, ...given })).toThrow(OptionError);
  expect(() => new PolicyProblem(moduleOf('simd'), { ...spec, ...given })).toThrow(Object.keys(given)[0]);
});
