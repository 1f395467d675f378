import type { AlgorithmState } from '../checkpoint/learnerState.js';
import { integer, type OptionValues, positive } from '../options/optionEntry.js';
import { seedKey } from '../random/philox.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { type MinibatchPointers, placeMinibatches } from '../wasm/minibatches.js';
import type {
  AlgorithmParts,
  CreateAlgorithm,
  PolicyAlgorithm,
  PolicyUpdateReport,
  UpdateSize,
} from './algorithm.js';
import { PolicyObjective } from './objective.js';
import { stepWithoutSearch } from './step.js';

export const ppoOptions = {
  ppoEpochs: integer(10, 1, 1000, '', 'Passes over the batch in one update'),
  ppoMinibatch: integer(64, 1, 1e8, '', 'Rows of one Adam step'),
  ppoLearningRate: positive(3e-4, 10, '', 'Learning rate of Adam'),
  ppoClip: positive(0.2, 100, 'ε', 'Ratios further than this from 1 earn nothing more'),
} as const;

type PpoOptions = OptionValues<typeof ppoOptions>;

/** Proximal policy optimization (arXiv:1707.06347). */
export const createPpo: CreateAlgorithm<typeof ppoOptions> = (parts, options) =>
  new ClippedSurrogateAscent(parts, options);

/**
 * Minibatch Adam up the clipped surrogate
 *   L(theta) = mean min(r A, clip(r, 1 - epsilon, 1 + epsilon) A),  r = pi_theta(a|s) / pi_old(a|s),
 * on a copy of the parameters. Adam's moments live on across updates.
 */
export class ClippedSurrogateAscent implements PolicyAlgorithm {
  readonly objective: PolicyObjective;
  readonly followsSolution = false;
  readonly stateLayout = {
    counters: ['steps'],
    streams: ['epochs'],
    vectors: { firstMoment: 'any', secondMoment: 'atLeastZero' },
  } as const;
  private readonly engine: Engine;
  private readonly seed: number;
  /** Adam steps so far. */
  private steps = 0;
  /** Epochs so far; each draws its order of rows from a stream of its own. */
  private epochs = 0;
  private readonly ascentPointer: Pointer;
  private readonly parametersPointer: Pointer;
  private readonly minibatches: MinibatchPointers;

  /** Reserves its part of the arena. */
  constructor(
    { engine, policy, rows, team, seed }: AlgorithmParts,
    private readonly options: PpoOptions,
  ) {
    const { arena, kernels } = engine;
    this.engine = engine;
    this.seed = seed;
    this.objective = new PolicyObjective(engine, policy, rows, team);
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
        rows: rows.rows,
        minibatchRows: this.options.ppoMinibatch,
      },
      team,
    );
    kernels.describeClippedAscent(this.ascentPointer, this.objective.batchPointer);
  }

  /** Moves theta to where the epochs lead; a refused move leaves theta and Adam's moments exactly as they were. */
  update({ stepFactor }: UpdateSize): PolicyUpdateReport {
    const { objective } = this;
    const { surrogate, entropy, largestRatioError } = objective.computeGradient();
    const before = this.state;
    const thetaOld = objective.policy.paddedParameters;
    this.parameters.set(thetaOld);
    this.ascend(this.options.ppoLearningRate * stepFactor);
    // the way made as one step, so that it is judged and reported as other algorithms' steps are
    objective.direction.set(this.parameters);
    thetaOld.forEach((value, i) => {
      objective.direction[i] -= value;
    });
    const step = stepWithoutSearch(objective, surrogate, 1);
    if (!step.accepted) this.state = before;
    return { surrogateOld: surrogate, entropy, largestRatioError, conjugateGradient: null, step };
  }

  get state(): AlgorithmState {
    const { layout } = this.objective.policy;
    const unpadded = (pointer: Pointer) => layout.unpad(this.view(pointer), new Float32Array(layout.count));
    return {
      counters: { steps: this.steps },
      streams: { epochs: this.epochs },
      vectors: {
        firstMoment: unpadded(this.minibatches.firstMoment),
        secondMoment: unpadded(this.minibatches.secondMoment),
      },
    };
  }

  set state({ counters, streams, vectors }: AlgorithmState) {
    const { layout } = this.objective.policy;
    this.steps = counters.steps;
    this.epochs = streams.epochs;
    layout.pad(vectors.firstMoment, this.view(this.minibatches.firstMoment));
    layout.pad(vectors.secondMoment, this.view(this.minibatches.secondMoment));
  }

  private ascend(learningRate: number): void {
    const { ppoEpochs, ppoMinibatch, ppoClip } = this.options;
    const [key0, key1] = seedKey(this.seed);
    for (let epoch = 0; epoch < ppoEpochs; epoch++) {
      this.steps = this.engine.kernels.ascendClippedEpoch(
        this.ascentPointer,
        ppoClip,
        ppoMinibatch,
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
