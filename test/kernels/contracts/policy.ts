import { spreadRows } from '../../../src/algorithms/fisherRows.js';
import { createAdamState } from '../../twins/adam.js';
import { conjugateGradient } from '../../twins/conjugateGradient.js';
import type { DistributionSpec } from '../../twins/distributions.js';
import {
  distributionInputs,
  empiricalFisherVectorProduct,
  fisherOperator,
  fisherVectorProduct,
  logProbabilities,
  maxKlOldNew,
  meanEntropy,
  meanKlOldNew,
  surrogate,
  surrogateGradient,
} from '../../twins/policyMath.js';
import { sampledFisherInverse } from '../../twins/sampledFisher.js';
import { placeClippedAscent, staleLogProbabilities, twinAscent } from '../support/clippedAscent.js';
import { ROW_COUNTS, random32, widened } from '../support/numbers.js';
import { placePolicy } from '../support/objective.js';
import { DISTRIBUTIONS, problemOf, type RandomPolicy, randomPolicy } from '../support/randomPolicy.js';
import type { Build } from '../support/wasm.js';
import { type Comparison, EXPORTED, type KernelContract } from './contract.js';

/** Another parameter vector, some way from theta: a mean KL of order 0.1. */
function neighbour(theta: Float64Array): Float64Array {
  const direction = random32(theta.length, 11, 0.2);
  return theta.map((value, i) => Math.fround(value + direction[i]));
}

/** The row of a kernel that works on a policy and a batch: all four distributions at every number of rows. */
function onPolicies(
  kernel: string,
  tolerance: number,
  compare: (build: Build, random: RandomPolicy) => Omit<Comparison, 'label'>,
): KernelContract {
  return {
    kernel,
    builds: EXPORTED,
    lengths: ROW_COUNTS,
    tolerance,
    compare: (build, rows) =>
      DISTRIBUTIONS.map((distribution) => {
        const shape = { distribution, inputSize: 5, hiddenSizes: [17, 9], activation: 'tanh' as const, rows };
        return { label: distribution.kind, ...compare(build, randomPolicy(shape)) };
      }),
  };
}

/** Choices of each part; none where actions are no choices. */
function choiceCounts(spec: DistributionSpec): readonly number[] {
  if (spec.kind === 'categorical') return [spec.actionCount];
  return 'actionCounts' in spec ? spec.actionCounts : [];
}

/** Probabilities of logits [rows x choices], the parts of a row one after the other. */
function softmax(logits: Float64Array, counts: readonly number[]): Float64Array {
  const out = new Float64Array(logits.length);
  for (
    let first = 0, part = 0;
    first < logits.length;
    first += counts[part], part = (part + 1) % counts.length
  ) {
    const end = first + counts[part];
    const largest = Math.max(...logits.subarray(first, end));
    const weights = logits.subarray(first, end).map((logit) => Math.exp(logit - largest));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    out.set(
      weights.map((weight) => weight / sum),
      first,
    );
  }
  return out;
}

