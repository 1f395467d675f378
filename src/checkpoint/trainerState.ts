import { spaceFromJson, spaceToJson } from '../environments/spaceJson.js';
import { FileError } from '../errors.js';
import { type NamedShape, NamedTensors, putFloat64, putParts, requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import type { PolicySpec } from '../policy/policy.js';
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
    spec: { ...state.spec, actionSpace: spaceToJson(state.spec.actionSpace) },
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
 * The state in a checkpoint file. `layout` gives the shapes that its network must have; `check` sees the header first
 * and throws when the file is not for this run. Throws FileError for a damaged or foreign file, MismatchError for
 * another network.
 */
export function decodeTrainerState(
  bytes: Uint8Array,
  fileName: string,
  layout: StateLayout,
  check: (spec: PolicySpec) => void,
): TrainerState {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, { requireChecksum: true });
  const run = readRun(metadata, fileName);
  const spec = { ...run.spec, actionSpace: spaceFromJson(run.spec.actionSpace, fileName) };
  check(spec);
  const file = new NamedTensors(tensors, fileName);
  return {
    ...run,
    spec,
    policy: file.parts('policy', layout.policy),
    policyAdam: run.policyAdam && {
      ...run.policyAdam,
      firstMoment: file.parts('policyFirstMoment', layout.policy),
      secondMoment: file.parts('policySecondMoment', layout.policy),
    },
    value: file.parts('value', layout.value),
    valueFirstMoment: file.parts('valueFirstMoment', layout.value),
    valueSecondMoment: file.parts('valueSecondMoment', layout.value),
    normalizer: readMoments(file, 'normalizer'),
    rewardMoments: readMoments(file, 'rewards'),
    discountedReturns: file.float64('rewards/discountedReturns'),
    rollout: {
      ticks: run.ticks,
      recentReturns: [...file.float64('episodes/returns')],
      recentLengths: [...file.float64('episodes/lengths')],
      environments: Array.from({ length: run.environments }, (_, index) => {
        const name = `environment${index}`;
        const [episodeReturn, episodeLength] = file.float64(`${name}/episode`);
        const observation = file.float64(`${name}/observation`);
        if (!tensors.has(`${name}/state`)) return { observation, episodeReturn, episodeLength };
        return { state: file.float64(`${name}/state`), observation, episodeReturn, episodeLength };
      }),
    },
  };
}

interface RunHeader {
  spec: Omit<PolicySpec, 'actionSpace'> & { actionSpace: unknown };
  valueHiddenSizes: number[];
  options: Record<string, unknown>;
  variant: string;
  iteration: number;
  timesteps: number;
  adamSteps: number;
  valueEpochs: number;
  /** Absent where the algorithm keeps none. */
  policyAdam?: { steps: number; epochs: number };
  ticks: number;
  environments: number;
}

function readRun(metadata: Readonly<Record<string, string>>, fileName: string): RunHeader {
  requireFormat(metadata, fileName, FORMAT, VERSION);
  try {
    return JSON.parse(metadata.run);
  } catch (cause) {
    throw new FileError(`${fileName}: the header's "run" is not JSON; the file is damaged`, { cause });
  }
}

export function putMoments(tensors: Map<string, Tensor>, prefix: string, moments: RunningMoments): void {
  putFloat64(tensors, `${prefix}/count`, [moments.count]);
  putFloat64(tensors, `${prefix}/mean`, moments.mean);
  putFloat64(tensors, `${prefix}/squaredDeviations`, moments.squaredDeviations);
}

export function readMoments(file: NamedTensors, prefix: string): RunningMoments {
  return {
    count: file.float64(`${prefix}/count`)[0],
    mean: file.float64(`${prefix}/mean`),
    squaredDeviations: file.float64(`${prefix}/squaredDeviations`),
  };
}
