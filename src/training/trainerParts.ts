import { spreadRows } from '../algorithms/fisherRows.js';
import { type AlgorithmName, createAlgorithm } from '../algorithms/index.js';
import { UpdateHealth } from '../algorithms/updateHealth.js';
import { OptionError } from '../errors.js';
import { hiddenLayers } from '../network/imageNetworks.js';
import { networkSpec } from '../network/networkSpec.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { actionUnits } from '../policy/actionUnits.js';
import { distributionFor } from '../policy/distributionSpec.js';
import { Policy } from '../policy/policy.js';
import { PolicyNetwork } from '../policy/policyNetwork.js';
import { actionColumns, reserveRows } from '../policy/policyRows.js';
import {
  describeSpaces,
  fixedScaleOf,
  isImage,
  type PolicySpec,
  policyNetworkSpec,
} from '../policy/policySpec.js';
import type { Ranks } from '../ranks/ranks.js';
import { Batch, type BatchLayout, CHUNK_ROWS } from '../rollout/batch.js';
import { BatchHealth } from '../rollout/batchHealth.js';
import { Collector } from '../rollout/collector.js';
import { reserveFrameRoom } from '../rollout/frameWriter.js';
import { RewardScaler } from '../rollout/rewardScaler.js';
import { Rollout } from '../rollout/rollout.js';
import type { CollectorPart, RolloutLayout } from '../rollout/rolloutLayout.js';
import { SharedBatch } from '../rollout/sharedBatch.js';
import { Vine } from '../rollout/vine.js';
import { WorkerPool } from '../rollout/workerPool.js';
import { stateValueOf } from '../value/stateValue.js';
import { ValueFunction } from '../value/valueFunction.js';
import { ValueNetwork } from '../value/valueNetwork.js';
import type { MadeEnvironments } from '../vector/environmentSource.js';
import type { EnvironmentSource, MovableSource } from '../vector/givenSource.js';
import type { FramePool, StackShape } from '../wasm/framePool.js';
import { createEngine, type Engine } from '../wasm/load.js';
import { ShardTeam } from '../wasm/shardTeam.js';
import type { IterationParts } from './iterationParts.js';
import { Learner } from './learner.js';
import type { TrpoOptions } from './options.js';
import type { RankShare } from './rankShare.js';
import type { TrainerRuntime } from './training.js';

/** What a run is made of, as its options say. */
export interface PartsRequest {
  readonly source: EnvironmentSource;
  readonly spec: PolicySpec;
  readonly options: TrpoOptions;
  readonly algorithm: AlgorithmName;
  readonly threads: number;
  /** Environments of each thread of this process that has some. */
  readonly owned: readonly number[];
  /** Where several processes train together, and what this one has of their environments. */
  readonly ranks?: Ranks;
  readonly share: RankShare;
  /** Of how many frames an image is a stack. */
  readonly stackSize: number;
  /** Those of the calling thread. */
  readonly made: MadeEnvironments;
}

/** A run's parts, in one sealed arena. */
export interface TrainerParts {
  readonly engine: Engine;
  readonly network: PolicyNetwork;
  readonly policy: Policy;
  readonly learner: Learner;
  readonly parts: IterationParts;
  /** Absent with one thread. */
  readonly pool: WorkerPool | undefined;
}

