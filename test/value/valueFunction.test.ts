import { describe, expect, test } from 'vitest';
import { Discrete } from '../../src/environments/spaces.js';
import { networkSpec } from '../../src/network/networkSpec.js';
import { distributionFor } from '../../src/policy/distributionSpec.js';
import { PolicyNetwork } from '../../src/policy/policyNetwork.js';
import { Batch } from '../../src/rollout/batch.js';
import { ValueFunction } from '../../src/value/valueFunction.js';
import { ValueNetwork } from '../../src/value/valueNetwork.js';
import { ShardTeam } from '../../src/wasm/shardTeam.js';
import { relativeError } from '../kernels/support/closeness.js';
import { withStride } from '../kernels/support/numbers.js';
import { createAdamState, randomValueProblem, twinEpoch } from '../kernels/support/valueProblem.js';
import { engineOf, VARIANTS, type Variant } from '../kernels/support/wasm.js';
import { networkOf } from '../support/networks.js';
import { forward } from '../twins/mlp.js';
import { valueLossAndGradient } from '../twins/valueLoss.js';

const STEPS = 37;
const ENVIRONMENTS = 3;
const ROWS = STEPS * ENVIRONMENTS;
/** More than there are. */
const MOST_MINIBATCH_ROWS = 10_000;
const PROBLEM = randomValueProblem(ROWS, { inputSize: 5, hiddenSizes: [16, 9], activation: 'tanh' });

/** A value function on a batch that holds PROBLEM. */
function place(variant: Variant) {
  const engine = engineOf(variant);
  const { spec } = PROBLEM;
  const distribution = distributionFor(new Discrete(2));
  const policySpec = networkSpec([spec.inputSize], [], distribution.inputSize);
  const policy = new PolicyNetwork(engine, policySpec, distribution);
  const network = new ValueNetwork(engine, networkOf(spec));
  const batch = Batch.reserve(engine, policy, STEPS, ENVIRONMENTS);
  const team = new ShardTeam(engine, [network.scratchNeed]);
  const { layout } = batch;
  const value = new ValueFunction(engine, network, layout, team, MOST_MINIBATCH_ROWS);
  engine.arena.seal();
  const { observationStride } = layout;
  const observations = batch.view(layout.observations, ROWS * observationStride);
  observations.set(withStride(PROBLEM.observations, spec.inputSize, observationStride));
  batch.view(layout.returns).set(PROBLEM.targets);
  network.layout.pad(PROBLEM.parameters, value.state.parameters);
  const parameters = () =>
    network.layout.unpad(value.state.parameters, new Float64Array(network.layout.count));
  return { batch, value, parameters };
}

const OPTIONS = { epochs: 4, minibatchRows: 32, learningRate: 3e-3, seed: 8 };

describe.each(VARIANTS)('ValueFunction in %s', (variant) => {
  test('predicts what the twin predicts', () => {
    const { batch, value } = place(variant);
    value.predictBatch(batch.layout.values);
    const expected = forward(PROBLEM.spec, PROBLEM.parameters, PROBLEM.observations, ROWS);
    expect(relativeError(batch.view(batch.layout.values), expected)).toBeLessThanOrEqual(1e-6);
  });

  test('with the whole batch as a minibatch makes the steps of the twin', () => {
    const { value, parameters } = place(variant);
    const report = value.fit({ ...OPTIONS, epochs: 3, minibatchRows: MOST_MINIBATCH_ROWS });
    const expected = PROBLEM.parameters.slice();
    const state = createAdamState(expected.length);
    const order = Array.from({ length: ROWS }, (_, row) => row);
    const plan = { order, minibatchRows: ROWS, learningRate: OPTIONS.learningRate };
    for (let epoch = 0; epoch < 3; epoch++) twinEpoch(PROBLEM, expected, state, plan);
    const moved = (theta: Float64Array) => theta.map((x, i) => x - PROBLEM.parameters[i]);
    expect(relativeError(moved(parameters()), moved(expected))).toBeLessThanOrEqual(1e-4);
    const loss = (theta: Float64Array) =>
      valueLossAndGradient(PROBLEM.spec, theta, PROBLEM.observations, PROBLEM.targets).loss;
    expect(relativeError([report.lossBefore], [loss(PROBLEM.parameters)])).toBeLessThanOrEqual(1e-6);
    expect(relativeError([report.lossAfter], [loss(expected)])).toBeLessThanOrEqual(1e-5);
    expect(value.adamSteps).toBe(3);
  });

  test('lowers the loss, and counts epochs and Adam steps across fits', () => {
    const { value } = place(variant);
    const first = value.fit(OPTIONS);
    expect(first.lossAfter).toBeLessThan(first.lossBefore);
    const second = value.fit(OPTIONS);
    expect(second.lossBefore).toBe(first.lossAfter);
    expect(second.lossAfter).toBeLessThan(second.lossBefore);
    expect(value.epochs).toBe(8);
    expect(value.adamSteps).toBe(8 * Math.ceil(ROWS / 32));
  });

  test('goes on from its state to the bit', () => {
    const whole = place(variant);
    whole.value.fit(OPTIONS);
    whole.value.fit(OPTIONS);
    const before = place(variant);
    before.value.fit(OPTIONS);
    const after = place(variant);
    after.value.state.parameters.set(before.value.state.parameters);
    after.value.state.firstMoment.set(before.value.state.firstMoment);
    after.value.state.secondMoment.set(before.value.state.secondMoment);
    after.value.adamSteps = before.value.adamSteps;
    after.value.epochs = before.value.epochs;
    after.value.fit(OPTIONS);
    expect(after.parameters()).toEqual(whole.parameters());
  });

  test('another seed visits the rows in another order', () => {
    const [first, second] = [1, 2].map((seed) => {
      const { value, parameters } = place(variant);
      value.fit({ ...OPTIONS, seed });
      return parameters();
    });
    expect(first).not.toEqual(second);
  });
});
