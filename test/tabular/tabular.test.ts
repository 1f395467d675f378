import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OptionError, ShapeError } from '../../src/errors.js';
import { RandomStream } from '../../src/random/philox.js';
import { KlBall } from '../../src/tabular/bestWithinKl.js';
import { boundImprovement, klPenalty, surrogateReturn } from '../../src/tabular/improvementBound.js';
import {
  type MarkovDecisionProcess,
  randomPolicy,
  randomProcess,
  type TabularPolicy,
} from '../../src/tabular/markovDecisionProcess.js';
import { evaluatePolicy } from '../../src/tabular/policyEvaluation.js';
import { conservativeImprovement, penalizedImprovement } from '../../src/tabular/policyImprovement.js';

const PROCESSES = 1000;

/** Garnets of up to six states and four actions, and the stream to draw policies from. */
const garnets = fc
  .record({
    states: fc.integer({ min: 1, max: 6 }),
    actions: fc.integer({ min: 1, max: 4 }),
    gamma: fc.double({ min: 0.05, max: 0.98, noNaN: true }),
    seed: fc.integer({ min: 0, max: 2 ** 32 }),
  })
  .chain(({ states, ...rest }) =>
    fc.integer({ min: 1, max: states }).map((branching) => ({ states, branching, ...rest })),
  )
  .map(({ seed, ...options }) => {
    const random = new RandomStream(seed);
    return { process: randomProcess(random, options), random };
  });

/** Every property is tried on the same processes each time. */
function holdsForGarnets(property: (process: MarkovDecisionProcess, random: RandomStream) => void): void {
  const runs = { numRuns: PROCESSES, seed: 1 };
  fc.assert(
    fc.property(garnets, ({ process, random }) => property(process, random)),
    runs,
  );
}

/** Rounding of a return: its size is at most 1 / (1 - gamma). */
function roundingOf({ gamma }: MarkovDecisionProcess): number {
  return 1e-12 / (1 - gamma);
}

describe('exact evaluation', () => {
  test('of one state that pays 1 for ever', () => {
    const process = {
      states: 1,
      actions: 2,
      transitions: Float64Array.of(1, 1),
      rewards: Float64Array.of(1, 0),
      start: Float64Array.of(1),
      gamma: 0.9,
    };
    const { expectedReturn, values, advantages, visitation } = evaluatePolicy(
      process,
      Float64Array.of(0.5, 0.5),
    );
    expect(expectedReturn).toBeCloseTo(5, 12);
    expect(values[0]).toBeCloseTo(5, 12);
    expect([...advantages].map((value) => value.toFixed(12))).toEqual(['0.500000000000', '-0.500000000000']);
    expect(visitation[0]).toBeCloseTo(10, 12);
  });

  test('satisfies the Bellman equation, and two ways to the return agree', () => {
    holdsForGarnets((process, random) => {
      const { states, actions, rewards } = process;
      const policy = randomPolicy(random, process);
      const { expectedReturn, values, advantages, visitation } = evaluatePolicy(process, policy);
      let collected = 0;
      for (let state = 0; state < states; state++) {
        let meanAdvantage = 0;
        for (let pair = state * actions; pair < (state + 1) * actions; pair++) {
          meanAdvantage += policy[pair] * advantages[pair];
          collected += visitation[state] * policy[pair] * rewards[pair];
        }
        expect(Math.abs(meanAdvantage)).toBeLessThan(roundingOf(process) * (1 + Math.abs(values[state])));
      }
      expect(Math.abs(collected - expectedReturn)).toBeLessThan(100 * roundingOf(process));
      const weight = visitation.reduce((a, b) => a + b);
      expect(weight * (1 - process.gamma)).toBeCloseTo(1, 9);
    });
  });

  test('equation 1: eta(new) - eta(old) is the advantage of old along the visitation of new', () => {
    holdsForGarnets((process, random) => {
      const { states, actions } = process;
      const old = evaluatePolicy(process, randomPolicy(random, process));
      const newPolicy = randomPolicy(random, process);
      const next = evaluatePolicy(process, newPolicy);
      let gain = 0;
      for (let pair = 0; pair < states * actions; pair++) {
        gain += next.visitation[Math.floor(pair / actions)] * newPolicy[pair] * old.advantages[pair];
      }
      expect(Math.abs(next.expectedReturn - old.expectedReturn - gain)).toBeLessThan(
        100 * roundingOf(process),
      );
    });
  });

  test('what is no process or no policy is refused', () => {
    const process = randomProcess(new RandomStream(0), { states: 2, actions: 2, gamma: 0.9, branching: 2 });
    const policy = randomPolicy(new RandomStream(1), process);
    expect(() => evaluatePolicy({ ...process, gamma: 1 }, policy)).toThrow(OptionError);
    expect(() => evaluatePolicy({ ...process, start: Float64Array.of(1, 1) }, policy)).toThrow(
      /row 0 of start.*sum 1/,
    );
    expect(() => evaluatePolicy({ ...process, rewards: Float64Array.of(1, 2, 3, NaN) }, policy)).toThrow(
      ShapeError,
    );
    expect(() => evaluatePolicy(process, policy.slice(2))).toThrow(/the policy has 2 numbers/);
    expect(() => evaluatePolicy(process, Float64Array.of(1.5, -0.5, 1, 0))).toThrow(/0 or more/);
  });
});

