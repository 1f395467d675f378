import { seedKey } from '../random/philox.js';
import { type FramePool, placeFrames } from '../wasm/framePool.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { type MinibatchPointers, placeMinibatches } from '../wasm/minibatches.js';
import type { ShardTeam } from '../wasm/shardTeam.js';
import type { ValueNetwork } from './valueNetwork.js';

/** Where the rows to fit lie in the arena. */
export interface ValueRows {
  readonly rows: number;
  /** float32, or a null pointer where `frames` are numbers of a pool. */
  readonly observations: Pointer;
  readonly frames: Pointer;
  readonly pool?: FramePool;
  readonly returns: Pointer;
}

export interface ValueFitOptions {
  readonly epochs: number;
  readonly minibatchRows: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** How a fit went. */
export interface ValueFitReport {
  /** Mean squared errors on the whole batch. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** Steps that moved V. */
  readonly steps: number;
  /** "fitted", or why the fit ended before its last step. */
  readonly reason: string;
}

const NON_FINITE = [Number.NaN, Infinity, -Infinity];

/** Fits V to returns by minibatch Adam, whose moments live on across iterations. */
export class ValueFunction {
  /** Adam steps so far. */
  adamSteps = 0;
  /** Epochs so far; each draws its order of rows from a stream of its own. */
  epochs = 0;
  private readonly minibatches: MinibatchPointers;
  private readonly fitPointer: Pointer;

  constructor(
    private readonly engine: Engine,
    readonly network: ValueNetwork,
    private readonly batch: ValueRows,
    team: ShardTeam,
    minibatchRows: number,
  ) {
    const { arena, kernels } = engine;
    this.fitPointer = arena.reserveBytes('value fit descriptor', kernels.valueFitBytes());
    this.minibatches = placeMinibatches(
      engine,
      'value',
      this.fitPointer,
      { ...network.pointers, parameterCount: network.layout.paddedCount, rows: batch.rows, minibatchRows },
      team,
    );
    kernels.describeValueFit(
      this.fitPointer,
      batch.observations,
      batch.returns,
      arena.reserveFloat64('value shard losses', kernels.shardCountFor(batch.rows)),
    );
    if (batch.pool !== undefined) {
      kernels.setValueFitFrames(this.fitPointer, placeFrames(engine, batch.pool, batch.frames));
    }
  }

  /** values [rows] = V of the batch's observations. */
  predictBatch(values: Pointer): void {
    this.engine.kernels.predictBatchValues(this.fitPointer, values);
  }

  /** Mean over the batch of (V(s) - return)^2. */
  loss(): number {
    return this.engine.kernels.valueLoss(this.fitPointer);
  }

  /** Regresses V on the batch's returns. A fit to numbers that are not finite leaves V as it was, and the reason says so. */
  fit(options: ValueFitOptions): ValueFitReport {
    const { kernels } = this.engine;
    const before = this.copyOfState();
    const [key0, key1] = seedKey(options.seed);
    const minibatchRows = Math.min(options.minibatchRows, this.batch.rows);
    const lossBefore = this.loss();
    const stepsBefore = this.adamSteps;
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      this.adamSteps = kernels.fitValueEpoch(
        this.fitPointer,
        minibatchRows,
        options.learningRate,
        key0,
        key1,
        this.epochs++,
        this.adamSteps,
      );
    }
    if (!this.isFinite) {
      this.goBackTo(before);
      return { lossBefore, lossAfter: lossBefore, steps: 0, reason: 'non-finite parameters' };
    }
    const steps = this.adamSteps - stepsBefore;
    return { lossBefore, lossAfter: this.loss(), steps, reason: 'fitted' };
  }

  /** Everything that a later fit depends on, live and padded. */
  get state(): { parameters: Float32Array; firstMoment: Float32Array; secondMoment: Float32Array } {
    const view = (pointer: Pointer) => this.engine.arena.float32(pointer, this.network.layout.paddedCount);
    return {
      parameters: this.network.paddedParameters,
      firstMoment: view(this.minibatches.firstMoment),
      secondMoment: view(this.minibatches.secondMoment),
    };
  }

  private get isFinite(): boolean {
    const vectors = Object.values(this.state);
    return !NON_FINITE.some((value) => vectors.some((vector) => vector.includes(value)));
  }

  private copyOfState() {
    const vectors = Object.values(this.state).map((vector) => vector.slice());
    return { vectors, adamSteps: this.adamSteps, epochs: this.epochs };
  }

  private goBackTo({ vectors, adamSteps, epochs }: ReturnType<ValueFunction['copyOfState']>): void {
    Object.values(this.state).forEach((vector, i) => {
      vector.set(vectors[i]);
    });
    this.adamSteps = adamSteps;
    this.epochs = epochs;
  }
}
