import { LuDecomposition, Matrix } from 'ml-matrix';
import {
  type MarkovDecisionProcess,
  requirePolicy,
  requireProcess,
  type TabularPolicy,
} from './markovDecisionProcess.js';

/** Everything that TRPO estimates from samples, exactly. */
export interface PolicyEvaluation {
  /** eta(pi), the expected discounted return from the start distribution. */
  readonly expectedReturn: number;
  /** V_pi(s), [states]. */
  readonly values: Float64Array;
  /** A_pi(s, a) = Q_pi(s, a) - V_pi(s), [states x actions]. */
  readonly advantages: Float64Array;
  /** rho_pi(s) = sum over t of gamma^t P(s_t = s), [states]; its sum is 1 / (1 - gamma). */
  readonly visitation: Float64Array;
}

/**
 * Solves (I - gamma P_pi) V = r_pi for the values and (I - gamma P_pi)^T rho = rho_0 for the discounted visitation.
 * Throws ShapeError or OptionError for a process or policy that is none.
 */
export function evaluatePolicy(process: MarkovDecisionProcess, policy: TabularPolicy): PolicyEvaluation {
  requireProcess(process);
  requirePolicy(process, policy);
  const { states, actions, transitions, rewards, start, gamma } = process;
  const system = Matrix.eye(states);
  const expectedRewards = Matrix.zeros(states, 1);
  for (let pair = 0; pair < states * actions; pair++) {
    const state = Math.floor(pair / actions);
    expectedRewards.set(state, 0, expectedRewards.get(state, 0) + policy[pair] * rewards[pair]);
    for (let next = 0; next < states; next++) {
      const flow = gamma * policy[pair] * transitions[pair * states + next];
      system.set(state, next, system.get(state, next) - flow);
    }
  }
  const values = Float64Array.from(new LuDecomposition(system).solve(expectedRewards).getColumn(0));
  const arrivals = Matrix.columnVector([...start]);
  const visitation = Float64Array.from(new LuDecomposition(system.transpose()).solve(arrivals).getColumn(0));
  const advantages = new Float64Array(states * actions);
  for (let pair = 0; pair < states * actions; pair++) {
    let expectedNext = 0;
    for (let next = 0; next < states; next++) {
      expectedNext += transitions[pair * states + next] * values[next];
    }
    advantages[pair] = rewards[pair] + gamma * expectedNext - values[Math.floor(pair / actions)];
  }
  const expectedReturn = start.reduce((sum, probability, state) => sum + probability * values[state], 0);
  return { expectedReturn, values, advantages, visitation };
}