export const POLICY_CONTRACTS: readonly KernelContract[] = [
  onPolicies('logProbabilitiesUnder', 1e-6, (build, random) => ({
    actual: problemOf(build, random).logProbabilities(random.theta),
    expected: logProbabilities(random.policy, random.theta, random.batch),
  })),
  onPolicies('surrogateGradient', 5e-6, (build, random) => ({
    actual: problemOf(build, random).surrogateGradient(random.theta),
    expected: surrogateGradient(random.policy, random.theta, random.batch),
  })),
  onPolicies('meanEntropy', 1e-6, (build, random) => ({
    actual: [problemOf(build, random).entropy(random.theta)],
    expected: [meanEntropy(random.policy, random.theta, random.batch.observations)],
  })),
  onPolicies('fisherVectorProduct', 5e-6, (build, random) => {
    const { policy, theta, batch } = random;
    const vector = random32(theta.length, 12);
    return {
      actual: problemOf(build, random).fisherVectorProduct(theta, vector, 0.1),
      expected: fisherVectorProduct(policy, theta, batch.observations, { vector, damping: 0.1 }),
    };
  }),
  onPolicies('useEmpiricalFisher', 5e-6, (build, random) => {
    const { policy, theta, batch } = random;
    const vector = random32(theta.length, 12);
    return {
      actual: problemOf(build, random, { fisher: 'empirical' }).fisherVectorProduct(theta, vector, 0.1),
      expected: empiricalFisherVectorProduct(policy, theta, batch, { vector, damping: 0.1 }),
    };
  }),
  ...[1000, 24].map((minibatchRows) =>
    // Adam divides by the gradient's size: where it is nearly 0 its sign, and so a whole step, is rounding
    onPolicies('ascendClippedEpoch', 1e-4, (build, random) => {
      const { policy, theta, batch } = random;
      const oldLogProbabilities = staleLogProbabilities(logProbabilities(policy, theta, batch));
      const placed = placeClippedAscent(build, random, oldLogProbabilities);
      const plan = { clip: 0.2, minibatchRows, learningRate: 1e-3 };
      const expected = theta.slice();
      const state = createAdamState(theta.length);
      let steps = 0;
      for (let epoch = 0; epoch < 2; epoch++) {
        steps = placed.ascend(plan, epoch, steps);
        twinAscent(random, expected, state, { ...plan, oldLogProbabilities, order: placed.order });
      }
      const moved = (to: Float64Array) => to.map((value, i) => value - theta[i]);
      return { actual: moved(placed.parameters()), expected: moved(expected) };
    }),
  ),
  onPolicies('evaluatePolicy', 1e-5, (build, random) => compareEvaluation(build, random, 'both')),
  onPolicies('meanSurrogate', 1e-5, (build, random) => compareEvaluation(build, random, 'surrogate')),
  onPolicies('meanKlOldNew', 1e-5, (build, random) => compareEvaluation(build, random, 'meanKl')),
  onPolicies('largestKlOldNew', 1e-5, (build, random) => compareEvaluation(build, random, 'largestKl')),
  onPolicies('conjugateGradient', 1e-5, (build, random) => {
    const { solution } = solve(build, random);
    return { actual: solution, expected: twinSolution(random).solution };
  }),
  onPolicies('computePreconditioner', 5e-5, (build, random) => {
    const { policy, theta, batch } = random;
    const gradient = random32(theta.length, 14);
    // more than a tile of them, fewer than the batch
    const count = Math.min(70, Math.ceil(batch.advantages.length / 2));
    const solved = problemOf(build, random, { preconditionerRows: count }).conjugateGradient(
      theta,
      gradient,
      {
        damping: 0.1,
        tolerance: 0,
        iterations: 2,
      },
    );
    const twin = conjugateGradient(
      fisherOperator(policy, theta, batch.observations, 0.1),
      gradient,
      { maxIterations: 2, residualTolerance: 0 },
      sampledFisherInverse(policy, theta, batch.observations, {
        rows: spreadRows(batch.advantages.length, count),
        damping: 0.1,
      }),
    );
    return { actual: solved.solution, expected: twin.solution };
  }),
  onPolicies('conjugateGradientIterations', 0, (build, random) => ({
    actual: [solve(build, random).iterations],
    expected: [twinSolution(random).residualNorms.length],
  })),
  onPolicies('conjugateGradientStopReason', 0, (build, random) => ({
    actual: [solve(build, random).stopReason === 'iteration limit' ? 1 : 0],
    expected: [twinSolution(random).stopReason === 'iteration limit' ? 1 : 0],
  })),
  onPolicies('conjugateGradientRelativeResidual', 1e-3, (build, random) => {
    const gradient = rightSide(random);
    const last = twinSolution(random).residualNorms.at(-1)!;
    return { actual: [solve(build, random).relativeResidual], expected: [last / Math.hypot(...gradient)] };
  }),
  onPolicies('conjugateGradientQuadraticForm', 1e-5, (build, random) => {
    const { solution } = twinSolution(random);
    const product = dampedFisher(random)(solution);
    const expected = solution.reduce((sum, x, i) => sum + x * product[i], 0);
    return { actual: [solve(build, random).quadraticForm], expected: [expected] };
  }),
  onPolicies('conjugateGradientSmallestCurvature', 1e-4, (build, random) => ({
    actual: [solve(build, random).smallestCurvature],
    expected: [smallestCurvature(random)],
  })),
  onPolicies('largestRatioError', 1e-5, (build, random) => {
    const { objective, logProbabilities: stored } = placePolicy(build, random);
    const expected = logProbabilities(random.policy, random.theta, random.batch);
    // a stale batch, whose policy gave other probabilities
    stored.set(expected.map((value, row) => value + 0.3 * Math.sin(row + 1)));
    const largest = Math.max(...expected.map((value, row) => Math.abs(Math.exp(value - stored[row]) - 1)));
    return { actual: [objective.computeGradient().largestRatioError], expected: [largest] };
  }),
  onPolicies('distributionInputs', 1e-6, (build, random) => {
    const { policy, theta, batch, shape } = random;
    const actual = Float64Array.from(placePolicy(build, random).distributionInputs());
    const expected = distributionInputs(policy, theta, batch.observations).inputs;
    // logits mean nothing but the probabilities that they give
    const counts = choiceCounts(shape.distribution);
    return counts.length === 0
      ? { actual, expected }
      : { actual: softmax(actual, counts), expected: softmax(expected, counts) };
  }),
  onPolicies('act', 1e-6, (build, random) => {
    const { act, actions, logProbabilities: actual } = placePolicy(build, random);
    act(random.shape.rows, { seed: 5, step: 3, firstEnvironment: 2 });
    const batch = { ...random.batch, actions: widened(actions) };
    return { actual, expected: logProbabilities(random.policy, random.theta, batch) };
  }),
];