describe('the best distribution within a KL radius', () => {
  const kl = (p: Float64Array, q: Float64Array) =>
    p.reduce((sum, value, a) => (value === 0 ? sum : sum + value * Math.log(value / q[a])), 0);
  const gainOf = (q: Float64Array, advantages: Float64Array) =>
    q.reduce((sum, value, a) => sum + value * advantages[a], 0);
  const distribution = (random: RandomStream, actions: number) =>
    randomPolicy(random, { states: 1, actions });

  test('lies on the ball and beats every other distribution inside', () => {
    const random = new RandomStream(3);
    let compared = 0;
    for (let trial = 0; trial < 200; trial++) {
      const actions = 2 + (trial % 4);
      const old = distribution(random, actions);
      const advantages = Float64Array.from(old, () => random.uniformBetween(-1, 1));
      const radius = 10 ** random.uniformBetween(-8, 0);
      const { probabilities } = new KlBall(old, advantages).best(radius);
      expect(kl(old, probabilities) / radius).toBeCloseTo(1, 6);
      for (let other = 0; other < 50; other++) {
        // a mixture with the old distribution is inside sooner or later
        const direction = distribution(random, actions);
        let mixture = direction;
        for (let share = 0.5; kl(old, mixture) > radius; share /= 2) {
          mixture = old.map((value, a) => (1 - share) * value + share * direction[a]);
        }
        expect(gainOf(mixture, advantages)).toBeLessThanOrEqual(gainOf(probabilities, advantages) + 1e-15);
        compared++;
      }
    }
    expect(compared).toBe(10_000);
  });

  test('its slope is the derivative of the gain by the radius', () => {
    const random = new RandomStream(4);
    for (let trial = 0; trial < 100; trial++) {
      const old = distribution(random, 3);
      // half of the trials have an action that was never taken
      if (trial % 2 === 0) old.set([old[0] + old[1], 0], 0);
      const advantages = Float64Array.from(old, () => random.uniformBetween(-1, 1));
      const ball = new KlBall(old, advantages);
      const radius = 10 ** random.uniformBetween(-2, 0.5);
      const step = 1e-5 * radius;
      const above = gainOf(ball.best(radius + step).probabilities, advantages);
      const below = gainOf(ball.best(radius - step).probabilities, advantages);
      const { slope } = ball.best(radius);
      expect(Math.abs((above - below) / (2 * step) - slope)).toBeLessThan(1e-5 * (1 + slope));
    }
  });

  test('an action that was never taken gets what the radius leaves', () => {
    // the taken action keeps q with -ln q = radius
    const ball = new KlBall(Float64Array.of(1, 0), Float64Array.of(0, 1));
    const { probabilities, slope } = ball.best(0.3);
    expect(probabilities[0]).toBeCloseTo(Math.exp(-0.3), 14);
    expect(probabilities[1]).toBeCloseTo(1 - Math.exp(-0.3), 14);
    expect(slope).toBeCloseTo(Math.exp(-0.3), 14);
    expect(ball.slopeAtZero).toBe(1);
  });

  test('without differences nothing moves', () => {
    const old = Float64Array.of(0.3, 0.7);
    const ball = new KlBall(old, Float64Array.of(2, 2));
    expect(ball.best(1)).toEqual({ probabilities: old, slope: 0 });
    expect(ball.slopeAtZero).toBe(0);
  });
});

