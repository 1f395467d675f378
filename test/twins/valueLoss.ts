import { backward, forwardTrace, type MlpSpec } from './mlp.js';

/** loss = mean over rows of (V - target)^2, without a factor 1/2; gradient [parameterCount].
 *  spec.outputSize is 1, observations [rows x inputSize], targets [rows]. */
export function valueLossAndGradient(
  spec: MlpSpec,
  parameters: Float64Array,
  observations: Float64Array,
  targets: Float64Array,
): { loss: number; gradient: Float64Array } {
  const rows = targets.length;
  const trace = forwardTrace(spec, parameters, observations, rows);
  const errors = trace.outputs.map((value, row) => value - targets[row]);
  const loss = errors.reduce((sum, error) => sum + error * error, 0) / rows;
  const outputGradients = errors.map((error) => (2 * error) / rows);
  return { loss, gradient: backward(spec, parameters, trace, outputGradients) };
}
