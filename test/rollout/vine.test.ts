import { beforeAll, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/environments/environment.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { networkSpec } from '../../src/network/networkSpec.js';
import { ObservationNormalizer } from '../../src/normalization/observationNormalizer.js';
import { distributionFor } from '../../src/policy/distributionSpec.js';
import { PolicyNetwork } from '../../src/policy/policyNetwork.js';
import { actionColumns, reserveRows } from '../../src/policy/policyRows.js';
import { RandomStream } from '../../src/random/philox.js';
import { Batch, CHUNK_ROWS } from '../../src/rollout/batch.js';
import { Collector } from '../../src/rollout/collector.js';
import { Vine } from '../../src/rollout/vine.js';
import { type MarkovDecisionProcess, randomProcess } from '../../src/tabular/markovDecisionProcess.js';
import { evaluatePolicy } from '../../src/tabular/policyEvaluation.js';
import { ValueNetwork } from '../../src/value/valueNetwork.js';
import { ShardTeam } from '../../src/wasm/shardTeam.js';
import { random32 } from '../kernels/support/numbers.js';
import { engineOf } from '../kernels/support/wasm.js';

const STATES = 4;
const ACTIONS = 3;
/** Steps of a branch, and between the states where branches begin, so that no two share a draw of the process. */
const BRANCH = 40;
const TRUNK_STATES = 120;
const ENVIRONMENTS = 4;
/** gamma^BRANCH is below 1e-6: the value of a branch's end counts for nothing. */
const GAMMA = 0.7;

/** The process as an environment: observations are one-hot, an episode never ends. */
class ProcessEnvironment implements Environment {
  readonly observationSpace = new Box({ low: 0, high: 1, size: STATES });
  readonly actionSpace = new Discrete(ACTIONS);
  private state = 0;
  private random = new RandomStream(0);

  constructor(private readonly process: MarkovDecisionProcess) {}

  reset({ seed }: { seed?: number } = {}) {
    this.random = new RandomStream(seed ?? 0);
    this.state = this.draw(this.process.start);
    return { observation: this.observation() };
  }

  step(action: number) {
    const pair = this.state * ACTIONS + action;
    const reward = this.process.rewards[pair];
    this.state = this.draw(this.process.transitions.subarray(pair * STATES, (pair + 1) * STATES));
    return { observation: this.observation(), reward, terminated: false, truncated: false };
  }

  saveState() {
    return [this.state, this.random.seed, this.random.drawn];
  }

  restoreState([state, seed, drawn]: ArrayLike<number> & Iterable<number>) {
    this.state = state;
    this.random = new RandomStream(seed);
    this.random.drawn = drawn;
  }

  private draw(probabilities: Float64Array): number {
    let left = this.random.uniform();
    return Math.max(
      0,
      probabilities.findIndex((probability) => {
        left -= probability;
        return left < 0;
      }),
    );
  }

  private observation(): number[] {
    return Array.from({ length: STATES }, (_, state) => (state === this.state ? 1 : 0));
  }
}

interface Sample {
  readonly state: number;
  /** Q estimates of all actions, from branches with the same random numbers. */
  readonly qs: readonly number[];
}

interface Collected {
  /** Of the vine. */
  readonly samples: readonly Sample[];
  /** Of the trunk, one an environment: states (with the last one's successor), actions and rewards. */
  readonly paths: readonly { states: number[]; actions: number[]; rewards: number[] }[];
  /** Steps of the process, branches included. */
  readonly steps: number;
}

interface Plan {
  readonly seed: number;
  /** Of each environment's trunk. */
  readonly steps: number;
  readonly trunkSteps: readonly number[];
  readonly branchSteps: number;
  /** V(s), [states], which branches end in. */
  readonly values: ArrayLike<number>;
}

/** A batch and its vine on the process under the linear policy `theta`. */
async function collect(process: MarkovDecisionProcess, theta: Float64Array, plan: Plan): Promise<Collected> {
  const engine = engineOf('simd');
  const { arena } = engine;
  const environments = Array.from({ length: ENVIRONMENTS }, () => new ProcessEnvironment(process));
  const policy = new PolicyNetwork(
    engine,
    networkSpec([STATES], [], ACTIONS),
    distributionFor(environments[0].actionSpace),
  );
  const value = new ValueNetwork(engine, networkSpec([STATES], [], 1));
  const team = new ShardTeam(engine, [policy.scratchNeed, value.scratchNeed]);
  const batch = Batch.reserve(engine, policy, plan.steps, ENVIRONMENTS);
  const vine = Vine.reserve(engine, policy, batch.layout, {
    trunkSteps: plan.trunkSteps,
    actionsPerState: ACTIONS,
    triesAll: true,
    branchSteps: plan.branchSteps,
    gamma: process.gamma,
  });
  const part = {
    firstEnvironment: 0,
    scratch: team.scratch,
    chunkObservations: arena.reserveFloat32('chunk observations', CHUNK_ROWS * policy.observationStride),
    chunkValues: arena.reserveFloat32('chunk values', CHUNK_ROWS),
    branch: {
      ...reserveRows(arena, 'branch', actionColumns(policy), ENVIRONMENTS),
      values: arena.reserveFloat32('branch values', ENVIRONMENTS),
    },
  };
  const layout = {
    environmentName: 'process',
    seed: plan.seed,
    batch: batch.layout,
    policy: policy.pointers,
    value: value.pointers,
    interrupt: arena.reserveBytes('interrupt', 4),
    stepTimeoutMs: 0,
    rescaleActions: false,
    vine: vine.layout,
  };
  arena.seal();
  policy.setParameters(theta);
  value.layout.pad([...Array.from(plan.values), 0], value.paddedParameters);
  const normalizer = new ObservationNormalizer(STATES, false, 1);
  const collector = new Collector(
    { engine, normalizer, yieldToEventLoop: async () => {} },
    layout,
    part,
    environments,
  );
  const { branchSteps, progress } = await collector.collect(0);
  expect(branchSteps).toBe(plan.trunkSteps.length * ENVIRONMENTS * ACTIONS * plan.branchSteps);
  const stride = policy.observationStride;
  const stateAt = (observations: Float32Array, row: number) =>
    observations.subarray(row * stride, row * stride + STATES).indexOf(1);

  const { rows: count, branchRewards, branchTails } = vine.layout;
  const observations = arena.float32(vine.layout.observations, count * stride);
  const rewards = arena.float32(branchRewards, count);
  const tails = arena.float32(branchTails, count);
  const samples: Sample[] = [];
  for (let block = 0; block < count; block += ACTIONS * ENVIRONMENTS) {
    for (let row = block; row < block + ENVIRONMENTS; row++) {
      const places = Array.from({ length: ACTIONS }, (_, action) => row + action * ENVIRONMENTS);
      samples.push({
        state: stateAt(observations, row),
        qs: places.map((place) => rewards[place] + tails[place]),
      });
    }
  }
  const trunkObservations = batch.view(batch.layout.observations, batch.layout.rows * stride);
  const paths = environments.map((_, index) => {
    const places = Array.from({ length: plan.steps }, (_step, step) => step * ENVIRONMENTS + index);
    return {
      states: [
        ...places.map((place) => stateAt(trunkObservations, place)),
        Array.from(progress[index].observation).indexOf(1),
      ],
      actions: places.map((place) => batch.view(batch.layout.actions)[place]),
      rewards: places.map((place) => batch.view(batch.layout.rewards)[place]),
    };
  });
  return { samples, paths, steps: branchSteps + batch.layout.rows };
}

/** pi(a | s) of a linear softmax policy on one-hot observations: weights [states x actions], then biases. */
function softmaxPolicy(theta: Float64Array): Float64Array {
  const logits = Array.from({ length: STATES }, (_, state) =>
    Array.from(
      { length: ACTIONS },
      (_, action) => theta[state * ACTIONS + action] + theta[STATES * ACTIONS + action],
    ),
  );
  return Float64Array.from(
    logits.flatMap((row) => {
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      return row.map((logit) => Math.exp(logit) / sum);
    }),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

describe('the vine on a process whose every number is known', () => {
  const process = randomProcess(new RandomStream(11), {
    states: STATES,
    actions: ACTIONS,
    branching: 3,
    gamma: GAMMA,
  });
  const theta = random32(STATES * ACTIONS + ACTIONS, 9, 1);
  const { values, advantages } = evaluatePolicy(process, softmaxPolicy(theta));
  let samples: readonly Sample[];
  beforeAll(async () => {
    const trunkSteps = Array.from({ length: TRUNK_STATES }, (_, i) => i * BRANCH);
    const plan = { seed: 5, steps: TRUNK_STATES * BRANCH, trunkSteps, branchSteps: BRANCH, values };
    ({ samples } = await collect(process, theta, plan));
  });
  const of = (state: number) => samples.filter((sample) => sample.state === state);

  test('estimates Q(s, a) of every state and action without bias', () => {
    for (let state = 0; state < STATES; state++) {
      for (let action = 0; action < ACTIONS; action++) {
        const estimates = of(state).map(({ qs }) => qs[action]);
        expect(estimates.length).toBeGreaterThan(30);
        const exact = values[state] + advantages[state * ACTIONS + action];
        const standardError = Math.sqrt(variance(estimates) / estimates.length);
        // twelve comparisons: beyond 4 standard errors once in 1300 such tests
        expect(Math.abs(mean(estimates) - exact)).toBeLessThan(4 * standardError + 1e-6);
      }
    }
  });

  test('has less variance in the difference of two actions than branches with random numbers of their own', () => {
    for (let state = 0; state < STATES; state++) {
      const [first, second] = [0, 1].map((action) => of(state).map(({ qs }) => qs[action]));
      const difference = first.map((q, i) => q - second[i]);
      expect(variance(difference)).toBeLessThan(0.8 * (variance(first) + variance(second)));
    }
  });

  test('has less variance in advantages than as many samples of single paths, even with the exact V as baseline', () => {
    const policy = softmaxPolicy(theta);
    for (let state = 0; state < STATES; state++) {
      const meanSquaredError = (baselineOf: (qs: readonly number[]) => number) =>
        mean(
          of(state).flatMap(({ qs }) =>
            qs.map((q, action) => (q - baselineOf(qs) - advantages[state * ACTIONS + action]) ** 2),
          ),
        );
      const vine = meanSquaredError((qs) =>
        qs.reduce((sum, q, action) => sum + policy[state * ACTIONS + action] * q, 0),
      );
      expect(vine).toBeLessThan(0.8 * meanSquaredError(() => values[state]));
    }
  });

  test('estimates advantages of rare actions too: better than single paths of equally many steps, by branches of four', async () => {
    // in some states an action is taken once in fifty visits
    const sharp = theta.map((value) => 2 * value);
    const branchSteps = 4;
    const policy = softmaxPolicy(sharp);
    const exact = evaluatePolicy(process, policy);
    const trunkSteps = Array.from({ length: 60 }, (_, i) => i * branchSteps);
    const steps = 60 * branchSteps * (1 + ACTIONS);
    const squaredErrors = { vine: 0, singlePath: 0 };
    for (let seed = 0; seed < 8; seed++) {
      const common = { seed, branchSteps, values: exact.values };
      const vine = await collect(process, sharp, { ...common, steps: 60 * branchSteps, trunkSteps });
      const single = await collect(process, sharp, { ...common, steps, trunkSteps: [] });
      expect(vine.steps).toBe(single.steps);
      const ofVine = vine.samples.flatMap(({ state, qs }) => {
        const value = qs.reduce((sum, q, action) => sum + policy[state * ACTIONS + action] * q, 0);
        return qs.map((q, action) => ({ pair: state * ACTIONS + action, advantage: q - value }));
      });
      // as many rewards as a branch has, and the exact V for what follows and as baseline
      const ofPaths = single.paths.flatMap(({ states, actions, rewards }) =>
        Array.from({ length: steps - branchSteps + 1 }, (_, start) => {
          let q = GAMMA ** branchSteps * exact.values[states[start + branchSteps]];
          for (let step = 0; step < branchSteps; step++) q += GAMMA ** step * rewards[start + step];
          return {
            pair: states[start] * ACTIONS + actions[start],
            advantage: q - exact.values[states[start]],
          };
        }),
      );
      squaredErrors.vine += squaredErrorOf(ofVine, exact.advantages);
      squaredErrors.singlePath += squaredErrorOf(ofPaths, exact.advantages);
    }
    expect(squaredErrors.vine).toBeLessThan(0.7 * squaredErrors.singlePath);
  });
});

/** Sum over pairs of state and action of (mean estimate - A)^2; without any sample the estimate is 0. */
function squaredErrorOf(
  estimates: readonly { pair: number; advantage: number }[],
  exact: Float64Array,
): number {
  const sums = exact.map(() => 0);
  const counts = exact.map(() => 0);
  for (const { pair, advantage } of estimates) {
    sums[pair] += advantage;
    counts[pair]++;
  }
  return exact.reduce(
    (sum, advantage, pair) => sum + (sums[pair] / Math.max(1, counts[pair]) - advantage) ** 2,
    0,
  );
}

describe('the advantages of a vine', () => {
  const ENVIRONMENT_COUNT = 3;
  const K = 4;
  const FACTOR = 0.5;

  /** Branches with random sums, and log-probabilities of a random policy over K actions. */
  function filled(triesAll: boolean) {
    const engine = engineOf('simd');
    const policy = new PolicyNetwork(engine, networkSpec([2], [], K), distributionFor(new Discrete(K)));
    const batch = Batch.reserve(engine, policy, 8, ENVIRONMENT_COUNT);
    const vine = Vine.reserve(engine, policy, batch.layout, {
      trunkSteps: [1, 6],
      actionsPerState: K,
      triesAll,
      branchSteps: 5,
      gamma: 0.9,
    });
    engine.arena.seal();
    const { rows } = vine.layout;
    const view = (name: 'branchRewards' | 'branchTails' | 'logProbabilities' | 'advantages') =>
      engine.arena.float32(vine.layout[name], rows);
    view('branchRewards').set(random32(rows, 1, 3));
    view('branchTails').set(random32(rows, 2));
    /** Rows of state i = (trunk step, environment), action by action. */
    const rowsOf = (i: number) =>
      Array.from(
        { length: K },
        (_, action) =>
          (Math.floor(i / ENVIRONMENT_COUNT) * K + action) * ENVIRONMENT_COUNT + (i % ENVIRONMENT_COUNT),
      );
    const states = Array.from({ length: 2 * ENVIRONMENT_COUNT }, (_, i) => {
      const pi = (seed: number) => {
        const logits = random32(K, seed + i, 1);
        const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
        return Array.from(logits, (logit) => Math.exp(logit) / sum);
      };
      const where = rowsOf(i);
      const oldPolicy = pi(100);
      where.forEach((row, action) => {
        view('logProbabilities')[row] = Math.log(oldPolicy[action]);
      });
      const qs = where.map((row) => FACTOR * view('branchRewards')[row] + view('branchTails')[row]);
      return { where, oldPolicy, newPolicy: pi(200), qs };
    });
    return { vine, states, advantages: view('advantages'), logProbabilities: view('logProbabilities'), rows };
  }

  test('of all actions make the self-normalised estimator (eq. 16), up to a constant, at any new policy', () => {
    const { vine, states, advantages, rows } = filled(true);
    vine.estimateAdvantages(FACTOR, false);
    /** Of one state, where each action was tried once: the proposal q is 1/K. */
    const selfNormalised = (policy: readonly number[], qs: readonly number[]) => {
      const weights = policy.map((probability) => probability * K);
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return qs.reduce((total, q, k) => total + (weights[k] / sum) * q, 0);
    };
    let surrogate = 0;
    let expected = 0;
    for (const { where, oldPolicy, newPolicy, qs } of states) {
      where.forEach((row, k) => {
        surrogate += ((newPolicy[k] / oldPolicy[k]) * advantages[row]) / rows;
      });
      expected += (selfNormalised(newPolicy, qs) - selfNormalised(oldPolicy, qs)) / states.length;
    }
    expect(surrogate).toBeCloseTo(expected, 6);
  });

  test('give no weight to an action that a mask forbids, and the others what they have without it', () => {
    const FORBIDDEN = 2;
    const { vine, states, advantages, logProbabilities } = filled(true);
    for (const { where, oldPolicy } of states) {
      where.forEach((row, k) => {
        const p = oldPolicy[k] / (1 - oldPolicy[FORBIDDEN]);
        logProbabilities[row] = k === FORBIDDEN ? -1e30 : Math.log(p);
      });
    }
    vine.estimateAdvantages(FACTOR, false);
    for (const { where, oldPolicy, qs } of states) {
      const left = oldPolicy.map((p, k) => (k === FORBIDDEN ? 0 : p / (1 - oldPolicy[FORBIDDEN])));
      const value = qs.reduce((sum, q, k) => sum + left[k] * q, 0);
      where.forEach((row, k) => {
        expect(advantages[row]).toBeCloseTo(K * left[k] * (qs[k] - value), 5);
      });
      expect(Math.abs(advantages[where[FORBIDDEN]])).toBe(0);
    }
  });

  test('of drawn actions make the derivative of the self-normalised estimator', () => {
    const { vine, states, advantages } = filled(false);
    vine.estimateAdvantages(FACTOR, false);
    for (const { where, qs } of states) {
      const slopes = random32(K, 300);
      const selfNormalised = (step: number) => {
        const ratios = Array.from(slopes, (slope) => 1 + step * slope);
        const sum = ratios.reduce((total, ratio) => total + ratio, 0);
        return qs.reduce((total, q, k) => total + (ratios[k] / sum) * q, 0);
      };
      const derivative = (selfNormalised(1e-5) - selfNormalised(-1e-5)) / 2e-5;
      expect(mean(where.map((row, k) => slopes[k] * advantages[row]))).toBeCloseTo(derivative, 6);
    }
  });

  test('have mean 0 in every state and deviation 1 over all when normalised', () => {
    const { vine, states, advantages, rows } = filled(true);
    vine.estimateAdvantages(FACTOR, true);
    for (const { where } of states) expect(mean(where.map((row) => advantages[row]))).toBeCloseTo(0, 6);
    expect(Math.sqrt(advantages.reduce((sum, value) => sum + value * value, 0) / rows)).toBeCloseTo(1, 6);
  });
});
