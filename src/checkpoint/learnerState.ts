import { counterOf, fieldsOf, type Refuse } from '../files/json.js';
import { type NamedShape, type NamedTensors, putFloat64, putParts } from '../files/namedTensors.js';
import type { Tensor } from '../files/safetensors.js';
import type { RunningMoments } from '../normalization/runningMoments.js';

/** What an algorithm's next update depends on besides the parameters. */
export interface AlgorithmState {
  /** Counts that belong to the parameters, such as Adam's steps. */
  readonly counters: Readonly<Record<string, number>>;
  /** Counts that name random streams: a rollback does not put them back, so that nothing is drawn twice. */
  readonly streams: Readonly<Record<string, number>>;
  /** Unpadded vectors, as long as the policy's parameters. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
}

/** The names in an algorithm's state, and which vectors hold no number below 0. */
export interface AlgorithmStateLayout {
  readonly counters: readonly string[];
  readonly streams: readonly string[];
  readonly vectors: Readonly<Record<string, 'any' | 'atLeastZero'>>;
}

/** All that learning changes; its parts only fit each other. */
export interface LearnerState {
  readonly adamSteps: number;
  readonly valueEpochs: number;
  /** Unpadded vectors. */
  readonly policy: Float32Array;
  readonly value: Float32Array;
  /** What the algorithm keeps from one update to the next; undefined for those that keep nothing. */
  readonly algorithm: AlgorithmState | undefined;
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
  /** Absent where the algorithm keeps nothing. */
  readonly algorithm?: AlgorithmStateLayout;
}

/** What a file's header says of a learner. */
export interface LearnerHeader {
  adamSteps: number;
  valueEpochs: number;
  /** Counters and streams; absent where the algorithm keeps nothing. */
  algorithm?: Readonly<Record<string, number>>;
}

/** Adds a learner as tensors whose names begin with `prefix`; returns what belongs into the header. */
export function putLearner(
  tensors: Map<string, Tensor>,
  prefix: string,
  layout: StateLayout,
  learner: LearnerState,
): LearnerHeader {
  const { adamSteps, valueEpochs, algorithm } = learner;
  putParts(tensors, `${prefix}policy`, layout.policy, learner.policy);
  putParts(tensors, `${prefix}value`, layout.value, learner.value);
  putParts(tensors, `${prefix}valueFirstMoment`, layout.value, learner.valueFirstMoment);
  putParts(tensors, `${prefix}valueSecondMoment`, layout.value, learner.valueSecondMoment);
  for (const [name, vector] of Object.entries(algorithm?.vectors ?? {})) {
    putParts(tensors, `${prefix}algorithm/${name}`, layout.policy, vector);
  }
  putMoments(tensors, `${prefix}normalizer`, learner.normalizer);
  putMoments(tensors, `${prefix}rewards`, learner.rewardMoments);
  return {
    adamSteps,
    valueEpochs,
    algorithm: algorithm && { ...algorithm.counters, ...algorithm.streams },
  };
}

/** The header that `putLearner` returned, as a file has it. */
export function learnerHeaderOf(
  fields: Readonly<Record<string, unknown>>,
  layout: StateLayout,
  refuse: Refuse,
): LearnerHeader {
  // version 1 named the only algorithm that had any
  const algorithm = fieldsOf(fields, 'algorithm', refuse) ?? fieldsOf(fields, 'policyAdam', refuse);
  const { counters = [], streams = [] } = layout.algorithm ?? {};
  return {
    adamSteps: counterOf(fields, 'adamSteps', refuse),
    valueEpochs: counterOf(fields, 'valueEpochs', refuse),
    algorithm:
      algorithm &&
      Object.fromEntries([...counters, ...streams].map((name) => [name, counterOf(algorithm, name, refuse)])),
  };
}

/** The learner that `putLearner` added. */
export function readLearner(
  file: NamedTensors,
  prefix: string,
  layout: StateLayout,
  { adamSteps, valueEpochs, algorithm }: LearnerHeader,
): LearnerState {
  return {
    adamSteps,
    valueEpochs,
    policy: file.parts(`${prefix}policy`, layout.policy),
    algorithm: algorithm && readAlgorithm(file, prefix, layout, algorithm),
    value: file.parts(`${prefix}value`, layout.value),
    valueFirstMoment: file.parts(`${prefix}valueFirstMoment`, layout.value),
    valueSecondMoment: file.squares(`${prefix}valueSecondMoment`, layout.value),
    normalizer: readMoments(file, `${prefix}normalizer`, layout.observationSize),
    rewardMoments: readMoments(file, `${prefix}rewards`, 1),
  };
}

function readAlgorithm(
  file: NamedTensors,
  prefix: string,
  layout: StateLayout,
  counts: Readonly<Record<string, number>>,
): AlgorithmState | undefined {
  if (layout.algorithm === undefined) return { counters: {}, streams: {}, vectors: {} };
  const { counters, streams, vectors } = layout.algorithm;
  const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, counts[name]]));
  const read = (name: string, kind: 'any' | 'atLeastZero') => {
    const current = `${prefix}algorithm/${name}`;
    // version 1: "policyFirstMoment" and "policySecondMoment"
    const stored = file.hasParts(current)
      ? current
      : `${prefix}policy${name[0].toUpperCase()}${name.slice(1)}`;
    return kind === 'any' ? file.parts(stored, layout.policy) : file.squares(stored, layout.policy);
  };
  return {
    counters: pick(counters),
    streams: pick(streams),
    vectors: Object.fromEntries(Object.entries(vectors).map(([name, kind]) => [name, read(name, kind)])),
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
