export type Activation = 'tanh' | 'relu' | 'leakyRelu' | 'elu' | 'silu';

export const LEAKY_RELU_SLOPE = 0.01;

/** The activation at one pre-activation z. leakyRelu has slope 0.01, elu alpha 1; silu is z sigmoid(z). */
export function activate(activation: Activation, z: number): number {
  switch (activation) {
    case 'tanh':
      return Math.tanh(z);
    case 'relu':
      return Math.max(z, 0); // unlike z > 0 ? z : 0, it lets NaN through
    case 'leakyRelu':
      return z > 0 ? z : LEAKY_RELU_SLOPE * z;
    case 'elu':
      return z > 0 ? z : Math.expm1(z);
    case 'silu':
      return z / (1 + Math.exp(-z));
  }
}

/** d activate(z) / dz, given z and a = activate(z). At the kink z = 0 it is the slope of the left side. */
export function activationSlope(activation: Activation, z: number, a: number): number {
  switch (activation) {
    case 'tanh':
      return 1 - a * a;
    case 'relu':
      return z > 0 ? 1 : 0;
    case 'leakyRelu':
      return z > 0 ? 1 : LEAKY_RELU_SLOPE;
    case 'elu':
      return z > 0 ? 1 : Math.exp(z);
    case 'silu': {
      const sigmoid = 1 / (1 + Math.exp(-z));
      return sigmoid * (1 + z * (1 - sigmoid));
    }
  }
}
