import { counterOf, fieldsOf, type Refuse } from '../files/json.js';
import { type NamedShape, type NamedTensors, putFloat64, putParts } from '../files/namedTensors.js';
import type { Tensor } from '../files/safetensors.js';
import type { RunningMoments } from '../normalization/runningMoments.js';

/** All that learning changes; its parts only fit each other. */
export interface LearnerState {
  readonly adamSteps: number;
  readonly valueEpochs: number;
  /** Unpadded vectors. */
  readonly policy: Float32Array;
  readonly value: Float32Array;
  /** Adam's progress on the policy; undefined for algorithms that have none. */
  readonly policyAdam:
    | {
        readonly steps: number;
        readonly epochs: number;
        readonly firstMoment: Float32Array;
        readonly secondMoment: Float32Array;
      }
    | undefined;
  readonly valueFirstMoment: Float32Array;
  readonly valueSecondMoment: Float32Array;
  readonly normalizer: RunningMoments;
  readonly rewardMoments: RunningMoments;
}

/** Names and shapes of the parts of the policy's and the value function's vectors, and what the normaliser sees. */
export interface StateLayout {
  readonly policy: readonly NamedShape[];
  readonly value: readonly NamedShape[];
  readonly observationSize: number;
}

/** What a file's header says of a learner. */
export interface LearnerHeader {
  adamSteps: number;
  valueEpochs: number;
  /** Absent where the algorithm keeps none. */
  policyAdam?: { steps: number; epochs: number };
}

/** Adds a learner as tensors whose names begin with `prefix`; returns what belongs into the header. */
export function putLearner(
  tensors: Map<string, Tensor>,
  prefix: string,
  layout: StateLayout,
  learner: LearnerState,
): LearnerHeader {
  const { adamSteps, valueEpochs, policyAdam } = learner;
  putParts(tensors, `${prefix}policy`, layout.policy, learner.policy);
  putParts(tensors, `${prefix}value`, layout.value, learner.value);
  putParts(tensors, `${prefix}valueFirstMoment`, layout.value, learner.valueFirstMoment);
  putParts(tensors, `${prefix}valueSecondMoment`, layout.value, learner.valueSecondMoment);
  if (policyAdam !== undefined) {
    putParts(tensors, `${prefix}policyFirstMoment`, layout.policy, policyAdam.firstMoment);
    putParts(tensors, `${prefix}policySecondMoment`, layout.policy, policyAdam.secondMoment);
  }
  putMoments(tensors, `${prefix}normalizer`, learner.normalizer);
  putMoments(tensors, `${prefix}rewards`, learner.rewardMoments);
  return {
    adamSteps,
    valueEpochs,
    policyAdam: policyAdam && { steps: policyAdam.steps, epochs: policyAdam.epochs },
  };
}

/** The header that `putLearner` returned, as a file has it. */
export function learnerHeaderOf(fields: Readonly<Record<string, unknown>>, refuse: Refuse): LearnerHeader {
  const adam = fieldsOf(fields, 'policyAdam', refuse);
  return {
    adamSteps: counterOf(fields, 'adamSteps', refuse),
    valueEpochs: counterOf(fields, 'valueEpochs', refuse),
    policyAdam: adam && {
      steps: counterOf(adam, 'steps', refuse),
      epochs: counterOf(adam, 'epochs', refuse),
    },
  };
}

/** The learner that `putLearner` added. */
export function readLearner(
  file: NamedTensors,
  prefix: string,
  layout: StateLayout,
  { adamSteps, valueEpochs, policyAdam }: LearnerHeader,
): LearnerState {
  return {
    adamSteps,
    valueEpochs,
    policy: file.parts(`${prefix}policy`, layout.policy),
    policyAdam: policyAdam && {
      ...policyAdam,
      firstMoment: file.parts(`${prefix}policyFirstMoment`, layout.policy),
      secondMoment: file.squares(`${prefix}policySecondMoment`, layout.policy),
    },
    value: file.parts(`${prefix}value`, layout.value),
    valueFirstMoment: file.parts(`${prefix}valueFirstMoment`, layout.value),
    valueSecondMoment: file.squares(`${prefix}valueSecondMoment`, layout.value),
    normalizer: readMoments(file, `${prefix}normalizer`, layout.observationSize),
    rewardMoments: readMoments(file, `${prefix}rewards`, 1),
  };
}

export function putMoments(tensors: Map<string, Tensor>, prefix: string, moments: RunningMoments): void {
  putFloat64(tensors, `${prefix}/count`, [moments.count]);
  putFloat64(tensors, `${prefix}/mean`, moments.mean);
  putFloat64(tensors, `${prefix}/squaredDeviations`, moments.squaredDeviations);
}

/** Moments of vectors of `size` components. */
export function readMoments(file: NamedTensors, prefix: string, size: number): RunningMoments {
  return {
    count: file.counters(`${prefix}/count`, 1)[0],
    mean: file.float64(`${prefix}/mean`, size),
    squaredDeviations: file.atLeastZero(`${prefix}/squaredDeviations`, size),
  };
}
