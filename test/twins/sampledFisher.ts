import { conjugateGradient } from './conjugateGradient.js';
import { fisherOperator, type Policy } from './policyMath.js';

/** v -> (F_s + damping I)^-1 v, F_s the Fisher matrix of the sampled rows alone. */
export function sampledFisherInverse(
  policy: Policy,
  theta: Float64Array,
  observations: Float64Array,
  { rows, damping }: { rows: Iterable<number>; damping: number },
): (vector: Float64Array) => Float64Array {
  const size = policy.network.inputSize;
  const sampled = Array.from(rows).flatMap((row) =>
    Array.from(observations.subarray(row * size, (row + 1) * size)),
  );
  const dampedFisher = fisherOperator(policy, theta, Float64Array.from(sampled), damping);
  return (vector) => {
    const residualTolerance = 1e-13 * Math.hypot(...vector);
    return conjugateGradient(dampedFisher, vector, { maxIterations: 1000, residualTolerance }).solution;
  };
}
