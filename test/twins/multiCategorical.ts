import type { Distribution } from './distributions.js';

/** Independent categorical choices from logits: choice c has actionCounts[c] logits, side by side in a row.
 *  One count alone is the plain categorical distribution. A logit of -Infinity is a choice that may not be taken: its probability is 0,
 *  and 0 log 0 = 0. */
export function multiCategorical(actionCounts: number[]): Distribution {
  const inputSize = actionCounts.reduce((sum, count) => sum + count, 0);
  const actionSize = actionCounts.length;
  const noLogStd = new Float64Array(0);

  /** Calls visit(row, choice, start, count) for every choice; its logits are at start .. start + count. */
  function forEachChoice(
    inputs: Float64Array,
    visit: (row: number, choice: number, start: number, count: number) => void,
  ): void {
    let start = 0;
    for (let row = 0; row < inputs.length / inputSize; row++) {
      for (let choice = 0; choice < actionSize; choice++) {
        visit(row, choice, start, actionCounts[choice]);
        start += actionCounts[choice];
      }
    }
  }

  /** log p_j = z_j - log sum_k exp z_k, for every logit. */
  function logSoftmax(inputs: Float64Array): Float64Array {
    const logP = new Float64Array(inputs.length);
    forEachChoice(inputs, (_row, _choice, start, count) => {
      let largest = -Infinity;
      for (let j = start; j < start + count; j++) largest = Math.max(largest, inputs[j]);
      let sum = 0;
      for (let j = start; j < start + count; j++) sum += Math.exp(inputs[j] - largest); // exp cannot overflow
      for (let j = start; j < start + count; j++) logP[j] = inputs[j] - largest - Math.log(sum);
    });
    return logP;
  }

  return {
    inputSize,
    actionSize,
    logStdSize: 0,

    logProbabilities({ inputs }, actions) {
      const out = new Float64Array(inputs.length / inputSize);
      const logP = logSoftmax(inputs);
      forEachChoice(inputs, (row, choice, start) => {
        out[row] += logP[start + actions[row * actionSize + choice]];
      });
      return out;
    },

    // H = - sum p log p
    entropies({ inputs }) {
      const out = new Float64Array(inputs.length / inputSize);
      const logP = logSoftmax(inputs);
      for (let i = 0; i < inputs.length; i++) {
        const p = Math.exp(logP[i]);
        if (p !== 0) out[Math.floor(i / inputSize)] -= p * logP[i];
      }
      return out;
    },

    // KL = sum p_old (log p_old - log p_new)
    klOldNew(oldAt, newAt) {
      const out = new Float64Array(oldAt.inputs.length / inputSize);
      const oldLogP = logSoftmax(oldAt.inputs);
      const newLogP = logSoftmax(newAt.inputs);
      for (let i = 0; i < oldLogP.length; i++) {
        const p = Math.exp(oldLogP[i]);
        if (p !== 0) out[Math.floor(i / inputSize)] += p * (oldLogP[i] - newLogP[i]);
      }
      return out;
    },

    // d log p_a / dz_j = [j = a] - p_j
    logProbabilityGradients({ inputs }, actions) {
      const gradients = logSoftmax(inputs).map((logP) => -Math.exp(logP));
      forEachChoice(inputs, (row, choice, start) => {
        gradients[start + actions[row * actionSize + choice]] += 1;
      });
      return { inputs: gradients, logStd: noLogStd };
    },

    // d KL / d(new z_j) = p_new_j - p_old_j
    klOldNewGradients(oldAt, newAt) {
      const oldLogP = logSoftmax(oldAt.inputs);
      const newLogP = logSoftmax(newAt.inputs);
      return { inputs: newLogP.map((logP, i) => Math.exp(logP) - Math.exp(oldLogP[i])), logStd: noLogStd };
    },

    // M = diag(p) - p p', so (M v)_j = p_j (v_j - <p, v>)
    fisherTimesVector({ inputs }, vector) {
      const p = logSoftmax(inputs).map(Math.exp);
      const out = new Float64Array(inputs.length);
      forEachChoice(inputs, (_row, _choice, start, count) => {
        let meanOfVector = 0;
        for (let j = start; j < start + count; j++) meanOfVector += p[j] * vector.inputs[j];
        for (let j = start; j < start + count; j++) out[j] = p[j] * (vector.inputs[j] - meanOfVector);
      });
      return { inputs: out, logStd: noLogStd };
    },
  };
}
