import { NamedTensors } from '../files/namedTensors.js';
import { type NetworkSpec, networkSpec } from '../network/networkSpec.js';
import { ParameterLayout } from '../network/parameterLayout.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { distributionFor } from '../policy/distributionSpec.js';
import type { Policy } from '../policy/policy.js';
import { type PolicyContent, placePolicy } from '../policy/policyFile.js';
import { fixedScaleOf, isImage, policyNetworkSpec } from '../policy/policySpec.js';
import { rewardFactor } from '../rollout/rewardScaler.js';
import { stateValueOf } from '../value/stateValue.js';
import { ValueNetwork } from '../value/valueNetwork.js';
import type { Engine } from '../wasm/load.js';
import { readMoments } from './learnerState.js';
import { networksOf, openTrainerCheckpoint } from './trainerState.js';

/** The policy and the value function of a checkpoint, without the run around them. */
interface CheckpointPolicy {
  readonly policy: PolicyContent;
  readonly value: {
    readonly networkSpec: NetworkSpec;
    /** Unpadded. */
    readonly parameters: Float32Array;
    /** What the rewards that it learned from were multiplied by. */
    readonly rewardFactor: number;
  };
}

function readCheckpointPolicy(bytes: Uint8Array, fileName: string): CheckpointPolicy {
  const checkpoint = openTrainerCheckpoint(bytes, fileName);
  const { spec, valueLayers, options } = networksOf(checkpoint);
  const { normalizeObservations, observationClip, scaleRewards } = options;
  if (typeof observationClip !== 'number' || !(observationClip > 0 && observationClip < Infinity)) {
    return checkpoint.refuse('its options lack observationClip, a number above 0');
  }
  const file = new NamedTensors(checkpoint.tensors, fileName);
  const distribution = distributionFor(spec.actionSpace);
  const policySpec = policyNetworkSpec(spec, distribution);
  const layout = new ParameterLayout(policySpec, distribution.logStdSize);
  const normalizer = new ObservationNormalizer(
    spec.observationSize,
    normalizeObservations === true && !isImage(spec),
    observationClip,
    fixedScaleOf(spec),
  );
  normalizer.restore(readMoments(file, 'normalizer', spec.observationSize));
  const valueSpec = networkSpec(spec.observationShape, valueLayers, 1);
  return {
    policy: {
      ...{ spec, distribution, networkSpec: policySpec, layout, observationClip },
      parameters: file.parts('policy', layout.parts),
      observationCount: normalizer.count,
      normalizer: normalizer.enabled ? normalizer.frozen : undefined,
    },
    value: {
      networkSpec: valueSpec,
      parameters: file.parts('value', new ParameterLayout(valueSpec).parts),
      rewardFactor: scaleRewards === true ? rewardFactor(readMoments(file, 'rewards', 1)) : 1,
    },
  };
}

/**
 * The policy of a checkpoint file, with its value function, on an engine of its own, which is sealed. Throws FileError or
 * MismatchError naming the file.
 */
export function decodeCheckpointPolicy(engine: Engine, bytes: Uint8Array, fileName: string): Policy {
  const { policy, value } = readCheckpointPolicy(bytes, fileName);
  const network = new ValueNetwork(engine, value.networkSpec);
  const placed = placePolicy(engine, policy, {
    scratchNeed: network.scratchNeed,
    stateValue: (scratch) => stateValueOf(engine, network.pointers, scratch, () => value.rewardFactor),
  });
  network.layout.pad(value.parameters, network.paddedParameters);
  return placed;
}
