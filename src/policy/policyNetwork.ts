import type { NetworkSpec } from '../network/networkSpec.js';
import { ParameterLayout, padToLanes } from '../network/parameterLayout.js';
import { placeNetwork } from '../network/placeNetwork.js';
import { sizeOf } from '../numbers/shape.js';
import { seedKey } from '../random/philox.js';
import type { ActingKernels, Pointer } from '../wasm/kernels.js';
import type { ActingEngine } from '../wasm/load.js';
import type { ScratchNeed } from '../wasm/scratch.js';
import { DISTRIBUTION_KINDS, type DistributionSpec } from './distributionSpec.js';
import type { ActionRows } from './policyRows.js';

const SAMPLE = 0;
const DETERMINISTIC = 1;

/** Names a draw of actions: row r draws from the stream of environment firstEnvironment + r at `step`. */
export interface ActionDraw {
  /** Whole, 0 to 2^53 - 1, as is `step`. */
  readonly seed: number;
  readonly step: number;
  /** Whole, 0 to 2^32 - 1. */
  readonly firstEnvironment: number;
}

/** Where a policy lies in the arena: all that acting needs, on any thread. */
export interface PolicyPointers {
  readonly network: Pointer;
  readonly distribution: Pointer;
  readonly parameters: Pointer;
  /** int32 [1]: goes up whenever the parameters change. */
  readonly version: Pointer;
}

/** Writes actions on observations and their log-probabilities; with `draw` absent the actions are the modes of the distributions. */
export function act(
  kernels: ActingKernels,
  policy: PolicyPointers,
  rows: ActionRows,
  scratch: Pointer,
  draw?: ActionDraw,
): void {
  const [key0, key1] = seedKey(draw?.seed ?? 0);
  const step = draw?.step ?? 0;
  kernels.act(
    policy.network,
    policy.distribution,
    policy.parameters,
    rows.observations,
    rows.masks,
    rows.rows,
    rows.actions,
    rows.logProbabilities,
    draw === undefined ? DETERMINISTIC : SAMPLE,
    key0,
    key1,
    draw?.firstEnvironment ?? 0,
    step >>> 0,
    Math.floor(step / 4294967296),
    scratch,
  );
}

/** A policy inside the kernels: its network, its distribution and its parameter vector theta. */
export class PolicyNetwork {
  readonly pointers: PolicyPointers;
  /** Floats between two observations in a batch. */
  readonly observationStride: number;

  /** Reserves its part of the arena; parameters are 0 until set. */
  constructor(
    private readonly engine: ActingEngine,
    readonly spec: NetworkSpec,
    readonly distribution: DistributionSpec,
    readonly layout = new ParameterLayout(spec, distribution.logStdSize),
  ) {
    this.observationStride = padToLanes(sizeOf(spec.inputShape));
    this.pointers = {
      network: placeNetwork(engine, 'policy network', this.layout),
      distribution: placeDistribution(engine, distribution, this.layout),
      parameters: engine.arena.reserveFloat32('policy parameters', this.layout.paddedCount),
      version: engine.arena.reserveBytes('policy version', 4),
    };
  }

  get scratchNeed(): ScratchNeed {
    const { kernels } = this.engine;
    const { inputSize, actionSize } = this.distribution;
    return {
      blockFloats: kernels.networkBlockFloats(this.pointers.network),
      widestStride: kernels.networkWidestStride(this.pointers.network),
      // one more than the action numbers, because normals are drawn in pairs
      components: Math.max(inputSize, actionSize + 1),
    };
  }

  /** The padded parameter vector, live. */
  get paddedParameters(): Float32Array {
    return this.engine.arena.float32(this.pointers.parameters, this.layout.paddedCount);
  }

  /** theta, unpadded [layout.count], as a copy. */
  getParameters(): Float32Array {
    return this.layout.unpad(this.paddedParameters, new Float32Array(this.layout.count));
  }

  setParameters(values: ArrayLike<number>): void {
    this.layout.pad(values, this.paddedParameters);
    this.countChange();
  }

  /** theta = padded [layout.paddedCount]. */
  setPaddedParameters(padded: Float32Array): void {
    this.paddedParameters.set(padded);
    this.countChange();
  }

  /** How often the parameters were set: a batch belongs to the version that made it. */
  get version(): number {
    return this.engine.arena.int32(this.pointers.version, 1)[0];
  }

  private countChange(): void {
    this.engine.arena.int32(this.pointers.version, 1)[0]++;
  }
}

/** Tells the kernels of a distribution. */
function placeDistribution(
  { kernels, arena }: ActingEngine,
  spec: DistributionSpec,
  layout: ParameterLayout,
): Pointer {
  const distribution = arena.reserveBytes(
    'distribution descriptor',
    kernels.distributionBytes(spec.actionSize),
  );
  kernels.describeDistribution(
    distribution,
    DISTRIBUTION_KINDS.indexOf(spec.kind),
    spec.inputSize,
    spec.actionSize,
    layout.logStd?.paddedOffset ?? 0,
  );
  spec.choiceCounts.forEach((count, part) => {
    kernels.setChoiceCount(distribution, part, count);
  });
  return distribution;
}