/** Reserves and connects everything that iterations put to work. Throws OptionError where options contradict each other. */
export function buildParts(runtime: TrainerRuntime, request: PartsRequest): TrainerParts {
  const { source, spec, options, threads, owned, share, ranks, made } = request;
  const { observationShape, observationSize, actionSpace } = spec;
  const distribution = distributionFor(actionSpace);
  const isShared = threads > 1;
  const module = isShared ? runtime.threading!.module : runtime.module;
  const engine = createEngine(module, isShared);
  const valueLayers = hiddenLayers(options.network, options.valueHiddenSizes, options.activation);
  const network = new PolicyNetwork(engine, policyNetworkSpec(spec, distribution), distribution);
  const valueNetwork = new ValueNetwork(engine, networkSpec(observationShape, valueLayers, 1));
  const team = new ShardTeam(
    engine,
    [network.scratchNeed, valueNetwork.scratchNeed],
    threads,
    runtime.threading?.availableThreads,
  );
  const batch = Batch.reserve(
    engine,
    network,
    options.steps,
    options.environments,
    stackOf(spec, request.stackSize),
  );
  const value = new ValueFunction(engine, valueNetwork, batch.layout, team, options.valueMinibatch);
  const vine = vineOf(engine, options, network, batch.layout);
  const policyRows = vine?.layout ?? batch.layout;
  const algorithm = createAlgorithm(
    request.algorithm,
    { engine, policy: network, rows: policyRows, team, seed: options.seed },
    options,
  );
  const updateHealth = new UpdateHealth(engine, algorithm, policyRows.rows);
  const batchHealth = new BatchHealth(engine, batch.layout, actionUnits(actionSpace, options.rescaleActions));
  const { normalizeObservations, observationClip } = options;
  const normalizer = new ObservationNormalizer(
    observationSize,
    normalizeObservations && !isImage(spec),
    observationClip,
    fixedScaleOf(spec),
  );
  const rewardScaler = new RewardScaler(options.environments, options.scaleRewards, options.gamma);
  const stateValue = stateValueOf(engine, valueNetwork.pointers, team.scratch, () => rewardScaler.factor);
  const policy = new Policy(engine, spec, network, normalizer, team.scratch, stateValue);
  policy.seed = options.seed;
  const { firstEnvironment } = share;
  const collectorParts = reserveCollectorParts(
    engine,
    network,
    team,
    { firstEnvironment, owned },
    { hasBranches: vine !== undefined, pool: batch.layout.pool },
  );
  const interrupt = engine.arena.reserveBytes('interrupt flag', 4);
  const learner = new Learner(engine, network, value, normalizer, rewardScaler, algorithm);
  engine.arena.seal();

  const layout: RolloutLayout = {
    environmentName: spec.environmentName,
    seed: options.seed,
    rescaleActions: options.rescaleActions,
    batch: batch.layout,
    policy: network.pointers,
    value: valueNetwork.pointers,
    interrupt,
    stepTimeoutMs: options.stepTimeoutMs,
    vine: vine?.layout,
  };
  const { yieldToEventLoop, limitCall } = runtime;
  const tools = { engine, normalizer, yieldToEventLoop, limitCall };
  const collector = new Collector(tools, layout, collectorParts[0], made);
  const { size, enabled, clip, fixedScale } = normalizer;
  const pool = isShared
    ? new WorkerPool(
        Array.from({ length: threads - 1 }, () => runtime.threading!.spawnWorker()),
        team,
        collectorParts.slice(1).map((part, index) => ({
          layout,
          part,
          source: source as MovableSource,
          count: owned[index + 1],
          spaces: describeSpaces(spec),
          normalizer: { size, enabled, clip, fixedScale },
        })),
        { module, memory: engine.arena.memory },
      )
    : undefined;
  const fingerprint = () => learner.fingerprint;
  const rollout = new Rollout({
    environmentName: spec.environmentName,
    batch,
    collector,
    firstEnvironment,
    pool,
    normalizer,
    value,
    interrupt: engine.arena.int32(interrupt, 1),
    shared: ranks && new SharedBatch(ranks, engine.arena, batch.layout, network, share.counts, fingerprint),
  });
  const parts: IterationParts = {
    engine,
    options,
    rollout,
    batch,
    batchHealth,
    vine,
    policy: network,
    algorithm,
    updateHealth,
    value,
    normalizer,
    rewardScaler,
  };
  return { engine, network, policy, learner, parts, pool };
}

/** How images are divided into frames; undefined for other observations. */
function stackOf(spec: PolicySpec, depth: number): StackShape | undefined {
  if (!isImage(spec)) return undefined;
  const [height, width, channels] = spec.observationShape;
  return { depth, pixels: height * width, channels: channels / depth };
}

/** The rows of a vine, if the options ask for one. Throws OptionError where they contradict each other. */
function vineOf(
  engine: Engine,
  options: TrpoOptions,
  policy: PolicyNetwork,
  batch: BatchLayout,
): Vine | undefined {
  if (options.sampling !== 'vine') return undefined;
  const { choiceCounts } = policy.distribution;
  const triesAll = choiceCounts.length === 1;
  if (options.vineStates > options.steps) {
    throw new OptionError(
      `vineStates = ${options.vineStates}: an environment's trunk has ${options.steps} states; give at most that, or more steps`,
    );
  }
  if (triesAll && options.fisher === 'empirical') {
    throw new OptionError(
      'fisher = "empirical" needs actions that the policy drew, sampling = "vine" tries all of a Discrete space; use fisher = "analytic"',
    );
  }
  return Vine.reserve(engine, policy, batch, {
    trunkSteps: [...spreadRows(options.steps, options.vineStates)],
    actionsPerState: triesAll ? choiceCounts[0] : options.vineActions,
    triesAll,
    branchSteps: options.vineSteps,
    gamma: options.gamma,
  });
}

function reserveCollectorParts(
  engine: Engine,
  policy: PolicyNetwork,
  team: ShardTeam,
  { firstEnvironment, owned }: Pick<RankShare, 'firstEnvironment'> & Pick<PartsRequest, 'owned'>,
  { hasBranches, pool }: { readonly hasBranches: boolean; readonly pool?: FramePool },
): CollectorPart[] {
  const { arena } = engine;
  const reserveBranch = (thread: number, count: number) => ({
    ...reserveRows(arena, `branch ${thread}`, actionColumns(policy), count),
    values: arena.reserveFloat32(`branch ${thread} values`, count),
  });
  let first = firstEnvironment;
  return owned.map((count, thread) => {
    const part = {
      firstEnvironment: first,
      scratch: team.scratches[thread],
      chunkObservations: arena.reserveFloat32(
        `chunk observations ${thread}`,
        CHUNK_ROWS * policy.observationStride,
      ),
      chunkValues: arena.reserveFloat32(`chunk values ${thread}`, CHUNK_ROWS),
      frameRoom: pool && reserveFrameRoom(engine, pool, String(thread)),
      branch: hasBranches ? reserveBranch(thread, count) : undefined,
    };
    first += count;
    return part;
  });
}
