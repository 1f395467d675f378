import { describe, expect, test } from 'vitest';
import { type GaussNewtonOptions, GaussNewtonValueFit } from '../../src/trpo/gaussNewtonValueFit.js';
import { Trainer } from '../../src/trpo/train.js';
import { ValueFunction } from '../../src/value/valueFunction.js';
import { ValueNetwork } from '../../src/value/valueNetwork.js';
import { Team } from '../../src/wasm/team.js';
import { relativeError } from '../kernels/support/closeness.js';
import { ROW_COUNTS, withStride } from '../kernels/support/numbers.js';
import { randomValueProblem, type ValueProblem } from '../kernels/support/valueProblem.js';
import { engineOf, VARIANTS, type Variant } from '../kernels/support/wasm.js';
import { gaussNewtonStep } from '../reference/gaussNewton.js';
import { forward } from '../reference/mlp.js';
import { valueLossAndGradient } from '../reference/valueLoss.js';
import { testRuntime } from '../support/runtime.js';

const SHAPE = { inputSize: 5, hiddenSizes: [17, 9], activation: 'tanh' as const };
const ROWS = 197;
const WIDE = 1e6;
const OPTIONS: GaussNewtonOptions = {
  steps: 1,
  maxKl: WIDE,
  damping: 0.03,
  tolerance: 0,
  iterations: 10,
  backtrackFactor: 0.8,
  maxBacktracks: 10,
};

/** A value function and its Gauss-Newton fit on a batch that holds `problem`. */
function place(variant: Variant, problem: ValueProblem) {
  const engine = engineOf(variant);
  const { arena } = engine;
  const { spec, rows } = problem;
  const network = new ValueNetwork(engine, spec);
  const team = new Team(engine, [{ ...network.scratchNeed, components: 2 }]);
  const stride = Math.ceil(spec.inputSize / 4) * 4;
  const batch = {
    rows,
    observations: arena.reserveFloat32('observations', rows * stride),
    returns: arena.reserveFloat32('returns', rows),
  };
  const value = new ValueFunction(engine, network, batch, team, rows);
  const fit = GaussNewtonValueFit.reserve(engine, value, batch, team);
  arena.seal();
  arena
    .float32(batch.observations, rows * stride)
    .set(withStride(problem.observations, spec.inputSize, stride));
  arena.float32(batch.returns, rows).set(problem.targets);
  network.layout.pad(problem.parameters, value.state.parameters);
  const parameters = () =>
    network.layout.unpad(value.state.parameters, new Float64Array(network.layout.count));
  return { fit, parameters, padded: value.state.parameters };
}

function lossOf({ spec, observations, targets }: ValueProblem, theta: Float64Array): number {
  return valueLossAndGradient(spec, theta, observations, targets).loss;
}

/** Mean squared change of V over 2 sigma^2, sigma^2 the loss before. */
function changeOf(problem: ValueProblem, theta: Float64Array): number {
  const { spec, observations, rows } = problem;
  const before = forward(spec, problem.parameters, observations, rows);
  const after = forward(spec, theta, observations, rows);
  const squares = after.reduce((sum, value, row) => sum + (value - before[row]) ** 2, 0);
  return squares / rows / (2 * lossOf(problem, problem.parameters));
}

