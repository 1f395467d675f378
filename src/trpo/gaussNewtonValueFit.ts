import { Box } from '../environments/spaces.js';
import { distributionFor } from '../policy/distributionSpec.js';
import { PolicyNetwork } from '../policy/policyNetwork.js';
import type { ValueFitReport, ValueFunction, ValueRows } from '../value/valueFunction.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { Team } from '../wasm/team.js';
import { type ConjugateGradientReport, PolicyObjective } from './objective.js';

export interface GaussNewtonOptions {
  /** Most Gauss-Newton steps of one fit. */
  readonly steps: number;
  /** epsilon: largest mean squared change of V in a step, over 2 sigma^2. */
  readonly maxKl: number;
  /** Added to the diagonal of J^T J / (sigma^2 rows). */
  readonly damping: number;
  /** Conjugate gradient: stop when |residual| <= tolerance |gradient|. */
  readonly tolerance: number;
  /** Conjugate gradient: most products of one step. */
  readonly iterations: number;
  /** Each trial's step is this times the one before. */
  readonly backtrackFactor: number;
  /** Trials after the first. */
  readonly maxBacktracks: number;
}

/** A step that was made, or why none was. */
type StepOutcome = { readonly loss: number } | { readonly refusal: string };

/**
 * Fits V to returns by Gauss-Newton steps in a trust region (arXiv:1506.02438, section 5): V is the mean of a Gaussian
 * over returns whose deviation sigma is the root of the loss before the fit. Then
 *   mean KL(old || new) = mean (V_new - V_old)^2 / (2 sigma^2), and its Hessian J^T J / (sigma^2 rows) is the Gauss-Newton
 *   matrix of the squared error: that of a policy whose action is the return.
 * So gradient, products, conjugate gradient and KL are those of the policy update, with their threads. A step is
 * Newton's, shortened to KL = epsilon where it is longer, and made only if the loss falls. Nothing lives on from one fit
 * to the next but the value network itself.
 */
export class GaussNewtonValueFit {
  private readonly objective: PolicyObjective;
  private readonly weightsPointer: Pointer;

  private constructor(
    private readonly engine: Engine,
    private readonly value: ValueFunction,
    private readonly gaussian: PolicyNetwork,
    private readonly rows: ValueRows,
    team: Team,
  ) {
    const { arena } = engine;
    this.weightsPointer = arena.reserveFloat32('row weights', rows.rows);
    const batch = {
      rows: rows.rows,
      observations: rows.observations,
      actions: rows.returns,
      advantages: this.weightsPointer,
      logProbabilities: arena.reserveFloat32('log-probabilities', rows.rows),
    };
    this.objective = new PolicyObjective(engine, gaussian, batch, team);
  }

  /** Reserves its part of the arena. The team's scratch must serve the value network and two components. */
  static reserve(engine: Engine, value: ValueFunction, rows: ValueRows, team: Team): GaussNewtonValueFit {
    return engine.arena.reserveFor('Gauss-Newton value fit', () => {
      const gaussian = new PolicyNetwork(engine, value.network.spec, RETURN_DISTRIBUTION);
      return new GaussNewtonValueFit(engine, value, gaussian, rows, team);
    });
  }

  /** Regresses V on the batch's returns; a step that is refused ends the fit and leaves V as it was before that step. */
  fit(options: GaussNewtonOptions): ValueFitReport {
    const { arena } = this.engine;
    // every row counts the same: the gradient of mean ratio x 1 is that of the mean log-likelihood
    arena.float32(this.weightsPointer, this.rows.rows).fill(1);
    const lossBefore = this.value.loss();
    let loss = lossBefore;
    let steps = 0;
    while (steps < options.steps) {
      const outcome = this.step(loss, lossBefore, options);
      if ('refusal' in outcome) return { lossBefore, lossAfter: loss, steps, reason: outcome.refusal };
      loss = outcome.loss;
      steps++;
    }
    return { lossBefore, lossAfter: loss, steps, reason: 'fitted' };
  }

  private step(loss: number, variance: number, options: GaussNewtonOptions): StepOutcome {
    if (!Number.isFinite(loss)) return { refusal: 'non-finite loss' };
    if (loss === 0) return { refusal: 'zero loss' };
    const { objective } = this;
    this.linearize(variance);
    const solution = objective.solveDirection(options);
    const slope = objective.directionalDerivative();
    const obstacle = obstacleTo(solution, slope);
    if (obstacle !== undefined) return { refusal: obstacle };

    let scale = Math.min(1, Math.sqrt((2 * options.maxKl) / solution.quadraticForm));
    let refusal = '';
    for (let trial = 0; trial <= options.maxBacktracks; trial++) {
      const { meanKlOldNew } = objective.evaluateStep(scale);
      const newLoss = meanKlOldNew <= options.maxKl ? this.lossOfCandidate() : Number.NaN;
      if (newLoss < loss) return { loss: newLoss };
      if (!Number.isFinite(meanKlOldNew)) refusal = 'non-finite change of V';
      else refusal = meanKlOldNew > options.maxKl ? 'change of V above limit' : 'loss did not fall';
      scale *= options.backtrackFactor;
    }
    this.parameters.set(this.oldParameters);
    return { refusal };
  }

  /** Makes V the Gaussian's mean, theta_old, and computes the gradient there. */
  private linearize(variance: number): void {
    const { gaussian, objective } = this;
    const logStd = gaussian.layout.partNamed('logStd').paddedOffset;
    this.oldParameters.set(this.parameters);
    gaussian.paddedParameters[logStd] = Math.log(variance) / 2;
    objective.recomputeLogProbabilities();
    objective.computeGradient();
    // sigma stays; the metric couples it with nothing, so no direction moves it
    objective.gradient[logStd] = 0;
  }

  /** Leaves the candidate in the value network. */
  private lossOfCandidate(): number {
    this.parameters.set(this.objective.candidate.subarray(0, this.parameters.length));
    return this.value.loss();
  }

  private get parameters(): Float32Array {
    return this.value.network.paddedParameters;
  }

  /** The Gaussian's parameters without sigma: laid out as the value network's. */
  private get oldParameters(): Float32Array {
    return this.gaussian.paddedParameters.subarray(0, this.parameters.length);
  }
}

/** A return is one number, unbounded. */
const RETURN_DISTRIBUTION = distributionFor(new Box({ low: -Infinity, high: Infinity, size: 1 }));

function obstacleTo(
  { stopReason, quadraticForm }: ConjugateGradientReport,
  slope: number,
): string | undefined {
  if (stopReason === 'non-finite number') return 'non-finite direction';
  if (stopReason === 'non-positive curvature') return 'non-positive curvature';
  if (!Number.isFinite(quadraticForm) || !Number.isFinite(slope)) return 'non-finite direction';
  if (slope === 0) return 'zero gradient';
  if (quadraticForm <= 0 || slope < 0) return 'no direction of descent';
  return undefined;
}
