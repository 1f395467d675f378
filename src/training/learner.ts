import type { PolicyAlgorithm } from '../algorithms/algorithm.js';
import type { LearnerState, StateLayout } from '../checkpoint/learnerState.js';
import { crc32 } from '../files/crc32.js';
import { initializationFloats, initialWeights } from '../network/initialize.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { copyOfMoments } from '../normalization/runningMoments.js';
import type { PolicyNetwork } from '../policy/policyNetwork.js';
import type { RewardScaler } from '../rollout/rewardScaler.js';
import type { ValueFunction } from '../value/valueFunction.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { InitialPolicy } from './initialPolicy.js';
import type { TrpoOptions } from './options.js';

/** The value network's weights draw from streams of their own, far from the policy's. */
const VALUE_STREAM = 1 << 16;

/** All that learning changes, to be saved and put back as one, for its parts only fit each other. */
export class Learner {
  private readonly workspace: Pointer;

  /** Reserves its part of the arena. */
  constructor(
    private readonly engine: Engine,
    private readonly network: PolicyNetwork,
    private readonly value: ValueFunction,
    private readonly normalizer: ObservationNormalizer,
    private readonly rewardScaler: RewardScaler,
    private readonly algorithm: PolicyAlgorithm,
  ) {
    this.workspace = engine.arena.reserveFloat32(
      'initial normals',
      Math.max(initializationFloats(network.spec), initializationFloats(value.network.spec)),
    );
  }

  /** Names and shapes of what it holds. */
  get layout(): StateLayout {
    return {
      policy: this.network.layout.parts,
      value: this.value.network.layout.parts,
      observationSize: this.normalizer.size,
      algorithm: this.algorithm.stateLayout,
    };
  }

  /** Draws the first weights; those of the policy, and what its normaliser has seen, are taken over from `initial` if given. */
  initialize(options: TrpoOptions, initial?: InitialPolicy): void {
    const { engine, network, value, normalizer, workspace } = this;
    const { seed } = options;
    if (initial === undefined) {
      const policyDraw = { seed, firstStream: 0, outputGain: options.policyOutputGain };
      const weights = initialWeights(engine, network.spec, policyDraw, workspace);
      const logStd = new Array<number>(network.distribution.logStdSize).fill(options.initialLogStd);
      network.setParameters([...weights, ...logStd]);
    } else {
      network.setParameters(initial.parameters);
      if (initial.normalizer) normalizer.startFrom(initial.normalizer, initial.observationCount);
    }
    const valueDraw = { seed, firstStream: VALUE_STREAM, outputGain: options.valueOutputGain };
    value.network.layout.pad(
      initialWeights(engine, value.network.spec, valueDraw, workspace),
      value.state.parameters,
    );
  }

  /** A copy of all that learning changes. */
  capture(): LearnerState {
    const { value, normalizer, rewardScaler } = this;
    const unpadded = (padded: Float32Array) =>
      value.network.layout.unpad(padded, new Float32Array(value.network.layout.count));
    return {
      adamSteps: value.adamSteps,
      valueEpochs: value.epochs,
      policy: this.network.getParameters(),
      algorithm: this.algorithm.state,
      value: unpadded(value.state.parameters),
      valueFirstMoment: unpadded(value.state.firstMoment),
      valueSecondMoment: unpadded(value.state.secondMoment),
      normalizer: copyOfMoments(normalizer.moments),
      rewardMoments: copyOfMoments(rewardScaler.moments),
    };
  }

  restore(learner: LearnerState): void {
    const { algorithm, value, normalizer, rewardScaler } = this;
    if (learner.algorithm !== undefined) algorithm.state = learner.algorithm;
    normalizer.restore(learner.normalizer);
    this.network.setParameters(learner.policy);
    value.network.layout.pad(learner.value, value.state.parameters);
    value.network.layout.pad(learner.valueFirstMoment, value.state.firstMoment);
    value.network.layout.pad(learner.valueSecondMoment, value.state.secondMoment);
    value.adamSteps = learner.adamSteps;
    value.epochs = learner.valueEpochs;
    rewardScaler.moments.count = learner.rewardMoments.count;
    rewardScaler.moments.mean.set(learner.rewardMoments.mean);
    rewardScaler.moments.squaredDeviations.set(learner.rewardMoments.squaredDeviations);
  }

  /** A checksum of what acting and the next update read: equal where two learners have learnt the same. */
  get fingerprint(): number {
    const { network, value, normalizer, rewardScaler } = this;
    const { parameters, firstMoment, secondMoment } = value.state;
    const arrays = [network.paddedParameters, parameters, firstMoment, secondMoment];
    const moments = [normalizer.moments, rewardScaler.moments];
    return [...arrays, ...moments.flatMap(({ mean, squaredDeviations }) => [mean, squaredDeviations])].reduce(
      (previous, { buffer, byteOffset, byteLength }) =>
        crc32(new Uint8Array(buffer, byteOffset, byteLength), previous),
      0,
    );
  }

  /** Mean standard deviation of a Gaussian policy; null for other kinds. */
  get meanStd(): number | null {
    const size = this.network.distribution.logStdSize;
    if (size === 0) return null;
    const logStd = this.network.getParameters().subarray(-size);
    return logStd.reduce((sum, value) => sum + Math.exp(value), 0) / size;
  }
}
