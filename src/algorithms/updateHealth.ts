import type { PolicyNetwork } from '../policy/policyNetwork.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { PolicyAlgorithm, PolicyUpdateReport } from './algorithm.js';

/** A unit whose slope activation'(z) stays below this on every row of a batch passes hardly any gradient. */
const LEAST_SLOPE = 0.05;

/** How sound an update of the policy was, beside what the update itself reports. */
export interface UpdateFigures {
  /** |g|, Euclidean. */
  readonly gradientNorm: number;
  /** |theta_new - theta_old|, Euclidean; 0 when the step was refused. */
  readonly stepNorm: number;
  /**
   * mean KL(old || new) over s^2 x^T F x / 2, what the quadratic model says of the step s x; 1 where the model holds. null
   * without a step along the conjugate-gradient solution.
   */
  readonly klModelRatio: number | null;
  /** Mean entropy of pi_new minus that of pi_old, on the batch's states; 0 when the step was refused. */
  readonly entropyChange: number;
  /** Of each hidden layer. */
  readonly inactive: readonly InactiveShare[];
}

/** What no gradient passes in a hidden layer: ReLUs never active, tanhs always saturated. */
export interface InactiveShare {
  /** A filter of a convolution is inactive when it is so at every position. */
  readonly of: 'units' | 'filters';
  readonly share: number;
}

/** An update with figures of its health. */
export interface MeasuredUpdateReport extends PolicyUpdateReport {
  readonly figures: UpdateFigures;
}

/** Reads those figures off what an algorithm's updates leave behind. */
export class UpdateHealth {
  private readonly slopesPointer: Pointer;
  private readonly oldParametersPointer: Pointer;

  /** Reserves its part of the arena. */
  constructor(
    private readonly engine: Engine,
    private readonly algorithm: Pick<PolicyAlgorithm, 'objective' | 'followsSolution'>,
    rows: number,
  ) {
    const { arena, kernels } = engine;
    const { pointers, layout } = this.policy;
    const hiddenFloats = kernels.networkHiddenFloats(pointers.network);
    this.slopesPointer = arena.reserveFloat32(
      'slopes of hidden units',
      kernels.shardCountFor(rows) * hiddenFloats,
    );
    this.oldParametersPointer = arena.reserveFloat32('parameters before the update', layout.paddedCount);
  }

  /** Makes an update and measures it. */
  observe(update: () => PolicyUpdateReport): MeasuredUpdateReport {
    const { arena } = this.engine;
    const { paddedParameters, layout } = this.policy;
    arena.float32(this.oldParametersPointer, layout.paddedCount).set(paddedParameters);
    const report = update();
    return { ...report, figures: this.measure(report) };
  }

  private measure({ step, entropy, conjugateGradient }: PolicyUpdateReport): UpdateFigures {
    const { kernels } = this.engine;
    const { pointers, layout } = this.policy;
    const { batchPointer, gradientPointer } = this.algorithm.objective;
    const count = layout.paddedCount;
    const stepNorm = kernels.distanceBetween(pointers.parameters, this.oldParametersPointer, count);
    let klModelRatio: number | null = null;
    if (step.accepted && conjugateGradient !== null && this.algorithm.followsSolution) {
      const { quadraticForm, damping } = conjugateGradient;
      const modelKl = (step.stepScale ** 2 * quadraticForm - damping * stepNorm ** 2) / 2;
      klModelRatio = step.meanKlOldNew / modelKl;
    }
    return {
      gradientNorm: Math.sqrt(kernels.dot(gradientPointer, gradientPointer, count)),
      stepNorm,
      klModelRatio,
      entropyChange: step.accepted ? kernels.meanNewEntropy(batchPointer) - entropy : 0,
      inactive: this.inactiveShares(),
    };
  }

  private inactiveShares(): InactiveShare[] {
    const { kernels } = this.engine;
    const { network } = this.policy.pointers;
    kernels.largestUnitSlopes(this.algorithm.objective.fisherPointer, this.slopesPointer);
    return this.policy.spec.layers.slice(0, -1).map(({ kind }, layer) => ({
      of: kind === 'conv2d' ? 'filters' : 'units',
      share: kernels.inactiveShare(network, this.slopesPointer, layer, LEAST_SLOPE),
    }));
  }

  private get policy(): PolicyNetwork {
    return this.algorithm.objective.policy;
  }
}
