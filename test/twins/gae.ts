/** One rollout; every array but bootstrapValues is [steps x environments], row-major.
 *  terminated and truncated hold 0 or 1. bootstrapValues [environments] = V(observation after the last step).
 *  finalObservationValues = V(last observation of the ended episode), read only where truncated is 1. */
export interface GaeRollout {
  steps: number;
  environments: number;
  rewards: Float64Array;
  values: Float64Array;
  terminated: Uint8Array;
  truncated: Uint8Array;
  finalObservationValues: Float64Array;
  bootstrapValues: Float64Array;
}

/** Generalized advantage estimation (arXiv:1506.02438) and the value function's targets.
 *  A_t = delta_t + gamma lambda A_{t+1}, delta_t = r_t + gamma V_next - V_t, returns = A + V.
 *  V_next is 0 after a termination and V(final observation) after a truncation; both end the sum over t.
 *  A step with both flags counts as terminated. Out [steps x environments] each; not normalised. */
export function generalizedAdvantages(
  rollout: GaeRollout,
  gamma: number,
  lambda: number,
): { advantages: Float64Array; returns: Float64Array } {
  const { steps, environments, rewards, values } = rollout;
  const advantages = new Float64Array(steps * environments);
  const returns = new Float64Array(steps * environments);
  for (let environment = 0; environment < environments; environment++) {
    let nextValue = rollout.bootstrapValues[environment];
    let nextAdvantage = 0;
    for (let step = steps - 1; step >= 0; step--) {
      const i = step * environments + environment;
      if (rollout.terminated[i]) {
        nextValue = 0;
        nextAdvantage = 0;
      } else if (rollout.truncated[i]) {
        nextValue = rollout.finalObservationValues[i];
        nextAdvantage = 0;
      }
      const delta = rewards[i] + gamma * nextValue - values[i];
      advantages[i] = delta + gamma * lambda * nextAdvantage;
      returns[i] = advantages[i] + values[i];
      nextValue = values[i];
      nextAdvantage = advantages[i];
    }
  }
  return { advantages, returns };
}

/** (A - mean) / standardDeviation, with the population standard deviation (divided by n, not n - 1), so the
 *  result has mean 0 and mean square 1. Advantages without any spread have no scale: they are only centred,
 *  to zeros, and standardDeviation 0 tells the caller. mean and standardDeviation are NaN without rows. */
export function normalizeAdvantages(advantages: Float64Array): {
  normalized: Float64Array;
  mean: number;
  standardDeviation: number;
} {
  const count = advantages.length;
  const mean = advantages.reduce((sum, value) => sum + value, 0) / count;
  const variance = advantages.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const standardDeviation = Math.sqrt(variance);
  const scale = standardDeviation === 0 ? 1 : standardDeviation;
  return { normalized: advantages.map((value) => (value - mean) / scale), mean, standardDeviation };
}
