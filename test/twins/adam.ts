export { valueLossAndGradient } from './valueLoss.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export interface AdamState {
  firstMoment: Float64Array;
  secondMoment: Float64Array;
  /** Updates done so far. */
  updates: number;
}

export function createAdamState(parameterCount: number): AdamState {
  return {
    firstMoment: new Float64Array(parameterCount),
    secondMoment: new Float64Array(parameterCount),
    updates: 0,
  };
}

/** One descent step of Adam, in place on parameters and state.
 *  theta -= learningRate mHat / (sqrt(vHat) + epsilon) (arXiv:1412.6980, algorithm 1), with beta1 0.9,
 *  beta2 0.999, epsilon 1e-8 outside the root and after the bias correction. */
export function adamStep(
  state: AdamState,
  parameters: Float64Array,
  gradient: Float64Array,
  learningRate: number,
): void {
  // m first moment, v second moment, g gradient
  const { firstMoment: m, secondMoment: v } = state;
  state.updates += 1;
  const correction1 = 1 - BETA1 ** state.updates;
  const correction2 = 1 - BETA2 ** state.updates;
  for (let i = 0; i < parameters.length; i++) {
    const g = gradient[i];
    m[i] = BETA1 * m[i] + (1 - BETA1) * g;
    v[i] = BETA2 * v[i] + (1 - BETA2) * g * g;
    parameters[i] -= (learningRate * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + EPSILON);
  }
}
