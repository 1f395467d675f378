import { conjugateGradient, dot } from './conjugateGradient.js';
import { backward, forwardTrace, type MlpSpec, tangent } from './mlp.js';

export interface GaussNewtonStep {
  /** x with (J^T J / (variance rows) + damping I) x = J^T (target - V) / (variance rows). */
  direction: Float64Array;
  /** x^T A x of that direction. */
  quadraticForm: number;
}

/** One Gauss-Newton step for the mean squared error, by conjugate gradient from 0 with at most `maxIterations` products.
 *  spec.outputSize is 1, observations [rows x inputSize], targets [rows]; out [parameterCount]. */
export function gaussNewtonStep(
  spec: MlpSpec,
  parameters: Float64Array,
  batch: { observations: Float64Array; targets: Float64Array },
  solve: { variance: number; damping: number; maxIterations: number },
): GaussNewtonStep {
  const rows = batch.targets.length;
  const trace = forwardTrace(spec, parameters, batch.observations, rows);
  const weight = 1 / (solve.variance * rows);
  const pullBack = (outputs: Float64Array) =>
    backward(
      spec,
      parameters,
      trace,
      outputs.map((u) => u * weight),
    );
  const descent = pullBack(trace.outputs.map((value, row) => batch.targets[row] - value));
  const applyMatrix = (vector: Float64Array) =>
    pullBack(tangent(spec, parameters, trace, vector)).map((z, i) => z + solve.damping * vector[i]);
  const { solution } = conjugateGradient(applyMatrix, descent, {
    maxIterations: solve.maxIterations,
    residualTolerance: 0,
  });
  return { direction: solution, quadraticForm: dot(solution, applyMatrix(solution)) };
}
