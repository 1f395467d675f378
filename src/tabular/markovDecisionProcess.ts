import { OptionError, ShapeError } from '../errors.js';
import type { RandomStream } from '../random/philox.js';

/** A finite discounted Markov decision process whose every number is known. Episodes never end. */
export interface MarkovDecisionProcess {
  readonly states: number;
  readonly actions: number;
  /** P(s' | s, a), [states x actions x states]. */
  readonly transitions: Float64Array;
  /** Expected reward of action a in state s, [states x actions]. */
  readonly rewards: Float64Array;
  /** Distribution of the first state, [states]. */
  readonly start: Float64Array;
  /** Above 0 and below 1. */
  readonly gamma: number;
}

/** pi(a | s), [states x actions]. */
export type TabularPolicy = Float64Array;

/** How far a sum of probabilities may be from 1. */
const SUM_TOLERANCE = 1e-9;

/** Throws ShapeError for an array of the wrong length or a row that is no distribution, OptionError for gamma. */
export function requireProcess(process: MarkovDecisionProcess): void {
  const { states, actions, transitions, rewards, start, gamma } = process;
  if (!(gamma > 0 && gamma < 1)) {
    throw new OptionError(`gamma = ${gamma}: it must be above 0 and below 1, so that returns are finite`);
  }
  if (rewards.length !== states * actions || !rewards.every(Number.isFinite)) {
    throw new ShapeError(
      `rewards has ${rewards.length} numbers, ${states} states with ${actions} actions need ${states * actions} finite ones`,
    );
  }
  requireDistributions('transitions', transitions, states * actions, states);
  requireDistributions('start', start, 1, states);
}

/** Throws ShapeError unless the policy is a distribution over actions in every state. */
export function requirePolicy({ states, actions }: MarkovDecisionProcess, policy: TabularPolicy): void {
  requireDistributions('the policy', policy, states, actions);
}

function requireDistributions(name: string, values: Float64Array, rows: number, columns: number): void {
  if (values.length !== rows * columns) {
    throw new ShapeError(`${name} has ${values.length} numbers, it needs ${rows} x ${columns}`);
  }
  for (let row = 0; row < rows; row++) {
    const probabilities = values.subarray(row * columns, (row + 1) * columns);
    const sum = probabilities.reduce((total, value) => total + value, 0);
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE) || probabilities.some((value) => value < 0)) {
      throw new ShapeError(
        `row ${row} of ${name} is [${probabilities.join(', ')}]: probabilities must be 0 or more and have the sum 1`,
      );
    }
  }
}

export interface RandomProcessOptions {
  readonly states: number;
  readonly actions: number;
  readonly gamma: number;
  /** States that an action may lead to, from 1 to `states`. */
  readonly branching: number;
}

/**
 * A process of the Garnet family (Archibald, McKinnon, Thomas, "On the generation of Markov decision processes", 1995):
 * each action leads to `branching` states, with probabilities that random cuts of [0, 1] give; rewards are uniform in
 * [-1, 1), the first state is uniform.
 */
export function randomProcess(random: RandomStream, options: RandomProcessOptions): MarkovDecisionProcess {
  const { states, actions, gamma, branching } = options;
  if (!(Number.isInteger(branching) && branching >= 1 && branching <= states)) {
    throw new OptionError(`branching = ${branching}: it must be a whole number from 1 to ${states} states`);
  }
  const transitions = new Float64Array(states * actions * states);
  for (let row = 0; row < states * actions; row++) {
    const targets = draw(random, states, branching);
    randomDistribution(random, branching).forEach((probability, i) => {
      transitions[row * states + targets[i]] = probability;
    });
  }
  const rewards = Float64Array.from({ length: states * actions }, () => random.uniformBetween(-1, 1));
  const start = new Float64Array(states).fill(1 / states);
  const process = { states, actions, transitions, rewards, start, gamma };
  requireProcess(process);
  return process;
}

/** A policy whose distribution in every state is uniform among all distributions. */
export function randomPolicy(
  random: RandomStream,
  { states, actions }: Pick<MarkovDecisionProcess, 'states' | 'actions'>,
): TabularPolicy {
  return Float64Array.from(Array.from({ length: states }, () => randomDistribution(random, actions)).flat());
}

/** The gaps between sorted uniform cuts of [0, 1]: uniform among the distributions over `count` outcomes. */
function randomDistribution(random: RandomStream, count: number): number[] {
  const cuts = Array.from({ length: count - 1 }, () => random.uniform()).sort((a, b) => a - b);
  return [...cuts, 1].map((cut, i) => cut - (i === 0 ? 0 : cuts[i - 1]));
}

/** `count` different numbers below `below`. */
function draw(random: RandomStream, below: number, count: number): number[] {
  const pool = Array.from({ length: below }, (_, i) => i);
  return Array.from({ length: count }, () => pool.splice(Math.floor(random.uniform() * pool.length), 1)[0]);
}
