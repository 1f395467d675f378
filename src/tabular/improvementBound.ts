import { type MarkovDecisionProcess, requirePolicy, type TabularPolicy } from './markovDecisionProcess.js';
import { evaluatePolicy, type PolicyEvaluation } from './policyEvaluation.js';

/** Theorem 1 of arXiv:1502.05477 for a step from one policy to another. */
export interface ImprovementBound {
  /** L_old(new) = eta(old) + sum_s rho_old(s) sum_a new(a | s) A_old(s, a), equation 3. */
  readonly surrogate: number;
  /** Largest total variation distance over states, D_TV^max(old, new). */
  readonly largestTotalVariation: number;
  /** Largest KL(old || new) over states, D_KL^max(old, new); infinite where new excludes what old may do. */
  readonly largestKlOldNew: number;
  /** L - 4 epsilon gamma / (1 - gamma)^2 D_TV^max(old, new)^2, which eta(new) never falls below: Theorem 1. */
  readonly totalVariationBound: number;
  /** The same with D_KL^max in place of D_TV^max^2, which is at most as large: equation 9. */
  readonly klBound: number;
}

/** C = 4 epsilon gamma / (1 - gamma)^2 with epsilon the largest |A_old(s, a)|: the penalty of equation 9. */
export function klPenalty({ gamma }: MarkovDecisionProcess, { advantages }: PolicyEvaluation): number {
  const epsilon = advantages.reduce((largest, advantage) => Math.max(largest, Math.abs(advantage)), 0);
  return (4 * epsilon * gamma) / (1 - gamma) ** 2;
}

/** L_old(new), from the evaluation of the old policy. */
export function surrogateReturn(
  { states, actions }: MarkovDecisionProcess,
  { expectedReturn, visitation, advantages }: PolicyEvaluation,
  newPolicy: TabularPolicy,
): number {
  let gain = 0;
  for (let pair = 0; pair < states * actions; pair++) {
    gain += visitation[Math.floor(pair / actions)] * newPolicy[pair] * advantages[pair];
  }
  return expectedReturn + gain;
}

/** The bound on the return of `newPolicy` that `oldPolicy` gives. Throws as `evaluatePolicy`. */
export function boundImprovement(
  process: MarkovDecisionProcess,
  oldPolicy: TabularPolicy,
  newPolicy: TabularPolicy,
): ImprovementBound {
  const old = evaluatePolicy(process, oldPolicy);
  requirePolicy(process, newPolicy);
  const { states, actions } = process;
  let largestTotalVariation = 0;
  let largestKlOldNew = 0;
  for (let state = 0; state < states; state++) {
    const row = (policy: TabularPolicy) => policy.subarray(state * actions, (state + 1) * actions);
    largestTotalVariation = Math.max(largestTotalVariation, totalVariation(row(oldPolicy), row(newPolicy)));
    largestKlOldNew = Math.max(largestKlOldNew, klOldNew(row(oldPolicy), row(newPolicy)));
  }
  const surrogate = surrogateReturn(process, old, newPolicy);
  const penalty = klPenalty(process, old);
  return {
    surrogate,
    largestTotalVariation,
    largestKlOldNew,
    totalVariationBound: surrogate - penalty * largestTotalVariation ** 2,
    // no advantage anywhere: every policy has the same return, however far away
    klBound: penalty === 0 ? surrogate : surrogate - penalty * largestKlOldNew,
  };
}

function totalVariation(oldRow: Float64Array, newRow: Float64Array): number {
  return oldRow.reduce((sum, probability, action) => sum + Math.abs(probability - newRow[action]), 0) / 2;
}

function klOldNew(oldRow: Float64Array, newRow: Float64Array): number {
  return oldRow.reduce(
    (sum, probability, action) =>
      probability === 0 ? sum : sum + probability * Math.log(probability / newRow[action]),
    0,
  );
}
