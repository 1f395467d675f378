import { conjugateGradient } from './conjugateGradient.js';
import { fisherOperator, type Policy } from './policyMath.js';

/** The batch's rows that the preconditioner samples: one of each of `count` equal stretches, at changing places. */
export function sampledRows(rows: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const first = Math.floor((index * rows) / count);
    const next = Math.floor(((index + 1) * rows) / count);
    const place = index * 0.6180339887498949;
    return first + Math.floor((place - Math.floor(place)) * (next - first));
  });
}

/** v -> (F_s + damping I)^-1 v, F_s the Fisher matrix of the sampled rows alone; see sampledRows. */
export function sampledFisherInverse(
  policy: Policy,
  theta: Float64Array,
  observations: Float64Array,
  { count, damping }: { count: number; damping: number },
): (vector: Float64Array) => Float64Array {
  const size = policy.network.inputSize;
  const sampled = sampledRows(observations.length / size, count).flatMap((row) =>
    Array.from(observations.subarray(row * size, (row + 1) * size)),
  );
  const dampedFisher = fisherOperator(policy, theta, Float64Array.from(sampled), damping);
  return (vector) => {
    const residualTolerance = 1e-13 * Math.hypot(...vector);
    return conjugateGradient(dampedFisher, vector, { maxIterations: 1000, residualTolerance }).solution;
  };
}
