import { copyMask, maskSizeOf } from '../environments/actionMask.js';
import { type ActionSpace, isMasked } from '../environments/spaces.js';
import { counterOf, fieldsOf, isObject, type Refuse, shown } from '../files/json.js';
import { NamedTensors, putBytes, putFloat64 } from '../files/namedTensors.js';
import { encodeSafetensors, type Tensor } from '../files/safetensors.js';
import { layersFromJson } from '../network/layerKinds.js';
import type { LayerSpec } from '../network/networkSpec.js';
import type { PolicySpec } from '../policy/policySpec.js';
import { denseOfVersion1, SPEC_JSON_LIMITS, specFromJson, specToJson } from '../policy/policySpecJson.js';
import type { RolloutProgress } from '../rollout/rollout.js';
import type { ObservationRow } from '../vector/vectorEnvironment.js';
import { type OpenCheckpoint, openCheckpoint } from './checkpointFile.js';
import { putEpisodes, readEpisodes } from './episodesState.js';
import { type GuardHeader, type GuardState, guardHeaderOf, putGuard, readGuard } from './guardState.js';
import {
  type LearnerHeader,
  type LearnerState,
  learnerHeaderOf,
  putLearner,
  readLearner,
  type StateLayout,
} from './learnerState.js';

/** What a run needs to go on exactly where it stopped. */
export interface TrainerState extends LearnerState {
  readonly spec: PolicySpec;
  /** Hidden layers of the value function. */
  readonly valueLayers: readonly LayerSpec[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Which build of the kernels made it. */
  readonly variant: string;
  readonly iteration: number;
  readonly timesteps: number;
  /** Absent in runs without a guard. */
  readonly guard?: GuardState<LearnerState>;
  readonly discountedReturns: Float64Array;
  readonly rollout: RolloutProgress;
}

export const CHECKPOINT_FORMAT = 'wasm-trpo/checkpoint';
const VERSION = 2;
/** A guard's record holds a learner, which may hold Adam's progress. */
const RUN_JSON_LIMITS = { ...SPEC_JSON_LIMITS, depth: SPEC_JSON_LIMITS.depth + 1 };

/** A checkpoint file: safetensors with a named tensor for each part, and the rest as JSON in its header. */
export function encodeTrainerState(state: TrainerState, layout: StateLayout): Uint8Array {
  const tensors = new Map<string, Tensor>();
  const learner = putLearner(tensors, '', layout, state);
  putFloat64(tensors, 'rewards/discountedReturns', state.discountedReturns);
  const episodes = putEpisodes(tensors, state.rollout.recent);
  state.rollout.environments.forEach((environment, index) => {
    const name = `environment${index}`;
    putObservation(tensors, `${name}/observation`, environment.observation);
    putFloat64(tensors, `${name}/episode`, [environment.episodeReturn, environment.episodeLength]);
    const { state: saved, mask } = environment;
    if (saved !== undefined) putFloat64(tensors, `${name}/state`, saved);
    if (saved !== undefined && mask !== undefined) putFloat64(tensors, `${name}/mask`, mask);
  });
  const run = {
    spec: specToJson(state.spec),
    valueLayers: state.valueLayers,
    options: state.options,
    variant: state.variant,
    iteration: state.iteration,
    timesteps: state.timesteps,
    ...learner,
    guard: state.guard && putGuard(tensors, layout, state.guard),
    ticks: state.rollout.ticks,
    environments: state.rollout.environments.length,
    ...episodes,
  };
  return encodeSafetensors(tensors, {
    format: CHECKPOINT_FORMAT,
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
  const checkpoint = openTrainerCheckpoint(bytes, fileName);
  const { tensors } = checkpoint;
  const { ticks, environments, guard, ...run } = readRun(checkpoint, layout);
  check(run.spec);
  const file = new NamedTensors(tensors, fileName);
  return {
    ...run,
    ...readLearner(file, '', layout, run),
    guard: guard && readGuard(file, layout, guard),
    discountedReturns: file.float64('rewards/discountedReturns', environments),
    rollout: {
      ticks,
      recent: readEpisodes(file, checkpoint.run, checkpoint.refuse),
      environments: Array.from({ length: environments }, (_, index) => {
        const name = `environment${index}`;
        const [episodeReturn, episodeLength] = file.float64(`${name}/episode`, 2);
        const observation = readObservation(file, `${name}/observation`, run.spec);
        if (!tensors.has(`${name}/state`)) return { observation, episodeReturn, episodeLength };
        const state = file.float64(`${name}/state`);
        const mask = readMask(file, `${name}/mask`, run.spec.actionSpace, checkpoint.refuse);
        return { state, observation, mask, episodeReturn, episodeLength };
      }),
    },
  };
}

function putObservation(tensors: Map<string, Tensor>, name: string, observation: ObservationRow): void {
  if (observation instanceof Uint8Array) putBytes(tensors, name, observation);
  else putFloat64(tensors, name, observation);
}

function readObservation(file: NamedTensors, name: string, spec: PolicySpec): ObservationRow {
  const { observationDtype, observationSize } = spec;
  return observationDtype === 'uint8'
    ? file.bytes(name, observationSize)
    : file.float64(name, observationSize);
}

/** Opens a checkpoint that `encodeTrainerState` wrote. Throws FileError for another file. */
export function openTrainerCheckpoint(bytes: Uint8Array, fileName: string): OpenCheckpoint {
  return openCheckpoint(bytes, fileName, CHECKPOINT_FORMAT, VERSION, RUN_JSON_LIMITS);
}

/** What an open checkpoint says of its policy and of the hidden layers of its value function. */
export function networksOf({
  version,
  run,
  refuse,
}: OpenCheckpoint): Pick<TrainerState, 'spec' | 'valueLayers' | 'options'> {
  if (!isObject(run)) return refuse(`the "run" of its header is ${shown(run)}, not an object`);
  const { options } = run;
  if (!isObject(options)) return refuse('its header lacks options');
  const spec = specFromJson(run.spec, version, refuse);
  const valueLayers = version === 1 ? valueLayersOfVersion1(run, refuse) : run.valueLayers;
  return { spec, valueLayers: layersFromJson(valueLayers, spec.observationShape, refuse), options };
}

/** The mask that an environment was saved with, where the action space is masked. */
function readMask(
  file: NamedTensors,
  name: string,
  space: ActionSpace,
  refuse: Refuse,
): Uint8Array | undefined {
  if (!isMasked(space)) return undefined;
  const size = maskSizeOf(space);
  const mask = new Uint8Array(size);
  const fault = copyMask(space, file.float64(name, size), mask);
  return fault === undefined ? mask : refuse(`${name} ${fault}`);
}

interface RunHeader
  extends LearnerHeader,
    Pick<TrainerState, 'spec' | 'valueLayers' | 'options' | 'variant' | 'iteration' | 'timesteps'> {
  /** Absent in runs without a guard. */
  readonly guard?: GuardHeader;
  readonly ticks: number;
  readonly environments: number;
}

function readRun(checkpoint: OpenCheckpoint, layout: StateLayout): RunHeader {
  const networks = networksOf(checkpoint);
  const { tensors, refuse } = checkpoint;
  const run = checkpoint.run as Readonly<Record<string, unknown>>;
  const environments = counterOf(run, 'environments', refuse);
  // each has a tensor at least
  if (environments > tensors.size) refuse(`it holds fewer than ${environments} environments`);
  const { variant } = run;
  if (typeof variant !== 'string') return refuse('its header lacks variant');
  const guard = fieldsOf(run, 'guard', refuse);
  return {
    ...networks,
    ...{ variant, environments },
    ...learnerHeaderOf(run, layout, refuse),
    guard: guard && guardHeaderOf(guard, layout, refuse),
    iteration: counterOf(run, 'iteration', refuse),
    timesteps: counterOf(run, 'timesteps', refuse),
    ticks: counterOf(run, 'ticks', refuse),
  };
}

/** Version 1 named the sizes of the value function's layers, whose activation was the policy's. */
function valueLayersOfVersion1(run: Readonly<Record<string, unknown>>, refuse: Refuse): unknown {
  const { activation } = isObject(run.spec) ? run.spec : {};
  return denseOfVersion1(run.valueHiddenSizes, activation, refuse);
}
