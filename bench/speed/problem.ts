import { type ConjugateGradientReport, PolicyObjective } from '../../src/algorithms/objective.js';
import type { StepReport } from '../../src/algorithms/step.js';
import { lineSearch } from '../../src/algorithms/trpo.js';
import { UpdateHealth } from '../../src/algorithms/updateHealth.js';
import { initializationFloats, initialWeights } from '../../src/network/initialize.js';
import { denseLayers, type NetworkSpec, networkSpec } from '../../src/network/networkSpec.js';
import { sizeOf } from '../../src/numbers/shape.js';
import { distributionFor } from '../../src/policy/distributionSpec.js';
import { act, PolicyNetwork } from '../../src/policy/policyNetwork.js';
import { RandomStream, seedKey } from '../../src/random/philox.js';
import { Batch } from '../../src/rollout/batch.js';
import { BatchHealth } from '../../src/rollout/batchHealth.js';
import { WorkerPool } from '../../src/rollout/workerPool.js';
import type { TrainerRuntime } from '../../src/training/training.js';
import { type ValueFitReport, ValueFunction } from '../../src/value/valueFunction.js';
import { ValueNetwork } from '../../src/value/valueNetwork.js';
import type { Pointer } from '../../src/wasm/kernels.js';
import { createEngine, type Engine } from '../../src/wasm/load.js';
import { ShardTeam } from '../../src/wasm/shardTeam.js';
import type { Workload } from './workloads.js';

export const DAMPING = 0.1;
/** Tolerance 0: always all ten products. */
const CONJUGATE_GRADIENT = { damping: DAMPING, tolerance: 0, iterations: 10 };
const LINE_SEARCH = {
  maxKl: 0.01,
  klConstraint: 'mean',
  backtrackFactor: 0.8,
  maxBacktracks: 10,
} as const;
const MINIBATCH_ROWS = 64;
const LEARNING_RATE = 1e-3;

/** Streams of the benchmark's own. */
const OBSERVATIONS = 100;
const NOISE = 101;
const BENCHMARK_PURPOSE = 50;
const LOG_STD = -0.5;

export interface UpdateReport {
  readonly surrogateOld: number;
  readonly entropy: number;
  readonly largestRatioError: number;
  readonly solution: ConjugateGradientReport;
  readonly step: StepReport;
}

/** Threads to work on a problem with; the default is the calling one alone. */
export interface ProblemThreads {
  readonly threads: number;
  readonly threading: NonNullable<TrainerRuntime['threading']>;
}

export interface ProblemSettings extends Partial<ProblemThreads> {
  /** Which form the Fisher-vector product takes; without it the cost model decides. */
  readonly keepSensitivities?: boolean;
}

/** A workload's policy, value function and batch in an engine of their own, from one seed; rows are even. */
export class Problem {
  readonly engine: Engine;
  readonly policy: PolicyNetwork;
  readonly batch: Batch;
  readonly objective: PolicyObjective;
  readonly value: ValueFunction;
  readonly batchHealth: BatchHealth;
  readonly updateHealth: UpdateHealth;
  readonly followsSolution = true;
  private readonly seed = 1;
  private readonly scratch: Pointer;
  private readonly pool?: WorkerPool;
  private readonly initialValueParameters: Float32Array;

  constructor(
    module: WebAssembly.Module,
    { observationSize, hiddenSizes, actionSpace }: Workload,
    readonly rows: number,
    { threads, threading, keepSensitivities }: ProblemSettings = {},
  ) {
    const workers = threading === undefined ? 0 : (threads ?? 1) - 1;
    const shared = workers > 0;
    const build = shared ? threading!.module : module;
    const distribution = distributionFor(actionSpace);
    const layers = denseLayers(hiddenSizes, 'tanh');
    const policySpec = networkSpec([observationSize], layers, distribution.inputSize);
    const valueSpec = networkSpec([observationSize], layers, 1);
    this.engine = createEngine(build, shared);
    const { arena } = this.engine;
    this.policy = new PolicyNetwork(this.engine, policySpec, distribution);
    const valueNetwork = new ValueNetwork(this.engine, valueSpec);
    const needs = [this.policy.scratchNeed, valueNetwork.scratchNeed];
    const team = new ShardTeam(this.engine, needs, 1 + workers, threading?.availableThreads);
    this.batch = Batch.reserve(this.engine, this.policy, rows, 1);
    const { layout } = this.batch;
    this.scratch = team.scratch;
    this.objective = new PolicyObjective(this.engine, this.policy, layout, team, { keepSensitivities });
    this.value = new ValueFunction(this.engine, valueNetwork, layout, team, rows);
    this.batchHealth = new BatchHealth(this.engine, layout, { space: actionSpace });
    this.updateHealth = new UpdateHealth(this.engine, this, rows);
    const workspace = arena.reserveFloat32('initialization', initializationFloats(policySpec));
    arena.seal();

    const policyWeights = this.drawWeights(policySpec, 0, workspace);
    const logStd = new Float64Array(distribution.logStdSize).fill(LOG_STD);
    this.policy.setParameters([...policyWeights, ...logStd]);
    this.drawBatch(observationSize);
    valueNetwork.layout.pad(this.drawWeights(valueSpec, 10, workspace), this.value.state.parameters);
    this.initialValueParameters = this.value.state.parameters.slice();
    if (shared) {
      const pool = Array.from({ length: workers }, () => threading!.spawnWorker());
      this.pool = new WorkerPool(pool, team, [], { module: build, memory: arena.memory });
      this.pool.openRound();
    }
  }

