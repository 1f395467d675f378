import { dot } from './conjugateGradient.js';
import {
  type DistributionInputs,
  type DistributionSpec,
  distributionOf,
  type RowGradients,
} from './distributions.js';
import { maskLogits } from './masks.js';
import { backward, type ForwardTrace, forwardTrace, type MlpSpec, parameterCount, tangent } from './mlp.js';

export { conjugateGradient } from './conjugateGradient.js';

/** theta = the network's parameters, then logStd (diagonalGaussian only).
 *  network.outputSize must equal the distribution's inputSize. */
export interface Policy {
  network: MlpSpec;
  distribution: DistributionSpec;
}

/** observations [rows x inputSize], actions [rows x actionSize], advantages [rows], used as given. */
export interface Batch {
  observations: Float64Array;
  actions: Float64Array;
  advantages: Float64Array;
}

/** The policy that sampled the batch, and the policy that is judged on it. */
export interface OldNewTheta {
  thetaOld: Float64Array;
  thetaNew: Float64Array;
}

export function policyParameterCount(policy: Policy): number {
  return parameterCount(policy.network) + distributionOf(policy.distribution).logStdSize;
}

/** Network outputs [rows x inputSize of the distribution] and logStd, as the distribution takes them. */
export function distributionInputs(
  policy: Policy,
  theta: Float64Array,
  observations: Float64Array,
): DistributionInputs {
  return evaluate(policy, theta, observations).at;
}

/** log pi_theta(a | s), out [rows]. */
export function logProbabilities(policy: Policy, theta: Float64Array, batch: Batch): Float64Array {
  const at = distributionInputs(policy, theta, batch.observations);
  return distributionOf(policy.distribution).logProbabilities(at, batch.actions);
}

/** Mean over rows of the policy's entropy, nats. */
export function meanEntropy(policy: Policy, theta: Float64Array, observations: Float64Array): number {
  return mean(distributionOf(policy.distribution).entropies(distributionInputs(policy, theta, observations)));
}

/** L = mean[ pi_new(a|s) / pi_old(a|s) A ] (arXiv:1502.05477, eq. 14); mean A at thetaOld. */
export function surrogate(policy: Policy, thetas: OldNewTheta, batch: Batch): number {
  const oldLogP = logProbabilities(policy, thetas.thetaOld, batch);
  const newLogP = logProbabilities(policy, thetas.thetaNew, batch);
  return mean(batch.advantages.map((advantage, row) => Math.exp(newLogP[row] - oldLogP[row]) * advantage));
}

/** Gradient of the surrogate at thetaNew = thetaOld: mean[ A d log pi(a|s) / d theta ], as the ratio is 1.
 *  Out [parameters]. */
export function surrogateGradient(policy: Policy, thetaOld: Float64Array, batch: Batch): Float64Array {
  const { parameters, trace, at } = evaluate(policy, thetaOld, batch.observations);
  const scores = distributionOf(policy.distribution).logProbabilityGradients(at, batch.actions);
  const weights = batch.advantages.map((advantage) => advantage / trace.rows);
  return pullBack(policy, parameters, trace, weighRows(scores, weights));
}

/** What the clipped surrogate compares with: log pi_old(a | s) [rows], and epsilon. */
export interface Clipping {
  oldLogProbabilities: Float64Array;
  clip: number;
}

/** mean min(r A, clip(r, 1 - epsilon, 1 + epsilon) A), r = pi_theta(a|s) / pi_old(a|s) (arXiv:1707.06347, eq. 7). */
export function clippedSurrogate(
  policy: Policy,
  theta: Float64Array,
  batch: Batch,
  { oldLogProbabilities, clip }: Clipping,
): number {
  const logP = logProbabilities(policy, theta, batch);
  return mean(
    batch.advantages.map((advantage, row) => {
      const ratio = Math.exp(logP[row] - oldLogProbabilities[row]);
      const clipped = Math.min(1 + clip, Math.max(1 - clip, ratio));
      return Math.min(ratio * advantage, clipped * advantage);
    }),
  );
}

