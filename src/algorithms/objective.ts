import { OptionError } from '../errors.js';
import type { PolicyNetwork } from '../policy/policyNetwork.js';
import type { PolicyRows } from '../policy/policyRows.js';
import { NULL_POINTER, type Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { ShardTeam } from '../wasm/shardTeam.js';
import { FisherRows, spreadRows } from './fisherRows.js';
import { placePolicyBatch } from './policyBatch.js';
import { sensitivitiesPay } from './sensitivitiesPay.js';

/** In the order of the reasons in assembly/update/conjugateGradient.ts. */
export const CONJUGATE_GRADIENT_STOPS = [
  'tolerance reached',
  'iteration limit',
  'non-positive curvature',
  'non-finite number',
  'preconditioner not positive definite',
] as const;

export interface ConjugateGradientOptions {
  /** Added to the Fisher matrix's diagonal. */
  readonly damping: number;
  /** Stop when |residual| <= tolerance |gradient|. */
  readonly tolerance: number;
  /** Most Fisher-vector products. */
  readonly iterations: number;
}

export interface ConjugateGradientReport {
  /** What was added to the diagonal. */
  readonly damping: number;
  /** How often the damping was raised for a curvature that was not positive. */
  readonly dampingRetries: number;
  readonly iterations: number;
  readonly stopReason: (typeof CONJUGATE_GRADIENT_STOPS)[number];
  /** |gradient - (F + damping I) x| / |gradient| */
  readonly relativeResidual: number;
  /** x^T (F + damping I) x */
  readonly quadraticForm: number;
  /** Smallest curvature p^T (F + damping I) p / p^T p met; infinity when no product was made. */
  readonly smallestCurvature: number;
}

/** How other parameters do on the batch that theta_old made. */
export interface Evaluation {
  /** Mean of ratio x advantage. */
  readonly surrogate: number;
  readonly meanKlOldNew: number;
  readonly largestKlOldNew: number;
}

export const FISHER_KINDS = ['analytic', 'empirical'] as const;

/** How an objective's products and systems are computed. */
export interface ObjectiveSettings {
  /** Which of two ways the Fisher-vector products take; their results differ by rounding. Default: the faster one. */
  readonly keepSensitivities?: boolean;
  /** Rows of the batch whose Fisher matrix preconditions conjugate gradient; 0, the default, for none. */
  readonly preconditionerRows?: number;
  /** Whether F is the expectation of score score^T over actions, or its mean over those taken. Default: analytic. */
  readonly fisher?: (typeof FISHER_KINDS)[number];
  /** Part of the rows that F is made from. Default 1. */
  readonly fisherFraction?: number;
}

/**
 * The constrained problem of one TRPO update: maximise the surrogate L(theta) subject to mean KL(old || new) <= delta.
 * theta_old is the policy's parameter vector, which stays as it is until `adoptCandidate`.
 * Vectors are the engine's: padded, float64 for gradient and direction, float32 for parameters.
 */
export class PolicyObjective {
  /** The kernels' descriptor of the batch. */
  readonly batchPointer: Pointer;
  readonly gradientPointer: Pointer;
  readonly directionPointer: Pointer;
  /** Kept sensitivities of a row to each hidden layer but the last; 0 where products go through the weights. */
  readonly sensitivityPlanes: number;
  private readonly productPointer: Pointer;
  private readonly vectorsPointer: Pointer;
  private readonly reportPointer: Pointer;
  private readonly candidatePointer: Pointer;
  private readonly preconditionerPointer: Pointer;
  /** The kernels' descriptor of the rows of Fisher-vector products, whose activations are kept. */
  readonly fisherPointer: Pointer;
  /** Those rows where they are not all. */
  private readonly fisherRows?: FisherRows;

  constructor(
    private readonly engine: Engine,
    readonly policy: PolicyNetwork,
    private readonly batch: PolicyRows,
    readonly team: ShardTeam,
    {
      keepSensitivities,
      preconditionerRows = 0,
      fisher = 'analytic',
      fisherFraction = 1,
    }: ObjectiveSettings = {},
  ) {
    const { arena, kernels } = engine;
    const { rows } = batch;
    const count = policy.layout.paddedCount;
    const fisherCount = Math.ceil(fisherFraction * rows);
    const planes = kernels.differingInputs(policy.pointers.distribution);
    const keeps = keepSensitivities ?? sensitivitiesPay(policy.spec, fisherCount, planes);
    const { network, distribution } = policy.pointers;
    this.sensitivityPlanes =
      keeps && kernels.networkSensitivityFloats(network, distribution) > 0 ? planes : 0;
    this.gradientPointer = arena.reserveFloat64('surrogate gradient', count);
    this.directionPointer = arena.reserveFloat64('search direction', count);
    this.productPointer = arena.reserveFloat64('Fisher-vector product', count);
    const vectors = preconditionerRows > 0 ? 4 : 3;
    this.vectorsPointer = arena.reserveFloat64('conjugate gradient vectors', vectors * count);
    this.reportPointer = arena.reserveBytes(
      'conjugate gradient report',
      kernels.conjugateGradientReportBytes(),
    );
    this.candidatePointer = arena.reserveFloat32('candidate parameters', count);
    const usesAllRows = fisherCount === rows;
    this.batchPointer = placePolicyBatch(engine, policy, batch, team, {
      keepActivations: usesAllRows,
      keepSensitivities: keeps && usesAllRows,
    });
    this.fisherRows = usesAllRows
      ? undefined
      : arena.reserveFor(
          'Fisher rows',
          () => new FisherRows(engine, policy, batch, team, { count: fisherCount, keepSensitivities: keeps }),
        );
    this.fisherPointer = this.fisherRows?.pointer ?? this.batchPointer;
    if (fisher === 'empirical') kernels.useEmpiricalFisher(this.fisherPointer);
    this.preconditionerPointer =
      preconditionerRows > 0
        ? this.reservePreconditioner(Math.min(preconditionerRows, fisherCount), fisherCount)
        : NULL_POINTER;
  }

  /** Computes the gradient of L at theta_old, and keeps what the products and evaluations below need. */
  computeGradient(): { surrogate: number; entropy: number; largestRatioError: number } {
    const { kernels } = this.engine;
    kernels.surrogateGradient(this.batchPointer, this.gradientPointer);
    this.fisherRows?.linearize(this.productPointer);
    return {
      surrogate: kernels.meanSurrogate(this.batchPointer),
      entropy: kernels.meanEntropy(this.batchPointer),
      largestRatioError: kernels.largestRatioError(this.batchPointer),
    };
  }

  /** direction = (F + damping I)^-1 gradient, as near as conjugate gradient comes. */
  solveDirection(options: ConjugateGradientOptions): ConjugateGradientReport {
    const { kernels } = this.engine;
    if (this.preconditionerPointer !== NULL_POINTER) {
      kernels.computePreconditioner(this.preconditionerPointer, options.damping);
    }
    kernels.conjugateGradient(
      this.fisherPointer,
      this.preconditionerPointer,
      this.directionPointer,
      this.gradientPointer,
      options.damping,
      options.tolerance,
      options.iterations,
      this.vectorsPointer,
      this.reportPointer,
    );
    return {
      damping: options.damping,
      dampingRetries: 0,
      iterations: kernels.conjugateGradientIterations(this.reportPointer),
      stopReason: CONJUGATE_GRADIENT_STOPS[kernels.conjugateGradientStopReason(this.reportPointer)],
      relativeResidual: kernels.conjugateGradientRelativeResidual(this.reportPointer),
      quadraticForm: kernels.conjugateGradientQuadraticForm(this.reportPointer),
      smallestCurvature: kernels.conjugateGradientSmallestCurvature(this.reportPointer),
    };
  }

  /** product = (F + damping I) direction, of the vectors at these two live views. */
  applyFisher(damping: number): void {
    this.engine.kernels.fisherVectorProduct(
      this.fisherPointer,
      this.productPointer,
      this.directionPointer,
      damping,
    );
  }

  /** direction = gradient. */
  directAlongGradient(): void {
    this.direction.set(this.gradient);
  }

  /** |direction|, the Euclidean norm. */
  directionLength(): number {
    const { kernels } = this.engine;
    const count = this.policy.layout.paddedCount;
    return Math.sqrt(kernels.dot(this.directionPointer, this.directionPointer, count));
  }

  /** gradient . direction: by how much a unit step raises L to first order. */
  directionalDerivative(): number {
    const { kernels } = this.engine;
    return kernels.dot(this.gradientPointer, this.directionPointer, this.policy.layout.paddedCount);
  }

  /** candidate = theta_old + scale x direction, and how it does. */
  evaluateStep(scale: number): Evaluation {
    this.engine.kernels.stepAlong(
      this.candidatePointer,
      this.policy.pointers.parameters,
      scale,
      this.directionPointer,
      this.policy.layout.paddedCount,
    );
    return this.evaluateCandidate();
  }

  /** How the candidate does on the batch. */
  evaluateCandidate(): Evaluation {
    const { kernels } = this.engine;
    kernels.evaluatePolicy(this.batchPointer, this.candidatePointer);
    return {
      surrogate: kernels.meanSurrogate(this.batchPointer),
      meanKlOldNew: kernels.meanKlOldNew(this.batchPointer),
      largestKlOldNew: kernels.largestKlOldNew(this.batchPointer),
    };
  }

  candidateIsFinite(): boolean {
    return this.engine.kernels.allFinite(this.candidatePointer, this.policy.layout.paddedCount) !== 0;
  }

  /** Makes the candidate the policy. */
  adoptCandidate(): void {
    this.policy.setPaddedParameters(this.candidate);
  }

  /** Writes the log-probabilities of the batch's actions under the policy's parameters into the batch. */
  recomputeLogProbabilities(): void {
    this.engine.kernels.logProbabilitiesUnder(
      this.batchPointer,
      this.policy.pointers.parameters,
      this.batch.logProbabilities,
    );
  }

  get candidate(): Float32Array {
    return this.engine.arena.float32(this.candidatePointer, this.policy.layout.paddedCount);
  }

  get gradient(): Float64Array {
    return this.engine.arena.float64(this.gradientPointer, this.policy.layout.paddedCount);
  }

  get direction(): Float64Array {
    return this.engine.arena.float64(this.directionPointer, this.policy.layout.paddedCount);
  }

  get product(): Float64Array {
    return this.engine.arena.float64(this.productPointer, this.policy.layout.paddedCount);
  }

  /** A preconditioner from `rows` of the `fisherCount` rows of Fisher-vector products. */
  private reservePreconditioner(rows: number, fisherCount: number): Pointer {
    if (this.policy.spec.layers.some(({ kind }) => kind !== 'dense')) {
      throw new OptionError(
        `Option cgPreconditionerRows = ${rows}: a row of the Fisher matrix of a convolution is no outer product, which the preconditioner needs; give 0`,
      );
    }
    const { arena, kernels } = this.engine;
    const { network, distribution } = this.policy.pointers;
    const size = kernels.preconditionerSize(distribution, rows);
    const evenSize = size + (size % 2);
    const pointer = arena.reserveBytes('preconditioner descriptor', kernels.preconditionerBytes());
    kernels.describePreconditioner(
      pointer,
      this.fisherPointer,
      rows,
      arena.reserveBytes('preconditioner sample', 4 * rows),
      arena.reserveFloat32('preconditioner inputs', kernels.preconditionerInputFloats(network, rows)),
      arena.reserveFloat32(
        'preconditioner factors',
        kernels.preconditionerFactorFloats(network, distribution, rows),
      ),
      arena.reserveFloat64('preconditioner matrix', size * evenSize),
      arena.reserveFloat64('preconditioner coefficients', evenSize),
    );
    spreadRows(fisherCount, rows).forEach((row, index) => {
      kernels.setSampledRow(pointer, index, row);
    });
    return pointer;
  }
}
