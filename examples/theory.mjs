// The theory behind TRPO on a small problem where every quantity is exact: bounds against the true return.
import {
  boundImprovement,
  conservativeImprovement,
  evaluatePolicy,
  penalizedImprovement,
  RandomStream,
  randomPolicy,
  randomProcess,
} from 'wasm-trpo';

const random = new RandomStream(1);
const process = randomProcess(random, { states: 6, actions: 3, gamma: 0.8, branching: 3 });
const first = randomPolicy(random, process);
const returnOf = (policy) => evaluatePolicy(process, policy).expectedReturn;

console.log('Theorem 1: from one policy towards another, the return is never below the bound');
console.log('step    surrogate  true return  bound by total variation  bound by KL');
const other = randomPolicy(random, process);
for (const share of [0.001, 0.01, 0.1, 1]) {
  const policy = first.map((value, i) => value + share * (other[i] - value));
  const { surrogate, totalVariationBound, klBound } = boundImprovement(process, first, policy);
  const numbers = [surrogate, returnOf(policy), totalVariationBound, klBound];
  console.log(String(share).padEnd(5), ...numbers.map((value) => value.toFixed(6).padStart(12)));
}

for (const [name, improve] of [
  ['Algorithm 1', penalizedImprovement],
  ['conservative policy iteration', conservativeImprovement],
]) {
  console.log(`\n${name}: the return never falls, and never below what was promised`);
  console.log('iteration  promised  true return');
  let policy = first;
  for (let iteration = 1; iteration <= 1000; iteration++) {
    const step = improve(process, policy);
    policy = step.policy;
    if (![1, 10, 100, 1000].includes(iteration)) continue;
    const numbers = [step.promisedReturn, returnOf(policy)].map((value) => value.toFixed(6).padStart(10));
    console.log(String(iteration).padStart(9), ...numbers);
  }
}
console.log('\nSo small are the steps that the theory allows: TRPO constrains KL instead of penalising it.');