/** Gradient of the clipped surrogate: rows whose minimum is the clipped constant have none. Out [parameters]. */
export function clippedSurrogateGradient(
  policy: Policy,
  theta: Float64Array,
  batch: Batch,
  { oldLogProbabilities, clip }: Clipping,
): Float64Array {
  const { parameters, trace, at } = evaluate(policy, theta, batch.observations);
  const distribution = distributionOf(policy.distribution);
  const logP = distribution.logProbabilities(at, batch.actions);
  const weights = batch.advantages.map((advantage, row) => {
    const ratio = Math.exp(logP[row] - oldLogProbabilities[row]);
    const rises = advantage > 0 ? ratio <= 1 + clip : ratio >= 1 - clip;
    return rises ? (ratio * advantage) / trace.rows : 0;
  });
  const scores = distribution.logProbabilityGradients(at, batch.actions);
  return pullBack(policy, parameters, trace, weighRows(scores, weights));
}

/** Mean over rows of KL(old || new), nats: what delta bounds. */
export function meanKlOldNew(policy: Policy, thetas: OldNewTheta, observations: Float64Array): number {
  return mean(klOldNewPerRow(policy, thetas, observations));
}

/** Largest KL(old || new) of any row, nats; -Infinity without rows. */
export function maxKlOldNew(policy: Policy, thetas: OldNewTheta, observations: Float64Array): number {
  return klOldNewPerRow(policy, thetas, observations).reduce((a, b) => Math.max(a, b), -Infinity);
}

/** Gradient of meanKlOldNew with respect to thetaNew; zero where thetaNew = thetaOld. Out [parameters]. */
export function meanKlGradient(
  policy: Policy,
  thetas: OldNewTheta,
  observations: Float64Array,
): Float64Array {
  const oldAt = distributionInputs(policy, thetas.thetaOld, observations);
  const { parameters, trace, at } = evaluate(policy, thetas.thetaNew, observations);
  const gradients = distributionOf(policy.distribution).klOldNewGradients(oldAt, at);
  return pullBack(policy, parameters, trace, weighRows(gradients, equalWeights(trace.rows)));
}

/** v -> (F + damping I) v with F = mean over rows of J' M J, the Hessian of meanKlOldNew at theta.
 *  J [inputSize x parameters] is the network's Jacobian, M the distribution's Fisher information.
 *  The forward pass is done once and shared by all products. */
export function fisherOperator(
  policy: Policy,
  theta: Float64Array,
  observations: Float64Array,
  damping: number,
): (vector: Float64Array) => Float64Array {
  const { parameters, trace, at } = evaluate(policy, theta, observations);
  return (vector) => {
    const direction = pushForward(policy, parameters, trace, vector);
    const metric = distributionOf(policy.distribution).fisherTimesVector(at, direction);
    const product = pullBack(policy, parameters, trace, weighRows(metric, equalWeights(trace.rows)));
    return product.map((value, i) => value + damping * vector[i]);
  };
}

/** (F + damping I) vector, out [parameters]; see fisherOperator. */
export function fisherVectorProduct(
  policy: Policy,
  theta: Float64Array,
  observations: Float64Array,
  probe: { vector: Float64Array; damping: number },
): Float64Array {
  return fisherOperator(policy, theta, observations, probe.damping)(probe.vector);
}

/** (mean over rows of s s' + damping I) vector, s = d log pi(a|s) / d theta of the action taken.
 *  The scores are not centred and not weighted by advantages. Out [parameters]. */
export function empiricalFisherVectorProduct(
  policy: Policy,
  theta: Float64Array,
  batch: Pick<Batch, 'observations' | 'actions'>,
  probe: { vector: Float64Array; damping: number },
): Float64Array {
  const { parameters, trace, at } = evaluate(policy, theta, batch.observations);
  const scores = distributionOf(policy.distribution).logProbabilityGradients(at, batch.actions);
  const direction = pushForward(policy, parameters, trace, probe.vector);
  const weights = scoreDotDirection(scores, direction, trace.rows).map((value) => value / trace.rows);
  const product = pullBack(policy, parameters, trace, weighRows(scores, weights));
  return product.map((value, i) => value + probe.damping * probe.vector[i]);
}

