import type { DistributionSpec as PolicyDistribution } from '../../src/policy/distributionSpec.js';
import { mlpOf } from '../../test/support/networks.js';
import { adamStep, createAdamState, valueLossAndGradient } from '../../test/twins/adam.js';
import type { DistributionSpec } from '../../test/twins/distributions.js';
import {
  type Batch,
  fisherOperator,
  meanKlOldNew,
  type Policy,
  surrogate,
  surrogateGradient,
} from '../../test/twins/policyMath.js';
import { randomVector } from '../../test/twins/support/random.js';
import { DAMPING, Problem, unpaddedObservations } from './problem.js';
import type { Workload } from './workloads.js';

/** Largest |kernel - twin| / |twin|, Euclidean norms: float32 sums over a batch. */
const VECTOR_TOLERANCE = 2e-5;
/** Of scalars of an accepted step. */
const STEP_TOLERANCE = 1e-3;
/** Float32 products let conjugate gradient's true residual drift from the recurrence by this much of |g|. */
const RESIDUAL_TOLERANCE = 1e-4;
/** Adam divides by the gradient's size, so that tiny components of it count as much as large ones. */
const ADAM_TOLERANCE = 1e-3;
const FULL_BATCH_EPOCHS = 3;

/**
 * Compares every result that the benchmark times with the float64 twin, on workload.verifiedRows rows of the
 * same policy. Throws with the name of the first wrong result: nothing wrong is ever timed.
 */
export function verifyWorkload(module: WebAssembly.Module, workload: Workload): void {
  const problem = new Problem(module, workload, workload.verifiedRows);
  const twin = new PolicyTwin(problem);
  const check = (what: string, error: number, tolerance: number) =>
    requireBelow(`${workload.name}: ${what}`, error, tolerance);

  problem.computeGradient();
  check('surrogate gradient', relativeError(twin.kernelGradient(), twin.gradient()), VECTOR_TOLERANCE);
  const probe = randomVector(twin.theta.length, 3);
  check(
    'Fisher-vector product',
    relativeError(twin.kernelFisher(probe), twin.applyFisher(probe)),
    VECTOR_TOLERANCE,
  );

  const { solution, step, surrogateOld } = problem.updatePolicy();
  if (!step.accepted) throw new Error(`${workload.name}: the line search ended with "${step.reason}"`);
  const residual = twin.relativeResidual(twin.kernelDirection());
  check('conjugate gradient residual', Math.abs(residual - solution.relativeResidual), RESIDUAL_TOLERANCE);
  const reached = twin.compare(twin.kernelCandidate());
  check('mean KL', Math.abs(step.meanKlOldNew / reached.meanKlOldNew - 1), STEP_TOLERANCE);
  const improvement = reached.surrogate - surrogateOld;
  check('surrogate improvement', Math.abs(step.improvement / improvement - 1), STEP_TOLERANCE);

  verifyValueFit(problem, check);
}

/** Full-batch epochs equal the twin's Adam steps; after an epoch of minibatches the loss is the twin's. */
function verifyValueFit(
  problem: Problem,
  check: (what: string, error: number, tolerance: number) => void,
): void {
  const { value, rows } = problem;
  const spec = mlpOf(value.network.spec);
  const observations = unpaddedObservations(problem);
  const targets = Float64Array.from(problem.batch.view(problem.batch.layout.returns));
  const kernelParameters = () =>
    value.network.layout.unpad(value.state.parameters, new Float64Array(value.network.layout.count));

  problem.resetValue();
  const initial = kernelParameters();
  problem.fitValue(FULL_BATCH_EPOCHS, rows);
  const expected = initial.slice();
  const adam = createAdamState(expected.length);
  for (let step = 0; step < FULL_BATCH_EPOCHS; step++) {
    const { gradient } = valueLossAndGradient(spec, expected, observations, targets);
    adamStep(adam, expected, gradient, problem.valueLearningRate);
  }
  const moved = (parameters: Float64Array) => parameters.map((x, i) => x - initial[i]);
  check('value fit, full batch', relativeError(moved(kernelParameters()), moved(expected)), ADAM_TOLERANCE);

  problem.resetValue();
  const report = problem.fitValue(1);
  const { loss } = valueLossAndGradient(spec, kernelParameters(), observations, targets);
  check('value loss', Math.abs(report.lossAfter / loss - 1), VECTOR_TOLERANCE);
  if (!(report.lossAfter < report.lossBefore)) throw new Error('value fit: an epoch did not lower the loss');
}

/** The float64 twin of a problem's policy update, and the kernels' vectors in the twin's unpadded order. */
class PolicyTwin {
  readonly theta: Float64Array;
  readonly applyFisher: (vector: Float64Array) => Float64Array;
  private readonly policy: Policy;
  private readonly batch: Batch;

  constructor(private readonly problem: Problem) {
    const { policy, batch } = problem;
    const { layout } = batch;
    this.policy = { network: mlpOf(policy.spec), distribution: twinDistribution(policy.distribution) };
    this.theta = Float64Array.from(policy.getParameters());
    this.batch = {
      observations: unpaddedObservations(problem),
      actions: Float64Array.from(batch.view(layout.actions, layout.rows * layout.actionSize)),
      advantages: Float64Array.from(batch.view(layout.advantages)),
    };
    this.applyFisher = fisherOperator(this.policy, this.theta, this.batch.observations, DAMPING);
  }

  gradient(): Float64Array {
    return surrogateGradient(this.policy, this.theta, this.batch);
  }

  /** |g - (F + damping I) x| / |g| */
  relativeResidual(x: Float64Array): number {
    return relativeError(this.applyFisher(x), this.kernelGradient());
  }

  compare(thetaNew: Float64Array): { meanKlOldNew: number; surrogate: number } {
    const thetas = { thetaOld: this.theta, thetaNew };
    return {
      meanKlOldNew: meanKlOldNew(this.policy, thetas, this.batch.observations),
      surrogate: surrogate(this.policy, thetas, this.batch),
    };
  }

  kernelGradient(): Float64Array {
    return this.unpadded(this.problem.objective.gradient);
  }

  kernelDirection(): Float64Array {
    return this.unpadded(this.problem.objective.direction);
  }

  kernelCandidate(): Float64Array {
    return this.unpadded(this.problem.objective.candidate);
  }

  kernelFisher(vector: Float64Array): Float64Array {
    const { objective, policy } = this.problem;
    policy.layout.pad(vector, objective.direction);
    objective.applyFisher(DAMPING);
    return this.unpadded(objective.product);
  }

  private unpadded(padded: ArrayLike<number>): Float64Array {
    const { layout } = this.problem.policy;
    return layout.unpad(padded, new Float64Array(layout.count));
  }
}

function twinDistribution({ kind, actionSize, choiceCounts }: PolicyDistribution): DistributionSpec {
  return kind === 'categorical'
    ? { kind: 'multiCategorical', actionCounts: [...choiceCounts] }
    : { kind, actionSize };
}

/** |actual - expected| / |expected|, Euclidean norms. */
function relativeError(actual: Float64Array, expected: Float64Array): number {
  const difference = actual.map((x, i) => x - expected[i]);
  return norm(difference) / norm(expected);
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}

function requireBelow(what: string, error: number, tolerance: number): void {
  // written so that NaN fails too
  if (!(error <= tolerance)) {
    throw new Error(`${what} is wrong: error ${error.toExponential(2)}, tolerance ${tolerance}; not timed`);
  }
}
