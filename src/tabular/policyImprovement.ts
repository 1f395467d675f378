import { KlBall } from './bestWithinKl.js';
import { klPenalty, surrogateReturn } from './improvementBound.js';
import type { MarkovDecisionProcess, TabularPolicy } from './markovDecisionProcess.js';
import { evaluatePolicy } from './policyEvaluation.js';

/** A step of an algorithm whose return never falls. */
export interface ImprovementStep {
  readonly policy: TabularPolicy;
  /** The return that the algorithm's own bound promises the new policy at least. */
  readonly promisedReturn: number;
}

/** Beyond it a policy within the radius is the greedy one to the last bit. */
const LARGEST_RADIUS = 1024;
/** Relative; at its maximum a function feels the square of it. */
const RADIUS_TOLERANCE = 1e-9;

/**
 * One iteration of Algorithm 1 of arXiv:1502.05477: the policy that maximises L_old(new) - C D_KL^max(old, new) with
 * C = 4 epsilon gamma / (1 - gamma)^2.
 *
 * Let every state have the radius d = D_KL^max. What state s gains at best is concave in d, with slope lambda_s(d)
 * (`KlBall`); so is sum_s rho(s) gain_s(d) - C d, whose maximum is where sum_s rho(s) lambda_s(d) = C. Throws as
 * `evaluatePolicy`.
 */
export function penalizedImprovement(
  process: MarkovDecisionProcess,
  oldPolicy: TabularPolicy,
): ImprovementStep {
  const old = evaluatePolicy(process, oldPolicy);
  const { states, actions } = process;
  const penalty = klPenalty(process, old);
  const balls = Array.from({ length: states }, (_, state) => {
    const row = (table: Float64Array) => table.subarray(state * actions, (state + 1) * actions);
    return new KlBall(row(oldPolicy), row(old.advantages));
  });
  const slope = (radius: number) =>
    balls.reduce((sum, ball, state) => sum + old.visitation[state] * ball.best(radius).slope, 0);
  const slopeAtZero = balls.reduce((sum, ball, state) => sum + old.visitation[state] * ball.slopeAtZero, 0);
  // nothing is to be gained, or less than the penalty takes
  if (!(slopeAtZero > penalty)) return { policy: oldPolicy.slice(), promisedReturn: old.expectedReturn };
  const radius = rootOfFalling((d) => slope(d) - penalty);
  const policy = new Float64Array(states * actions);
  balls.forEach((ball, state) => {
    policy.set(ball.best(radius).probabilities, state * actions);
  });
  return { policy, promisedReturn: surrogateReturn(process, old, policy) - penalty * radius };
}

/** Where a function of a positive number, positive near 0, falls through 0. */
function rootOfFalling(f: (x: number) => number): number {
  let high = 1;
  while (f(high) > 0 && high < LARGEST_RADIUS) high *= 2;
  let low = high / 2;
  while (f(low) <= 0) low /= 2;
  while (high - low > RADIUS_TOLERANCE * high) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * One iteration of conservative policy iteration (Kakade, Langford, "Approximately optimal approximate reinforcement
 * learning", 2002): a mixture (1 - alpha) old + alpha greedy. Its bound, equation 6 of arXiv:1502.05477,
 *
 *     eta(new) >= L_old(new) - 2 epsilon gamma / (1 - gamma)^2 alpha^2,    epsilon = max_s |sum_a greedy(a | s) A(s, a)|,
 *
 * is largest at alpha = gain (1 - gamma)^2 / (4 epsilon gamma), where alpha gain = L_old(new) - eta(old), or at 1 if that is
 * less. Throws as `evaluatePolicy`.
 */
export function conservativeImprovement(
  process: MarkovDecisionProcess,
  oldPolicy: TabularPolicy,
): ImprovementStep {
  const old = evaluatePolicy(process, oldPolicy);
  const { states, actions, gamma } = process;
  const greedy = new Float64Array(states * actions);
  let epsilon = 0;
  for (let state = 0; state < states; state++) {
    const advantages = old.advantages.subarray(state * actions, (state + 1) * actions);
    const best = advantages.indexOf(advantages.reduce((a, b) => Math.max(a, b)));
    greedy[state * actions + best] = 1;
    epsilon = Math.max(epsilon, Math.abs(advantages[best]));
  }
  const gain = surrogateReturn(process, old, greedy) - old.expectedReturn;
  if (!(gain > 0)) return { policy: oldPolicy.slice(), promisedReturn: old.expectedReturn };
  const halfPenalty = (2 * epsilon * gamma) / (1 - gamma) ** 2;
  const alpha = Math.min(1, gain / (2 * halfPenalty));
  return {
    policy: oldPolicy.map((probability, pair) => (1 - alpha) * probability + alpha * greedy[pair]),
    promisedReturn: old.expectedReturn + alpha * gain - halfPenalty * alpha ** 2,
  };
}
