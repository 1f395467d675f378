import type { Distribution } from './distributions.js';

const LOG_TWO_PI = Math.log(2 * Math.PI);

/** Independent normals: means from the network, logStd [actionSize] free parameters that all rows share. */
export function diagonalGaussian(actionSize: number): Distribution {
  /** Sums term(i, d) over the actionSize entries i of each row; d is the entry's action dimension. */
  function sumPerRow(inputs: Float64Array, term: (index: number, dimension: number) => number): Float64Array {
    const out = new Float64Array(inputs.length / actionSize);
    for (let row = 0; row < out.length; row++) {
      for (let d = 0; d < actionSize; d++) out[row] += term(row * actionSize + d, d);
    }
    return out;
  }

  return {
    inputSize: actionSize,
    actionSize,
    logStdSize: actionSize,

    // log p = - z^2 / 2 - logStd - log(2 pi) / 2, z = (action - mean) / std
    logProbabilities({ inputs, logStd }, actions) {
      return sumPerRow(inputs, (i, d) => {
        const z = (actions[i] - inputs[i]) / Math.exp(logStd[d]);
        return -0.5 * z * z - logStd[d] - 0.5 * LOG_TWO_PI;
      });
    },

    // H = logStd + (1 + log(2 pi)) / 2
    entropies({ inputs, logStd }) {
      return sumPerRow(inputs, (_i, d) => logStd[d] + 0.5 * (1 + LOG_TWO_PI));
    },

    // KL = logStd_new - logStd_old + (var_old + (mean_old - mean_new)^2) / (2 var_new) - 1/2
    klOldNew(oldAt, newAt) {
      return sumPerRow(oldAt.inputs, (i, d) => {
        const oldVariance = Math.exp(2 * oldAt.logStd[d]);
        const newVariance = Math.exp(2 * newAt.logStd[d]);
        const difference = oldAt.inputs[i] - newAt.inputs[i];
        const spread = (oldVariance + difference * difference) / (2 * newVariance);
        return newAt.logStd[d] - oldAt.logStd[d] + spread - 0.5;
      });
    },

    // d log p / d mean = (action - mean) / var, d log p / d logStd = (action - mean)^2 / var - 1
    logProbabilityGradients({ inputs, logStd }, actions) {
      const difference = inputs.map((mean, i) => actions[i] - mean);
      const variance = inputs.map((_mean, i) => Math.exp(2 * logStd[i % actionSize]));
      return {
        inputs: difference.map((value, i) => value / variance[i]),
        logStd: difference.map((value, i) => (value * value) / variance[i] - 1),
      };
    },

    // d KL / d mean_new = (mean_new - mean_old) / var_new
    // d KL / d logStd_new = 1 - (var_old + (mean_new - mean_old)^2) / var_new
    klOldNewGradients(oldAt, newAt) {
      const difference = newAt.inputs.map((newMean, i) => newMean - oldAt.inputs[i]);
      const oldVariance = difference.map((_value, i) => Math.exp(2 * oldAt.logStd[i % actionSize]));
      const newVariance = difference.map((_value, i) => Math.exp(2 * newAt.logStd[i % actionSize]));
      return {
        inputs: difference.map((value, i) => value / newVariance[i]),
        logStd: difference.map((value, i) => 1 - (oldVariance[i] + value * value) / newVariance[i]),
      };
    },

    // M = diag(1 / var) for the means and 2 I for logStd, the same 2 for every row
    fisherTimesVector({ inputs, logStd }, vector) {
      return {
        inputs: inputs.map((_mean, i) => vector.inputs[i] / Math.exp(2 * logStd[i % actionSize])),
        logStd: inputs.map((_mean, i) => 2 * vector.logStd[i % actionSize]),
      };
    },
  };
}
