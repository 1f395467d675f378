import { FileError } from '../errors.js';
import { isCounter, isObject, parseJson, type Refuse, shown } from '../files/json.js';
import { type NamedShape, NamedTensors, putFloat64, putParts, requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import type { PolicySpec } from '../policy/policy.js';
import { SPEC_JSON_LIMITS, specFromJson, specToJson } from '../policy/policySpecJson.js';
import type { RolloutProgress } from '../rollout/rollout.js';

/** What a run needs to go on exactly where it stopped. */
export interface TrainerState {
  readonly spec: PolicySpec;
  readonly valueHiddenSizes: readonly number[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Which build of the kernels made it. */
  readonly variant: string;
  readonly iteration: number;
  readonly timesteps: number;
  readonly adamSteps: number;
  readonly valueEpochs: number;
  /** Unpadded vectors. */
  readonly policy: Float32Array;
  readonly value: Float32Array;
  /** Adam's progress on the policy, for algorithms that have such. */
  readonly policyAdam?: {
    readonly steps: number;
    readonly epochs: number;
    readonly firstMoment: Float32Array;
    readonly secondMoment: Float32Array;
  };
  readonly valueFirstMoment: Float32Array;
  readonly valueSecondMoment: Float32Array;
  readonly normalizer: RunningMoments;
  readonly rewardMoments: RunningMoments;
  readonly discountedReturns: Float64Array;
  readonly rollout: RolloutProgress;
}

/** Names and shapes of the parts of the policy's and the value function's vectors. */
export interface StateLayout {
  readonly policy: readonly NamedShape[];
  readonly value: readonly NamedShape[];
}

const FORMAT = 'wasm-trpo/checkpoint';
const VERSION = 1;

/** A checkpoint file: safetensors with a named tensor for each part, and the rest as JSON in its header. */
export function encodeTrainerState(state: TrainerState, layout: StateLayout): Uint8Array {
  const tensors = new Map<string, Tensor>();
  putParts(tensors, 'policy', layout.policy, state.policy);
  putParts(tensors, 'value', layout.value, state.value);
  putParts(tensors, 'valueFirstMoment', layout.value, state.valueFirstMoment);
  putParts(tensors, 'valueSecondMoment', layout.value, state.valueSecondMoment);
  if (state.policyAdam !== undefined) {
    putParts(tensors, 'policyFirstMoment', layout.policy, state.policyAdam.firstMoment);
    putParts(tensors, 'policySecondMoment', layout.policy, state.policyAdam.secondMoment);
  }
  putMoments(tensors, 'normalizer', state.normalizer);
  putMoments(tensors, 'rewards', state.rewardMoments);
  putFloat64(tensors, 'rewards/discountedReturns', state.discountedReturns);
  putFloat64(tensors, 'episodes/returns', state.rollout.recentReturns);
  putFloat64(tensors, 'episodes/lengths', state.rollout.recentLengths);
  state.rollout.environments.forEach((environment, index) => {
    const name = `environment${index}`;
    putFloat64(tensors, `${name}/observation`, environment.observation);
    putFloat64(tensors, `${name}/episode`, [environment.episodeReturn, environment.episodeLength]);
    if (environment.state !== undefined) putFloat64(tensors, `${name}/state`, environment.state);
  });
  const run = {
    spec: specToJson(state.spec),
    valueHiddenSizes: state.valueHiddenSizes,
    options: state.options,
    variant: state.variant,
    iteration: state.iteration,
    timesteps: state.timesteps,
    adamSteps: state.adamSteps,
    valueEpochs: state.valueEpochs,
    policyAdam: state.policyAdam && { steps: state.policyAdam.steps, epochs: state.policyAdam.epochs },
    ticks: state.rollout.ticks,
    environments: state.rollout.environments.length,
  };
  return encodeSafetensors(tensors, {
    format: FORMAT,
    version: String(VERSION),
    run: JSON.stringify(run),
  });
}

/**
 * The state in a checkpoint file: sound in itself, and of this network. `layout` gives the shapes that its network must have;
 * `check` sees the header first and throws when the file is not for this run. Throws FileError for a damaged or foreign
 * file, MismatchError for another network.
 */
export function decodeTrainerState(
  bytes: Uint8Array,
  fileName: string,
  layout: StateLayout,
  check: (spec: PolicySpec) => void,
): TrainerState {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, {
    requireChecksum: true,
    shareBytes: true,
  });
  requireFormat(metadata, fileName, FORMAT, VERSION);
  const { ticks, environments, policyAdam, ...run } = readRun(metadata.run, fileName, tensors.size);
  check(run.spec);
  const file = new NamedTensors(tensors, fileName);
  const { observationSize } = run.spec;
  const recentReturns = [...file.float64('episodes/returns')];
  return {
    ...run,
    policy: file.parts('policy', layout.policy),
    policyAdam: policyAdam && {
      ...policyAdam,
      firstMoment: file.parts('policyFirstMoment', layout.policy),
      secondMoment: file.squares('policySecondMoment', layout.policy),
    },
    value: file.parts('value', layout.value),
    valueFirstMoment: file.parts('valueFirstMoment', layout.value),
    valueSecondMoment: file.squares('valueSecondMoment', layout.value),
    normalizer: readMoments(file, 'normalizer', observationSize),
    rewardMoments: readMoments(file, 'rewards', 1),
    discountedReturns: file.float64('rewards/discountedReturns', environments),
    rollout: {
      ticks,
      recentReturns,
      recentLengths: [...file.counters('episodes/lengths', recentReturns.length)],
      environments: Array.from({ length: environments }, (_, index) => {
        const name = `environment${index}`;
        const [episodeReturn, episodeLength] = file.float64(`${name}/episode`, 2);
        const observation = file.float64(`${name}/observation`, observationSize);
        if (!tensors.has(`${name}/state`)) return { observation, episodeReturn, episodeLength };
        return { state: file.float64(`${name}/state`), observation, episodeReturn, episodeLength };
      }),
    },
  };
}

interface RunHeader
  extends Pick<
    TrainerState,
    | 'spec'
    | 'valueHiddenSizes'
    | 'options'
    | 'variant'
    | 'iteration'
    | 'timesteps'
    | 'adamSteps'
    | 'valueEpochs'
  > {
  /** Absent where the algorithm keeps none. */
  readonly policyAdam?: { readonly steps: number; readonly epochs: number };
  readonly ticks: number;
  readonly environments: number;
}

/** mostEnvironments: as many as can have a tensor each. */
function readRun(text: string | undefined, fileName: string, mostEnvironments: number): RunHeader {
  const refuse: Refuse = (fault) => {
    throw new FileError(`${fileName} is no sound checkpoint: ${fault}; it was altered, restore a copy`);
  };
  if (text === undefined) return refuse('its header has no "run"');
  const run = parseJson(text, 'the "run" of its header', SPEC_JSON_LIMITS, refuse);
  if (!isObject(run)) return refuse(`the "run" of its header is ${shown(run)}, not an object`);
  const counter = (fields: Record<string, unknown>, name: string): number => {
    const value = fields[name];
    return isCounter(value) ? value : refuse(`its ${name} is ${shown(value)}, which counts nothing`);
  };
  const environments = counter(run, 'environments');
  if (environments > mostEnvironments) refuse(`it holds fewer than ${environments} environments`);
  const { valueHiddenSizes, options, variant, policyAdam } = run;
  if (!Array.isArray(valueHiddenSizes) || !isObject(options) || typeof variant !== 'string') {
    return refuse('its header lacks valueHiddenSizes, options or variant');
  }
  if (policyAdam !== undefined && !isObject(policyAdam)) {
    return refuse(`its policyAdam is ${shown(policyAdam)}, not an object`);
  }
  return {
    spec: specFromJson(run.spec, refuse),
    ...{ valueHiddenSizes, options, variant, environments },
    iteration: counter(run, 'iteration'),
    timesteps: counter(run, 'timesteps'),
    adamSteps: counter(run, 'adamSteps'),
    valueEpochs: counter(run, 'valueEpochs'),
    policyAdam: policyAdam && { steps: counter(policyAdam, 'steps'), epochs: counter(policyAdam, 'epochs') },
    ticks: counter(run, 'ticks'),
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