describe.each(VARIANTS)('the Gauss-Newton value fit in %s', (variant) => {
  test.each(ROW_COUNTS)('makes the step of the float64 twin on %i rows', (rows) => {
    const problem = randomValueProblem(rows, SHAPE);
    const variance = lossOf(problem, problem.parameters);
    // few rows span few directions: more products than that chase rounding
    const iterations = Math.min(rows, 6);
    const solve = { variance, damping: OPTIONS.damping, maxIterations: iterations };
    const { direction, quadraticForm } = gaussNewtonStep(problem.spec, problem.parameters, problem, solve);
    for (const maxKl of [1e-3, WIDE]) {
      const { fit, parameters } = place(variant, problem);
      const report = fit.fit({ ...OPTIONS, maxKl, iterations, maxBacktracks: 100 });
      expect(report).toMatchObject({ steps: 1, reason: 'fitted' });
      const moved = parameters().map((x, i) => x - problem.parameters[i]);
      // the search may have shortened the step, by a whole number of factors
      const first = Math.min(1, Math.sqrt((2 * maxKl) / quadraticForm));
      const along = moved.reduce((sum, x, i) => sum + x * direction[i], 0) / norm(direction) ** 2;
      const backtracks = Math.log(along / first) / Math.log(OPTIONS.backtrackFactor);
      expect(Math.abs(backtracks - Math.round(backtracks))).toBeLessThanOrEqual(1e-2);
      expect(
        relativeError(
          moved,
          direction.map((x) => along * x),
        ),
      ).toBeLessThanOrEqual(1e-3);
      expect(relativeError([report.lossBefore], [variance])).toBeLessThanOrEqual(1e-6);
      expect(relativeError([report.lossAfter], [lossOf(problem, parameters())])).toBeLessThanOrEqual(1e-5);
      expect(report.lossAfter).toBeLessThan(report.lossBefore);
    }
  });

  test('solves a linear regression in one step', () => {
    const problem = randomValueProblem(ROWS, { ...SHAPE, hiddenSizes: [] });
    const { fit, parameters } = place(variant, problem);
    fit.fit({ ...OPTIONS, damping: 0, iterations: 30, tolerance: 1e-7 });
    const { gradient } = valueLossAndGradient(
      problem.spec,
      parameters(),
      problem.observations,
      problem.targets,
    );
    expect(norm(gradient)).toBeLessThanOrEqual(1e-5);
  });

  test.each([1e-4, 1e-2])('changes V by no more than the trust region %f, and nearly as much', (maxKl) => {
    const problem = randomValueProblem(ROWS, SHAPE);
    const { fit, parameters } = place(variant, problem);
    expect(fit.fit({ ...OPTIONS, maxKl }).reason).toBe('fitted');
    const change = changeOf(problem, parameters());
    expect(change).toBeLessThanOrEqual(maxKl * (1 + 1e-4));
    // a backtrack takes 0.64 of it; damping, which the change does not count, some more
    expect(change).toBeGreaterThan(maxKl / 3);
  });

  test('makes several steps, and repeats itself to the bit', () => {
    const problem = randomValueProblem(ROWS, SHAPE);
    const whole = place(variant, problem);
    const report = whole.fit.fit({ ...OPTIONS, steps: 3 });
    expect(report.steps).toBe(3);
    expect(report.lossAfter).toBeLessThan(0.9 * report.lossBefore);
    const again = place(variant, problem);
    expect(again.fit.fit({ ...OPTIONS, steps: 3 })).toEqual(report);
    expect(again.parameters()).toEqual(whole.parameters());
  });

  test.each(['relu', 'leakyRelu', 'elu', 'silu'] as const)('lowers the loss with %s', (activation) => {
    const { fit } = place(variant, randomValueProblem(ROWS, { ...SHAPE, activation }));
    const { lossBefore, lossAfter, steps } = fit.fit({ ...OPTIONS, steps: 4, maxKl: 0.1 });
    expect(steps).toBe(4);
    expect(lossAfter).toBeLessThan(0.9 * lossBefore);
  });

  test('ends at the minimum with V as the last step left it, and padding at 0', () => {
    const problem = randomValueProblem(ROWS, { ...SHAPE, hiddenSizes: [] });
    const { fit, parameters, padded } = place(variant, problem);
    const report = fit.fit({ ...OPTIONS, damping: 0, steps: 50 });
    expect(report.steps).toBeLessThan(50);
    expect(['loss did not fall', 'zero gradient']).toContain(report.reason);
    expect(relativeError([lossOf(problem, parameters())], [report.lossAfter])).toBeLessThanOrEqual(1e-6);
    const used = parameters().reduce((sum, x) => sum + Math.abs(x), 0);
    const all = padded.reduce((sum, x) => sum + Math.abs(x), 0);
    expect(all).toBeCloseTo(used, 8);
  });

  test.each<[string, string, Partial<GaussNewtonOptions>, (problem: ValueProblem) => void]>([
    ['a return that is NaN', 'non-finite loss', {}, ({ targets }) => targets.fill(Number.NaN, 3, 4)],
    ['a return that is infinite', 'non-finite loss', {}, ({ targets }) => targets.fill(Infinity, 3, 4)],
    ['a matrix that is not positive', 'non-positive curvature', { damping: -1e4 }, () => {}],
    ['damping that is not a number', 'non-finite direction', { damping: Number.NaN }, () => {}],
    ['returns that V meets', 'zero loss', {}, meet],
  ])('%s leaves V as it was: %s', (_, reason, options, spoil) => {
    const problem = randomValueProblem(ROWS, SHAPE);
    spoil(problem);
    const { fit, parameters } = place(variant, problem);
    expect(fit.fit({ ...OPTIONS, ...options, steps: 3 })).toMatchObject({ steps: 0, reason });
    expect(parameters()).toEqual(problem.parameters);
  });

  test.each([
    [1e3, 'change of V above limit'],
    [1e30, 'loss did not fall'],
  ])('a trial refused under the limit %d leaves V as it was: %s', (maxKl, reason) => {
    // the layers' changes multiply: over so long a step, V moves by far more than its tangent says
    const problem = randomValueProblem(1, { ...SHAPE, activation: 'silu' });
    problem.targets.fill(1e4);
    const { fit, parameters } = place(variant, problem);
    const report = fit.fit({ ...OPTIONS, maxKl, damping: 0, iterations: 1, maxBacktracks: 0 });
    expect(report).toMatchObject({ steps: 0, reason });
    expect(report.lossAfter).toBe(report.lossBefore);
    expect(parameters()).toEqual(problem.parameters);
  });
});

test('the optimizer is chosen by an option, which alone takes the memory', async () => {
  const options = { environment: 'CartPole-v1', steps: 64, timesteps: 128, valueSteps: 3 } as const;
  const names = (trainer: Trainer) => trainer.memory.reservations.map(({ name }) => name);
  const gaussNewton = new Trainer(testRuntime(), { ...options, valueOptimizer: 'gaussNewton' });
  const adam = new Trainer(testRuntime(), { ...options, valueOptimizer: 'adam' });
  const own = (trainer: Trainer) =>
    names(trainer).filter((name) => name.startsWith('Gauss-Newton value fit: '));
  expect(own(gaussNewton).length).toBeGreaterThan(10);
  expect(own(adam)).toEqual([]);
  for await (const { row } of gaussNewton.iterations()) {
    expect(row['train/value_fit_steps']).toBe(3);
    expect(row['train/value_loss']).toBeLessThan(row['train/value_loss_before'] as number);
  }
});

/** Makes the returns what V predicts: 0, from weights of 0. */
function meet({ parameters, targets }: ValueProblem): void {
  parameters.fill(0);
  targets.fill(0);
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}
