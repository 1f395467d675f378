import type { Distribution } from './distributions.js';

/** actionSize independent coins from logits z: P(a = 1) = sigmoid(z). Actions are 0 or 1. */
export function bernoulli(actionSize: number): Distribution {
  const noLogStd = new Float64Array(0);

  /** Sums term(i) over the actionSize entries of each row. */
  function sumPerRow(inputs: Float64Array, term: (index: number) => number): Float64Array {
    const out = new Float64Array(inputs.length / actionSize);
    for (let i = 0; i < inputs.length; i++) out[Math.floor(i / actionSize)] += term(i);
    return out;
  }

  return {
    inputSize: actionSize,
    actionSize,
    logStdSize: 0,

    logProbabilities({ inputs }, actions) {
      return sumPerRow(inputs, (i) => (actions[i] === 1 ? logSigmoid(inputs[i]) : logSigmoid(-inputs[i])));
    },

    // H = - p log p - (1 - p) log(1 - p)
    entropies({ inputs }) {
      return sumPerRow(inputs, (i) => {
        const z = inputs[i];
        return -sigmoid(z) * logSigmoid(z) - sigmoid(-z) * logSigmoid(-z);
      });
    },

    // KL = p_old (log p_old - log p_new) + (1 - p_old) (log(1 - p_old) - log(1 - p_new))
    klOldNew(oldAt, newAt) {
      return sumPerRow(oldAt.inputs, (i) => {
        const oldZ = oldAt.inputs[i];
        const newZ = newAt.inputs[i];
        const one = sigmoid(oldZ) * (logSigmoid(oldZ) - logSigmoid(newZ));
        const zero = sigmoid(-oldZ) * (logSigmoid(-oldZ) - logSigmoid(-newZ));
        return one + zero;
      });
    },

    // d log p(a) / dz = a - p
    logProbabilityGradients({ inputs }, actions) {
      return { inputs: inputs.map((z, i) => actions[i] - sigmoid(z)), logStd: noLogStd };
    },

    // d KL / d(new z) = p_new - p_old
    klOldNewGradients(oldAt, newAt) {
      const difference = newAt.inputs.map((newZ, i) => sigmoid(newZ) - sigmoid(oldAt.inputs[i]));
      return { inputs: difference, logStd: noLogStd };
    },

    // M = diag(p (1 - p))
    fisherTimesVector({ inputs }, vector) {
      return { inputs: inputs.map((z, i) => sigmoid(z) * sigmoid(-z) * vector.inputs[i]), logStd: noLogStd };
    },
  };
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** log sigmoid(z) = min(z, 0) - log(1 + exp(-|z|)); exact also where sigmoid(z) underflows. */
function logSigmoid(z: number): number {
  return Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
}