function compareEvaluation(
  build: Build,
  random: RandomPolicy,
  what: 'surrogate' | 'meanKl' | 'largestKl' | 'both',
): Omit<Comparison, 'label'> {
  const { policy, theta, batch } = random;
  const thetas = { thetaOld: theta, thetaNew: neighbour(theta) };
  const compared = problemOf(build, random).compare(thetas.thetaOld, thetas.thetaNew);
  switch (what) {
    case 'surrogate':
      return { actual: [compared.surrogate], expected: [surrogate(policy, thetas, batch)] };
    case 'meanKl':
      return {
        actual: [compared.meanKlOldNew],
        expected: [meanKlOldNew(policy, thetas, batch.observations)],
      };
    case 'largestKl':
      return {
        actual: [compared.largestKlOldNew],
        expected: [maxKlOldNew(policy, thetas, batch.observations)],
      };
    case 'both':
      return {
        actual: [compared.surrogate, compared.meanKlOldNew],
        expected: [surrogate(policy, thetas, batch), meanKlOldNew(policy, thetas, batch.observations)],
      };
  }
}

const DAMPING = 0.1;
/** Fewer than the distinct eigenvalues that one row of the smallest distribution gives. */
const STEPS = 3;

function rightSide({ theta }: RandomPolicy): Float64Array {
  return random32(theta.length, 13);
}

function solve(build: Build, random: RandomPolicy) {
  const options = { damping: DAMPING, tolerance: 0, iterations: STEPS };
  return problemOf(build, random).conjugateGradient(random.theta, rightSide(random), options);
}

function dampedFisher({ policy, theta, batch }: RandomPolicy) {
  return fisherOperator(policy, theta, batch.observations, DAMPING);
}

function twinSolution(random: RandomPolicy) {
  const limits = { maxIterations: STEPS, residualTolerance: 0 };
  return conjugateGradient(dampedFisher(random), rightSide(random), limits);
}

/** Smallest p^T A p / p^T p over the directions that the twin's products saw. */
function smallestCurvature(random: RandomPolicy): number {
  const apply = dampedFisher(random);
  let smallest = Infinity;
  const watched = (p: Float64Array) => {
    const product = apply(p);
    const squared = p.reduce((sum, x) => sum + x * x, 0);
    smallest = Math.min(smallest, p.reduce((sum, x, i) => sum + x * product[i], 0) / squared);
    return product;
  };
  conjugateGradient(watched, rightSide(random), { maxIterations: STEPS, residualTolerance: 0 });
  return smallest;
}