/** beta x with beta = sqrt(2 delta / x'(F + damping I)x) (arXiv:1502.05477, appendix C).
 *  dampedFisher returns (F + damping I) v: the quadratic form includes the damping.
 *  The step is not finite where quadraticForm is not positive. */
export function fullStep(
  dampedFisher: (vector: Float64Array) => Float64Array,
  solution: Float64Array,
  delta: number,
): { step: Float64Array; quadraticForm: number } {
  const quadraticForm = dot(solution, dampedFisher(solution));
  const beta = Math.sqrt((2 * delta) / quadraticForm);
  return { step: solution.map((value) => beta * value), quadraticForm };
}

/** Splits theta, runs the network, and pairs its outputs, masked where the distribution is, with logStd. */
function evaluate(policy: Policy, theta: Float64Array, observations: Float64Array) {
  if (theta.length !== policyParameterCount(policy)) {
    throw new RangeError(
      `theta holds ${theta.length} numbers, the policy has ${policyParameterCount(policy)}; check its sizes`,
    );
  }
  const parameters = theta.subarray(0, parameterCount(policy.network));
  const logStd = theta.subarray(parameterCount(policy.network));
  const rows = observations.length / policy.network.inputSize;
  const trace = forwardTrace(policy.network, parameters, observations, rows);
  const { distribution } = policy;
  const inputs =
    distribution.kind === 'maskedCategorical'
      ? maskLogits(trace.outputs, observations, distribution.actionCounts)
      : trace.outputs;
  return { parameters, trace, at: { inputs, logStd } };
}

/** A direction in theta as a direction of the distribution's inputs: (J v, v_logStd). */
function pushForward(
  policy: Policy,
  parameters: Float64Array,
  trace: ForwardTrace,
  vector: Float64Array,
): DistributionInputs {
  const networkPart = vector.subarray(0, parameters.length);
  return {
    inputs: tangent(policy.network, parameters, trace, networkPart),
    logStd: vector.subarray(parameters.length),
  };
}

/** Sum over rows of the row gradients, taken back to theta: (J' g, sum of g_logStd). Out [parameters]. */
function pullBack(
  policy: Policy,
  parameters: Float64Array,
  trace: ForwardTrace,
  gradients: RowGradients,
): Float64Array {
  const logStdSize = distributionOf(policy.distribution).logStdSize;
  const out = new Float64Array(parameters.length + logStdSize);
  out.set(backward(policy.network, parameters, trace, gradients.inputs));
  for (let i = 0; i < gradients.logStd.length; i++) {
    out[parameters.length + (i % logStdSize)] += gradients.logStd[i];
  }
  return out;
}

/** Every row's gradient times that row's weight. weights [rows]. */
function weighRows(gradients: RowGradients, weights: Float64Array): RowGradients {
  const weigh = (matrix: Float64Array) => {
    const columns = matrix.length / weights.length;
    return matrix.map((value, i) => value * weights[Math.floor(i / columns)]);
  };
  return { inputs: weigh(gradients.inputs), logStd: weigh(gradients.logStd) };
}

/** s_row . v for every row, from the row's score and direction in the distribution's inputs. Out [rows]. */
function scoreDotDirection(scores: RowGradients, direction: DistributionInputs, rows: number): Float64Array {
  const out = new Float64Array(rows);
  const inputSize = scores.inputs.length / rows;
  const logStdSize = direction.logStd.length;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < inputSize; j++) {
      out[row] += scores.inputs[row * inputSize + j] * direction.inputs[row * inputSize + j];
    }
    for (let d = 0; d < logStdSize; d++)
      out[row] += scores.logStd[row * logStdSize + d] * direction.logStd[d];
  }
  return out;
}

function klOldNewPerRow(policy: Policy, thetas: OldNewTheta, observations: Float64Array): Float64Array {
  const oldAt = distributionInputs(policy, thetas.thetaOld, observations);
  const newAt = distributionInputs(policy, thetas.thetaNew, observations);
  return distributionOf(policy.distribution).klOldNew(oldAt, newAt);
}

function equalWeights(rows: number): Float64Array {
  return new Float64Array(rows).fill(1 / rows);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