describe('theory on 1,000 random processes', () => {
  test('Theorem 1 holds between any two policies, near or far', () => {
    holdsForGarnets((process, random) => {
      const oldPolicy = randomPolicy(random, process);
      const far = randomPolicy(random, process);
      for (const share of [1e-3, 0.1, 1]) {
        const newPolicy = oldPolicy.map((value, pair) => (1 - share) * value + share * far[pair]);
        const { expectedReturn } = evaluatePolicy(process, newPolicy);
        const bound = boundImprovement(process, oldPolicy, newPolicy);
        expect(expectedReturn).toBeGreaterThanOrEqual(bound.totalVariationBound - roundingOf(process));
        expect(bound.totalVariationBound).toBeGreaterThanOrEqual(bound.klBound - roundingOf(process));
      }
    });
  });

  test('Algorithm 1 never lowers the return, and keeps what its bound promises', () => {
    let improved = 0;
    holdsForGarnets((process, random) => {
      let policy = randomPolicy(random, process);
      let { expectedReturn } = evaluatePolicy(process, policy);
      for (let iteration = 0; iteration < 3; iteration++) {
        const step = penalizedImprovement(process, policy);
        const next = evaluatePolicy(process, step.policy).expectedReturn;
        const { klBound } = boundImprovement(process, policy, step.policy);
        expect(next).toBeGreaterThanOrEqual(expectedReturn - roundingOf(process));
        expect(step.promisedReturn).toBeGreaterThanOrEqual(expectedReturn - roundingOf(process));
        expect(Math.abs(klBound - step.promisedReturn)).toBeLessThan(roundingOf(process));
        if (next > expectedReturn) improved++;
        expectedReturn = next;
        policy = step.policy;
      }
    });
    // all but the processes in which there is nothing to choose
    expect(improved).toBeGreaterThan(2 * PROCESSES);
  });

  test('no other policy has a better penalised surrogate than the one that Algorithm 1 finds', () => {
    holdsForGarnets((process, random) => {
      const oldPolicy = randomPolicy(random, process);
      const old = evaluatePolicy(process, oldPolicy);
      const { policy, promisedReturn } = penalizedImprovement(process, oldPolicy);
      const objective = (candidate: TabularPolicy) =>
        surrogateReturn(process, old, candidate) -
        klPenalty(process, old) * boundImprovement(process, oldPolicy, candidate).largestKlOldNew;
      const away = randomPolicy(random, process);
      for (const share of [1e-6, 1e-3, 0.1]) {
        const towards = (target: TabularPolicy) =>
          policy.map((value, pair) => value + share * (target[pair] - value));
        for (const candidate of [towards(away), towards(oldPolicy)]) {
          expect(objective(candidate)).toBeLessThanOrEqual(promisedReturn + roundingOf(process));
        }
      }
    });
  });

  test('conservative policy iteration never lowers the return either', () => {
    holdsForGarnets((process, random) => {
      let policy = randomPolicy(random, process);
      let { expectedReturn } = evaluatePolicy(process, policy);
      for (let iteration = 0; iteration < 3; iteration++) {
        const step = conservativeImprovement(process, policy);
        const next = evaluatePolicy(process, step.policy).expectedReturn;
        expect(next).toBeGreaterThanOrEqual(step.promisedReturn - roundingOf(process));
        expect(step.promisedReturn).toBeGreaterThanOrEqual(expectedReturn - roundingOf(process));
        expectedReturn = next;
        policy = step.policy;
      }
    });
  });
});
