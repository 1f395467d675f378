import { seedKey } from '../random/philox.js';
import type { PolicyUpdateReport } from '../training/progressRow.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { type MinibatchPointers, placeMinibatches } from '../wasm/minibatches.js';
import type { PolicyObjective } from './objective.js';
import { stepWithoutSearch } from './step.js';

export interface ClippedSurrogateOptions {
  /** Passes over the batch. */
  readonly epochs: number;
  /** Rows of one Adam step. */
  readonly minibatchRows: number;
  readonly learningRate: number;
  /** epsilon: ratios beyond 1 +- epsilon earn nothing more. */
  readonly clip: number;
  readonly seed: number;
}

/** What the next update depends on besides the parameters. */
export interface AdamProgress {
  /** Adam steps so far. */
  readonly steps: number;
  /** Epochs so far; each draws its order of rows from a stream of its own. */
  readonly epochs: number;
  /** Unpadded, as the policy's parameters. */
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/**
 * Proximal policy optimization's update (arXiv:1707.06347): minibatch Adam up the clipped surrogate
 *   L(theta) = mean min(r A, clip(r, 1 - epsilon, 1 + epsilon) A),  r = pi_theta(a|s) / pi_old(a|s),
 * on a copy of the parameters. Adam's moments live on across updates.
 */
export class ClippedSurrogateAscent {
  private steps = 0;
  private epochs = 0;
  private readonly ascentPointer: Pointer;
  private readonly parametersPointer: Pointer;
  private readonly minibatches: MinibatchPointers;

  /** Reserves its part of the arena. */
  constructor(
    private readonly engine: Engine,
    private readonly objective: PolicyObjective,
    rows: number,
    minibatchRows: number,
  ) {
    const { arena, kernels } = engine;
    const { policy } = objective;
    const parameterCount = policy.layout.paddedCount;
    this.parametersPointer = arena.reserveFloat32('ascending parameters', parameterCount);
    this.ascentPointer = arena.reserveBytes('clipped ascent descriptor', kernels.clippedAscentBytes());
    this.minibatches = placeMinibatches(
      engine,
      'policy',
      this.ascentPointer,
      {
        network: policy.pointers.network,
        parameters: this.parametersPointer,
        parameterCount,
        rows,
        minibatchRows,
      },
      objective.team,
    );
    kernels.describeClippedAscent(this.ascentPointer, objective.batchPointer);
  }

  /** Moves theta to where the epochs lead; a refused move leaves theta and Adam's moments exactly as they were. */
  update(options: ClippedSurrogateOptions): PolicyUpdateReport {
    const { objective } = this;
    const { surrogate, entropy, largestRatioError } = objective.computeGradient();
    const before = this.progress;
    const thetaOld = objective.policy.paddedParameters;
    this.parameters.set(thetaOld);
    this.ascend(options);
    // the way made as one step, so that it is judged and reported as other algorithms' steps are
    objective.direction.set(this.parameters);
    thetaOld.forEach((value, i) => {
      objective.direction[i] -= value;
    });
    const step = stepWithoutSearch(objective, surrogate, 1);
    if (!step.accepted) this.progress = before;
    return { surrogateOld: surrogate, entropy, largestRatioError, conjugateGradient: null, step };
  }

  get progress(): AdamProgress {
    const { layout } = this.objective.policy;
    const unpadded = (pointer: Pointer) => layout.unpad(this.view(pointer), new Float32Array(layout.count));
    return {
      steps: this.steps,
      epochs: this.epochs,
      firstMoment: unpadded(this.minibatches.firstMoment),
      secondMoment: unpadded(this.minibatches.secondMoment),
    };
  }

  set progress({ steps, epochs, firstMoment, secondMoment }: AdamProgress) {
    const { layout } = this.objective.policy;
    this.steps = steps;
    this.epochs = epochs;
    layout.pad(firstMoment, this.view(this.minibatches.firstMoment));
    layout.pad(secondMoment, this.view(this.minibatches.secondMoment));
  }

  private ascend({ epochs, minibatchRows, learningRate, clip, seed }: ClippedSurrogateOptions): void {
    const [key0, key1] = seedKey(seed);
    for (let epoch = 0; epoch < epochs; epoch++) {
      this.steps = this.engine.kernels.ascendClippedEpoch(
        this.ascentPointer,
        clip,
        minibatchRows,
        learningRate,
        key0,
        key1,
        this.epochs++,
        this.steps,
      );
    }
  }

  private get parameters(): Float32Array {
    return this.view(this.parametersPointer);
  }

  private view(pointer: Pointer): Float32Array {
    return this.engine.arena.float32(pointer, this.objective.policy.layout.paddedCount);
  }
}