  /** Ends its threads, where it has any. */
  async close(): Promise<void> {
    await this.pool?.terminate();
  }

  computeGradient(): void {
    this.objective.computeGradient();
  }

  /** Gradient, conjugate gradient, line search; the policy keeps its parameters, so updates are the same. */
  updatePolicy(): UpdateReport {
    const { surrogate, entropy, largestRatioError } = this.objective.computeGradient();
    const solution = this.objective.solveDirection(CONJUGATE_GRADIENT);
    const step = lineSearch(this.objective, solution, surrogate, LINE_SEARCH);
    return { surrogateOld: surrogate, entropy, largestRatioError, solution, step };
  }

  fitValue(epochs: number, minibatchRows = MINIBATCH_ROWS): ValueFitReport {
    return this.value.fit({ epochs, minibatchRows, learningRate: LEARNING_RATE, seed: this.seed });
  }

  get valueLearningRate(): number {
    return LEARNING_RATE;
  }

  /** Puts the value function back to where it was before any fit. */
  resetValue(): void {
    const { parameters, firstMoment, secondMoment } = this.value.state;
    parameters.set(this.initialValueParameters);
    firstMoment.fill(0);
    secondMoment.fill(0);
    this.value.adamSteps = 0;
    this.value.epochs = 0;
  }

  /** Orthogonal weights; outputs of order 1, so that distributions differ between rows. */
  private drawWeights(spec: NetworkSpec, firstStream: number, workspace: Pointer): Float64Array {
    return initialWeights(this.engine, spec, { seed: this.seed, firstStream, outputGain: 0.5 }, workspace);
  }

  /** Normal observations, actions of the policy, advantages and returns that both can learn something of. */
  private drawBatch(observationSize: number): void {
    const { batch, policy, rows } = this;
    const { layout } = batch;
    const { observationStride, actionSize } = layout;
    const [key0, key1] = seedKey(this.seed);
    const count = rows * observationStride;
    const { kernels } = this.engine;
    kernels.standardNormals(layout.observations, count, key0, key1, OBSERVATIONS, BENCHMARK_PURPOSE);
    const observations = batch.view(layout.observations, count);
    for (let start = 0; start < count; start += observationStride) {
      observations.fill(0, start + observationSize, start + observationStride);
    }
    const draw = { seed: this.seed, step: 0, firstEnvironment: 0 };
    act(kernels, policy.pointers, layout, this.scratch, draw);
    const noise = new RandomStream(this.seed, BENCHMARK_PURPOSE, NOISE);
    const actions = batch.view(layout.actions, rows * actionSize);
    const advantages = batch.view(layout.advantages);
    const returns = batch.view(layout.returns);
    for (let row = 0; row < rows; row++) {
      const first = observations[row * observationStride];
      advantages[row] = first * actions[row * actionSize] + noise.uniformBetween(-1, 1);
      returns[row] =
        Math.sin(first) + observations[row * observationStride + 1] + noise.uniformBetween(-1, 1);
    }
  }
}

/** [rows x observationSize] */
export function unpaddedObservations({
  batch,
  policy,
  rows,
}: Pick<Problem, 'batch' | 'policy' | 'rows'>): Float64Array {
  const size = sizeOf(policy.spec.inputShape);
  const { observations, observationStride } = batch.layout;
  const padded = batch.view(observations, rows * observationStride);
  return new Float64Array(rows * size).map(
    (_, i) => padded[Math.floor(i / size) * observationStride + (i % size)],
  );
}
