// The pieces of an update on a batch of your own: gradient, Fisher-vector product, conjugate gradient, KL.
import { createPolicyProblem, Discrete, RandomStream } from 'wasm-trpo';

const rows = 256;
const random = new RandomStream(0);
const numbers = (count, draw) => Array.from({ length: count }, draw);
const problem = await createPolicyProblem({
  observationSize: 4,
  actionSpace: new Discrete(3),
  hiddenSizes: [32, 32],
  activation: 'tanh',
  observations: numbers(rows * 4, () => random.uniformBetween(-1, 1)),
  actions: numbers(rows, () => Math.floor(3 * random.uniform())),
  advantages: numbers(rows, () => random.uniformBetween(-1, 1)),
});
const theta = numbers(problem.parameterCount, () => random.uniformBetween(-0.3, 0.3));

const gradient = problem.surrogateGradient(theta);
const { solution, quadraticForm, relativeResidual, iterations } = problem.conjugateGradient(theta, gradient, {
  damping: 0.1,
  tolerance: 1e-6,
  iterations: 20,
});
const step = Math.sqrt((2 * 0.01) / quadraticForm);
const { meanKlOldNew, surrogate } = problem.compare(
  theta,
  theta.map((value, i) => value + step * solution[i]),
);
console.log({ iterations, relativeResidual, meanKlOldNew, surrogate });
