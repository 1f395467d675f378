import { adamStep, createAdamState, valueLossAndGradient } from '../../twins/adam.js';
import { forward } from '../../twins/mlp.js';
import { ROW_COUNTS, random32 } from '../support/numbers.js';
import { playgroundOf } from '../support/playground.js';
import { placeValueFit, randomValueProblem, twinEpoch } from '../support/valueProblem.js';
import { EXPORTED, INNER, type KernelContract } from './contract.js';

const SHAPE = { inputSize: 5, hiddenSizes: [17, 9], activation: 'tanh' as const };

export const VALUE_CONTRACTS: readonly KernelContract[] = [
  predictionContract('predictValues', [0, ...ROW_COUNTS], (placed) => placed.predict()),
  predictionContract('predictBatchValues', ROW_COUNTS, (placed) => placed.predictBatch()),
  {
    kernel: 'valueLoss',
    builds: EXPORTED,
    lengths: ROW_COUNTS,
    tolerance: 1e-6,
    compare: (build, rows) => {
      const problem = randomValueProblem(rows, SHAPE);
      const { spec, parameters, observations, targets } = problem;
      const { loss } = valueLossAndGradient(spec, parameters, observations, targets);
      return [{ actual: [placeValueFit(build, problem).loss()], expected: [loss] }];
    },
  },
  {
    kernel: 'fitValueEpoch',
    builds: EXPORTED,
    lengths: ROW_COUNTS,
    // Adam divides by the gradient's size: where it is nearly 0 its sign, and so a whole step, is rounding
    tolerance: 2e-5,
    compare: (build, rows) =>
      [rows, 64, 24].flatMap((minibatchRows) => {
        const problem = randomValueProblem(rows, SHAPE);
        const placed = placeValueFit(build, problem);
        const learningRate = 1e-2;
        const parameters = problem.parameters.slice();
        const state = createAdamState(parameters.length);
        let steps = 0;
        for (let epoch = 0; epoch < 2; epoch++) {
          steps = placed.fitEpoch(minibatchRows, learningRate, epoch, steps);
          twinEpoch(problem, parameters, state, { order: placed.order, minibatchRows, learningRate });
        }
        const label = `minibatches of ${minibatchRows}`;
        const moved = (theta: Float64Array) => theta.map((value, i) => value - problem.parameters[i]);
        return [
          { label: `steps, ${label}`, actual: [steps], expected: [state.updates] },
          { label, actual: moved(placed.parameters()), expected: moved(parameters) },
        ];
      }),
  },
  {
    kernel: 'adamStep',
    builds: [...EXPORTED, ...INNER],
    lengths: [0, 4, 8, 64, 1024],
    // float32(0.999) is off by 1.3e-5 of 1 - 0.999
    tolerance: 1e-5,
    compare: (build, count) =>
      [1, 2, 5].flatMap((parts) => {
        const playground = playgroundOf(build);
        const parameters = random32(count, 4);
        const state = createAdamState(count);
        const placed = playground.float32(parameters);
        const firstMoment = playground.float32(new Float32Array(count));
        const secondMoment = playground.float32(new Float32Array(count));
        const start = parameters.slice();
        const moved = (values: ArrayLike<number>) => start.map((value, i) => values[i] - value);
        // parts of a longer vector, as the ranges of a large network are
        const partStride = count + 8;
        return [1, 2, 3, 4, 5].map((step) => {
          const gradients = random32(parts * partStride, 5 + step);
          const gradient = new Float64Array(count);
          for (let part = 0; part < parts; part++) {
            for (let i = 0; i < count; i++) gradient[i] += gradients[part * partStride + i];
          }
          adamStep(state, parameters, gradient, 0.01);
          playground.kernels.adamStep(
            placed.pointer,
            playground.float32(gradients).pointer,
            parts,
            partStride,
            firstMoment.pointer,
            secondMoment.pointer,
            count,
            0.01,
            step,
          );
          playground.expectGuardsIntact();
          return {
            label: `${parts} parts, step ${step}`,
            actual: moved(placed.view),
            expected: moved(parameters),
          };
        });
      }),
  },
];

function predictionContract(
  kernel: string,
  lengths: readonly number[],
  predict: (placed: ReturnType<typeof placeValueFit>) => ArrayLike<number>,
): KernelContract {
  return {
    kernel,
    builds: EXPORTED,
    lengths,
    tolerance: 1e-6,
    compare: (build, rows) => {
      const problem = randomValueProblem(rows, SHAPE);
      const expected = forward(problem.spec, problem.parameters, problem.observations, rows);
      return [{ actual: predict(placeValueFit(build, problem)), expected }];
    },
  };
}
